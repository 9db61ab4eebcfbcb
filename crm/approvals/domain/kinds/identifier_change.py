"""Requests to change a mobile number, email address or external id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.errors import IdentifierNotHeld, IdentifierTaken
from customers.models import Customer, Identifier
from customers.operations.identifiers.replace import plan_replacements, replace_identifiers
from customers.queries.customers.by_identifiers import find_owners
from customers.queries.customers.home_profiles import find_home_accounts
from customers.queries.fields import get_identity_settings
from customers.queries.source_accounts import get_source_accounts
from customers.rules.identifier_replacement import Replacement, list_changed_accounts
from customers.rules.identifiers import normalise_keys
from customers.rules.identity_state import IdentityState

IDENTIFIER_LABELS = {
    "mobile": staff_text("Mobile number"),
    "email": staff_text("Email address"),
    "externalId": staff_text("External id"),
}
NO_VALUE = staff_text("(none)")


@dataclass(frozen=True, slots=True)
class IdentifierChange:
    """Replace the old value by the new one in every profile that has it (contract, rule 2.5)."""

    identifier: str
    refusal: type[DomainError]

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Validate both values.

        Without an old value, the customer must have no identifier of this type. The new value is
        then added to the INSTORE profile, else to the oldest.

        Raises:
            NewValueMissing: there is no new value.
            OldValueNotHeld: the customer does not have the old value, or it is missing although
                the customer has an identifier of this type.
            NewMobileInvalid, NewEmailInvalid, NewExternalIdInvalid: the new value is invalid,
                equals the old one, or belongs to a customer.
        """
        if new_request.new_value in (None, ""):
            raise errors.NewValueMissing()
        new = read_identifier(origin.org, self.identifier, new_request.new_value)
        if new is None:
            raise self.refusal(value=str(new_request.new_value))
        old = ""
        owned = Identifier.objects.filter(customer_id=customer.pk, type=self.identifier)
        if new_request.old_value in (None, ""):
            if owned.exists():
                raise errors.OldValueNotHeld()
        else:
            old = read_held_identifier(origin.org, self.identifier, new_request.old_value, customer)
        if old == new or find_owners(org_id=origin.org.pk, keys=[(self.identifier, new)]):
            raise self.refusal(value=new)
        return RequestDraft(old_value=old, new_value=new)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show the value before and after, the new value's owner, and the changed sources."""
        replacements = self._build_replacements(org, requests)
        picture, refusals = plan_replacements(org_id=org.pk, replacements=replacements)
        return [
            self._build_plan(org, replacement, picture, refusal)
            for replacement, refusal in zip(replacements, refusals, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Replace the identifiers in bulk. Refusals: those of ``replace_identifiers``."""
        return replace_identifiers(
            origin=origin, replacements=self._build_replacements(origin.org, requests)
        )

    def _build_replacements(
        self, org: Organization, requests: Sequence[Request]
    ) -> list[Replacement]:
        without_old_value = [request.customer_id for request in requests if not request.old_value]
        accounts = find_home_accounts(without_old_value) if without_old_value else {}
        return [
            Replacement(
                customer_id=request.customer_id,
                kind=self.identifier,
                old=request.old_value,
                new=request.new_value,
                source_account_id=accounts.get(request.customer_id),
            )
            for request in requests
        ]

    def _build_plan(
        self,
        org: Organization,
        replacement: Replacement,
        picture: IdentityState,
        refusal: DomainError | None,
    ) -> Plan:
        owner_id = picture.owners.get(replacement.new_key)
        if owner_id is None:
            holder_fact = Fact(staff_text("Owner of the new value"), staff_text("None"))
        elif owner_id == replacement.customer_id:
            holder_fact = Fact(
                staff_text("Owner of the new value"), staff_text("This customer"), owner_id
            )
        else:
            holder_fact = Fact(
                staff_text("Owner of the new value"),
                staff_text("Customer {customer_id}", customer_id=owner_id),
                owner_id,
            )
        facts = [
            holder_fact,
            Fact(staff_text("Changes in"), format_changed_sources(org, replacement, picture)),
        ]
        return Plan(
            differences=[
                Difference(
                    IDENTIFIER_LABELS[self.identifier], replacement.old or NO_VALUE, replacement.new
                )
            ],
            facts=facts,
            blockers=[] if refusal is None else [_describe_refusal(refusal, replacement)],
        )


def read_identifier(org: Organization, type: str, value: object) -> str | None:
    """Return the value as it would be stored, or None if it is invalid."""
    try:
        [(_, normalised)] = normalise_keys([(type, value)], get_identity_settings(org))
    except DomainError:
        # Each kind raises its own refusal for an invalid value.
        return None
    return normalised


def read_held_identifier(org: Organization, type: str, value: object, customer: Customer) -> str:
    """Return the customer's identifier as it is stored.

    Raises:
        OldValueNotHeld: the customer does not have it.
    """
    old = read_identifier(org, type, value)
    identifiers = Identifier.objects.filter(customer_id=customer.pk, type=type)
    if old is None or not identifiers.filter(value=old).exists():
        raise errors.OldValueNotHeld()
    return old


def format_changed_sources(
    org: Organization, replacement: Replacement, picture: IdentityState
) -> str:
    """Return the names of the source accounts that the replacement changes."""
    source_accounts = get_source_accounts(org_id=org.pk)
    names = (
        f"{(account := source_accounts.by_id(pk)).source} {account.account_id}".strip()
        for pk in sorted(list_changed_accounts(picture, replacement))
    )
    return ", ".join(names) or staff_text("no source")


def _describe_refusal(refusal: DomainError, replacement: Replacement) -> str:
    if isinstance(refusal, IdentifierTaken):
        return staff_text(
            "Customer {customer_id} has {new} now.",
            customer_id=refusal.facts.get("customer_id"),
            new=replacement.new,
        )
    if isinstance(refusal, IdentifierNotHeld):
        return staff_text("The customer no longer has {old}.", old=replacement.old)
    return explain(refusal)
