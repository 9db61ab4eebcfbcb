"""The import of memberships in partners' programs: links, tiers, and links that end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import (
    IDENTIFIER,
    ChoiceColumn,
    Column,
    ColumnOf,
    DateTimeColumn,
    NameColumn,
)
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import CREATE, ERROR, UNCHANGED, UPDATE
from crm.imports.operations.staged_rows import Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.readings import CellFormats
from crm.imports.refusals import Targets, build_remark
from crm.imports.row_import import NOTHING_DIFFERS, RowImport
from crm.kernel.staff_texts import staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.rules.text import fold_name
from customers.rules.times import end_of_day
from loyalty import errors
from loyalty.operations.partners import (
    PartnerResult,
    link_partners,
    unlink_partners,
    update_partners,
)
from loyalty.queries.programs import get_programs
from loyalty.rules.partners import PartnerLink, PartnerUnlink, PartnerUpdate

ACTION, PARTNER, PROGRAM, NUMBER = "action", "partner", "program", "number"
TIER, LAST_DAY, LINKED, REASON = "tier", "last_day", "linked", "reason"
LINK, UNLINK = "LINK", "UNLINK"
_TARGETS: Targets = {
    errors.NotEnrolled: PARTNER,
    errors.PartnerDateInvalid: LAST_DAY,
    errors.PartnerLinked: NUMBER,
    errors.PartnerMembershipIdInvalid: NUMBER,
    errors.PartnerMembershipIdTaken: NUMBER,
    errors.PartnerNotLinked: PARTNER,
    errors.PartnerProgramAmbiguous: PROGRAM,
    errors.PartnerProgramInactive: PARTNER,
    errors.PartnerProgramUnknown: PARTNER,
    errors.PartnerTierMissing: TIER,
    errors.PartnerTierUnknown: TIER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerMapping(ColumnMapping):
    """The column mapping; there are no options of its own."""


class PartnerMembershipImport(RowImport):
    """Links customers, updates the tiers of those linked under the same number, and unlinks."""

    key = "partner_memberships"
    singular = "partner membership"
    plural = "partner memberships"
    permission = "loyalty.link_partners"
    # Approvers may link single customers; files also need the permission to import customers.
    extra_permissions = ["customers.import_customers"]
    subject = "customers.customer"
    example = ["Mobile", "Partner program", "Membership id", "Tier", "Tier expires"]
    hints = [
        staff_text(
            "Each row links a customer to a partner's program. A customer who is linked under the "
            "same membership id gets the tier of the row."
        ),
        staff_text('With "unlink" as its action, a row ends the link.'),
    ]
    mapping_class = PartnerMapping
    required_columns = [
        (IDENTIFIER, staff_text("Map a column to a customer identifier.")),
        (PARTNER, staff_text("Map a column to the partner program.")),
    ]
    required_cells = [
        (IDENTIFIER, staff_text("The row names no customer.")),
        (PARTNER, staff_text("Name the partner program.")),
    ]
    mapping: PartnerMapping

    def __init__(self, org: Organization, names: Sequence[str], mapping: PartnerMapping) -> None:
        super().__init__(org, names, mapping)
        self._programs = {
            name: program.id
            for program in get_programs(org.pk).values()
            for name in (str(program.id), fold_name(program.name))
        }

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(without=("membershipid",)),
            staff_text("Partner program"): [
                NameColumn(
                    PARTNER,
                    staff_text("Partner program"),
                    "partner partnername partnerprogramname",
                ),
                Column(PROGRAM, staff_text("Program"), "programid programname"),
                NameColumn(
                    NUMBER,
                    staff_text("Membership id"),
                    "membershipid partnermembershipid membershipnumber",
                ),
                NameColumn(TIER, staff_text("Tier"), "tiername partnertier partnertiername"),
                DateTimeColumn(
                    LAST_DAY,
                    staff_text("Tier expires"),
                    formats,
                    "tierexpiry tierexpirydate partnertierexpirydate",
                ),
                DateTimeColumn(LINKED, staff_text("Linked on"), formats, "linkdate linkedat"),
                ChoiceColumn(
                    ACTION,
                    staff_text("Action"),
                    [(LINK, staff_text("Link")), (UNLINK, staff_text("Unlink"))],
                ),
                Column(REASON, staff_text("Reason"), "notes note comment comments why"),
            ],
        }

    def check(self, parsed: ParsedRow) -> list[Remark]:
        remarks: list[Remark] = []
        values = parsed.values
        if LAST_DAY in values:
            zone = self.org.zone
            values[LAST_DAY] = end_of_day(values[LAST_DAY].astimezone(zone).date(), zone)
        if PROGRAM in values and fold_name(values[PROGRAM]) not in self._programs:
            remarks.append((self.column_of(PROGRAM), staff_text("There is no such program.")))
        return remarks

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Unlink, link, and update the tiers of a chunk, in this order."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        # A row that names no customer was refused when it was read.
        effects = [
            RowEffect(
                ERROR, remarks=[] if customer is None or isinstance(customer, int) else [customer]
            )
            for customer in customers
        ]
        known = {
            index: customer for index, customer in enumerate(customers) if isinstance(customer, int)
        }
        ending = [index for index in known if rows[index].values.get(ACTION) == UNLINK]
        linking = [index for index in known if index not in set(ending)]
        unlinked = unlink_partners(
            origin=origin, unlinks=[self._build_unlink(rows[i], known[i]) for i in ending]
        )
        linked = link_partners(
            origin=origin, links=[self._build_link(rows[i], known[i]) for i in linking]
        )
        results = dict(zip([*ending, *linking], [*unlinked, *linked], strict=True))
        updating = [i for i in linking if _is_linked_under_number(results[i], rows[i])]
        updated = update_partners(
            origin=origin, updates=[self._build_update(rows[i], known[i]) for i in updating]
        )
        results |= dict(zip(updating, updated, strict=True))
        for index, result in results.items():
            effects[index] = _build_effect(result, known[index], self.column_of)
        return effects

    def _get_program_id(self, row: ParsedRow) -> int | None:
        name = row.values.get(PROGRAM)
        return None if name is None else self._programs[fold_name(name)]

    def _build_link(self, row: ParsedRow, customer_id: int) -> PartnerLink:
        values = row.values
        return PartnerLink(
            customer_id=customer_id,
            partner_name=values[PARTNER],
            program_id=self._get_program_id(row),
            membership_id=values.get(NUMBER, ""),
            tier_name=values.get(TIER, ""),
            tier_expires_at=values.get(LAST_DAY),
            linked_at=values.get(LINKED),
        )

    def _build_update(self, row: ParsedRow, customer_id: int) -> PartnerUpdate:
        values = row.values
        return PartnerUpdate(
            customer_id=customer_id,
            partner_name=values[PARTNER],
            program_id=self._get_program_id(row),
            tier_name=values.get(TIER, ""),
            tier_expires_at=values.get(LAST_DAY),
        )

    def _build_unlink(self, row: ParsedRow, customer_id: int) -> PartnerUnlink:
        values = row.values
        return PartnerUnlink(
            customer_id=customer_id,
            partner_name=values[PARTNER],
            program_id=self._get_program_id(row),
            reason=values.get(REASON, ""),
        )


def _is_linked_under_number(result: PartnerResult, row: ParsedRow) -> bool:
    refusal = result.refusal
    return (
        isinstance(refusal, errors.PartnerLinked)
        and refusal.facts["membership_id"] == row.values.get(NUMBER, "").strip()
    )


def _build_effect(result: PartnerResult, customer_id: int, column_of: ColumnOf) -> RowEffect:
    if result.refusal is not None:
        return RowEffect(ERROR, remarks=[build_remark(result.refusal, _TARGETS, column_of)])
    if result.before is None and result.after is None:
        return RowEffect(UNCHANGED, customer_id, remarks=[("", NOTHING_DIFFERS)])
    outcome = CREATE if result.before is None else UPDATE
    return RowEffect(outcome, customer_id, result.before, result.after)
