"""The import of requests: each row files one, which is pending or auto-approved by a setting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from crm.approvals import errors
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.kinds.registry import KINDS
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request
from crm.approvals.rules.texts import LONGEST_REASON
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, Column, NameColumn, NumberColumn
from crm.imports.customer_columns import IdentifierOwners, build_customer_columns, read_lookup
from crm.imports.file_import import CREATE, ERROR, UNCHANGED, ImportOption, MappingFault
from crm.imports.operations.staged_rows import Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.refusals import Targets, build_remark
from crm.imports.row_import import RowImport
from crm.imports.undo_context import UndoContext
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id
from crm.kernel.staff_texts import StaffText, TextTemplate, staff_text
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin

# The request of a row, in its trail.
REQUEST = "request"
UNDO_REASON = "Undo of an import"
TARGET_COLUMN = TextTemplate("Target customer's {name}")

KIND, OLD, NEW = "kind", "old_value", "new_value"
POINTS, PROGRAM, SERIES = "points", "program_id", "series_id"
TRANSACTION, BILL, MERGE = "transaction_id", "reference_id", "merge_id"
TARGET, REASON, COMMENTS = "target", "reason", "comments"
# The survivor of a merge, or the holder of a mobile number.
TARGET_TYPES = {"mobile": "mobile", "email": "email", "externalId": "external id"}
# The target of the column that is at fault.
TARGETS: Targets = {
    errors.NewValueMissing: NEW,
    errors.NewMobileInvalid: NEW,
    errors.NewEmailInvalid: NEW,
    errors.NewExternalIdInvalid: NEW,
    errors.OldValueNotHeld: OLD,
    errors.PointsAskedInvalid: POINTS,
    errors.RequestBaseTypeInvalid: KIND,
    errors.SurvivorIsVictim: f"{TARGET}.mobile",
    errors.SurvivorMerged: f"{TARGET}.mobile",
    errors.SurvivorPending: f"{TARGET}.mobile",
    errors.TargetUnknown: f"{TARGET}.mobile",
    errors.TransactionClaimed: TRANSACTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMapping(ColumnMapping):
    """The column mapping; ``kind`` applies to rows without a kind of their own."""

    kind: str | None = None


@dataclass(slots=True)
class RequestRow(ParsedRow):
    """A parsed row. Equal rows are allowed: the second finds the first pending."""

    kind: str = ""
    target_lookup: Sequence[tuple[str, str]] = ()


class RequestImport(RowImport):
    """Files requests."""

    key = "requests"
    needs_trail = True
    singular = "request"
    plural = "requests"
    permission = "approvals.import_requests"
    subject = "customers.customer"
    example = ["Kind", "Mobile", "Old value", "New value", "Points", "Reason"]
    hints = [
        staff_text("Each row files one request, which another person must approve."),
        staff_text(
            "Rows whose request is already pending are skipped, so a file can be imported again."
        ),
    ]
    mapping_class = RequestMapping
    row_class = RequestRow
    required_columns = [
        (IDENTIFIER, staff_text("Map a column to the customer.")),
        (REASON, staff_text("Map a column to the reason.")),
    ]
    required_cells = [
        (IDENTIFIER, staff_text("The row names no customer.")),
        (REASON, staff_text("The reason is missing.")),
    ]
    mapping: RequestMapping

    def __init__(self, org: Organization, names: Sequence[str], mapping: RequestMapping) -> None:
        super().__init__(org, names, mapping)
        self._kinds = {
            _normalize_kind(name): str(kind)
            for kind in KINDS
            for name in (str(kind), str(Request.Kind(kind).label))
        }

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            # In the export of requests it is the number that the system gave the customer.
            staff_text("Customer"): build_customer_columns(without=["customerid"]),
            staff_text("Request"): [
                Column(KIND, staff_text("Kind"), "type basetype requesttype requestkind"),
                NameColumn(OLD, staff_text("Old value"), "old oldmobile oldemail from"),
                NameColumn(NEW, staff_text("New value"), "new newmobile newemail to"),
                NumberColumn(POINTS, staff_text("Points"), formats, "goodwillpoints"),
                Column(PROGRAM, staff_text("Program id"), "program"),
                Column(SERIES, staff_text("Coupon series id"), "series seriesid"),
                NameColumn(TRANSACTION, staff_text("Transaction id"), "transaction txnid"),
                NameColumn(BILL, staff_text("Bill number"), "bill number billno txnnumber"),
                Column(MERGE, staff_text("Merge to undo"), "mergeid merge"),
                Column(REASON, staff_text("Reason"), "why"),
                Column(COMMENTS, staff_text("Comments"), "comment notes note remarks"),
            ],
            staff_text("Target customer"): [
                NameColumn(
                    f"{TARGET}.{kind}",
                    TARGET_COLUMN(name=name),
                    f"target{kind.lower()} survivor{kind.lower()}",
                )
                for kind, name in TARGET_TYPES.items()
            ],
        }

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        kinds = [(str(kind), str(Request.Kind(kind).label)) for kind in KINDS]
        label = staff_text("Kind of rows without a kind")
        return [ImportOption(name="kind", label=label, choices=kinds, blank=staff_text("None"))]

    @classmethod
    def faults(cls, mapping: RequestMapping) -> Iterable[MappingFault]:
        yield from super().faults(mapping)
        if KIND not in mapping.targets and mapping.kind is None:
            yield "kind", staff_text("Select a kind of request, or map a column to it.")

    def check(self, parsed: Any) -> list[Remark]:
        parsed.target_lookup, remarks = read_lookup(
            self.org, [*parsed.groups[TARGET].items()], self.target_column_of
        )
        named_kind = parsed.values.pop(KIND, None) or self.mapping.kind
        if named_kind is None:
            remarks.append((self.column_of(KIND), staff_text("The kind of request is missing.")))
        else:
            parsed.kind = self._kinds.get(_normalize_kind(named_kind), "")
            if not parsed.kind:
                remarks.append(
                    (self.column_of(KIND), staff_text("There is no such kind of request."))
                )
        if len(parsed.values.get(REASON, "")) > LONGEST_REASON:
            remarks.append((self.column_of(REASON), staff_text("This reason is too long.")))
        return remarks

    def target_column_of(self, target: str) -> str:
        """Return the name of the column with this identifier of the target customer."""
        return self.column_of(f"{TARGET}.{target.removeprefix(f'{IDENTIFIER}.')}")

    def act(self, origin: Origin, rows: Sequence[RequestRow]) -> list[RowEffect]:
        """File the requests of a chunk."""
        owners = IdentifierOwners(
            origin.org.pk, [lookup for row in rows for lookup in (row.lookup, row.target_lookup)]
        )
        return [self._file_row(origin, row, owners) for row in rows]

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        """Reject the requests that still wait, as an approver would.

        What was asked is never deleted. One that was decided, and one's own, stay as they are.
        """
        if not rows:
            return {}
        results = decide_requests(
            origin=context.origin,
            request_ids=[row.trail[REQUEST] for row in rows],
            verdict=Verdict(approve=False, reason=UNDO_REASON),
        )
        return {
            row.pk: explain(result.refusal)
            for row, result in zip(rows, results, strict=True)
            if result.refusal is not None
        }

    def _file_row(self, origin: Origin, row: RequestRow, owners: IdentifierOwners) -> RowEffect:
        customer = owners.find_customer(row.lookup, self.column_of)
        if not isinstance(customer, int):
            return RowEffect(ERROR, remarks=[customer] if customer else [])
        target = owners.find_customer(row.target_lookup, self.target_column_of)
        if isinstance(target, tuple):
            return RowEffect(ERROR, remarks=[target])
        values = dict(row.values)
        if MERGE in values:
            values[MERGE] = read_id(values[MERGE]) or 0
        try:
            # Roll back a refused row only.
            with transaction.atomic():
                filed = file_request(
                    origin=origin,
                    new_request=NewRequest(
                        kind=row.kind, customer_id=customer, target_id=target, **values
                    ),
                )
        except errors.SameRequestPending as refusal:
            return RowEffect(UNCHANGED, customer, remarks=[("", explain(refusal))])
        except DomainError as refusal:
            return RowEffect(ERROR, remarks=[build_remark(refusal, TARGETS, self.column_of)])
        request = filed.request
        after = {"request": request.kind, "customer": customer, "status": request.status}
        label = Request.Kind(request.kind).label
        remark = "", f"{label}: {Request.Status(request.status).label}."
        trail = {REQUEST: request.pk}
        return RowEffect(CREATE, customer, None, after, [remark], trail)


def _normalize_kind(name: str) -> str:
    """Normalize a kind's name: case, blanks and underscores do not matter."""
    return name.strip().casefold().replace("_", " ").replace("-", " ")
