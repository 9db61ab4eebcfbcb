"""Another mobile number, email address or external id for a customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.errors import IdentifierNotHeld, IdentifierTaken
from customers.models import Customer, Identifier
from customers.operations.replacing import plan_replacements, replace_identifiers
from customers.queries.home_profiles import home_accounts
from customers.queries.resolving import find_owners
from customers.queries.source_accounts import get_source_accounts
from customers.queries.standards import get_standards
from customers.rules.picture import Picture
from customers.rules.registration import normalise_keys
from customers.rules.replacing import Replacement

NAMES = {"mobile": "Mobile number", "email": "Email address", "externalId": "External id"}
NOTHING = "(none)"


@dataclass(frozen=True, slots=True)
class IdentifierChange:
    """The old value becomes the new one in every profile that holds it (contract, rule 2.5)."""

    identifier: str
    refusal: type[DomainError]

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Read both values.

        Without an old value the customer must have none of this type: the new one is then added
        to the INSTORE profile, else to the oldest.

        Raises:
            NewValueMissing: there is no new value.
            OldValueNotHeld: the customer does not have the old value, or has one and none is named.
            NewMobileInvalid, NewEmailInvalid, NewExternalIdInvalid: the new value cannot be read,
                is the old one, or belongs to somebody.
        """
        if ask.new_value in (None, ""):
            raise errors.NewValueMissing()
        new = read_value(origin.org, self.identifier, ask.new_value)
        if new is None:
            raise self.refusal(value=str(ask.new_value))
        old = ""
        owned = Identifier.objects.filter(customer_id=customer.pk, type=self.identifier)
        if ask.old_value in (None, ""):
            if owned.exists():
                raise errors.OldValueNotHeld()
        else:
            old = read_old_value(origin.org, self.identifier, ask.old_value, customer)
        if old == new or find_owners(org_id=origin.org.pk, keys=[(self.identifier, new)]):
            raise self.refusal(value=new)
        return Draft(old_value=old, new_value=new)

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Before and after, who has the new value now, and in which sources it changes."""
        wishes = self._wishes(org, requests)
        picture, refusals = plan_replacements(org_id=org.pk, wishes=wishes)
        return [
            self._plan(org, wish, picture, refusal)
            for wish, refusal in zip(wishes, refusals, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Replace them all at once; refusals are those of ``replace_identifiers``."""
        return replace_identifiers(origin=origin, wishes=self._wishes(origin.org, requests))

    def _wishes(self, org: Organization, requests: Sequence[Request]) -> list[Replacement]:
        nameless = [request.customer_id for request in requests if not request.old_value]
        accounts = home_accounts(nameless) if nameless else {}
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

    def _plan(
        self, org: Organization, wish: Replacement, picture: Picture, refusal: DomainError | None
    ) -> Plan:
        owner = picture.owners.get(wish.new_key)
        if owner is None:
            holder = Fact("Who has the new value now", "Nobody")
        elif owner == wish.customer_id:
            holder = Fact("Who has the new value now", "This customer, too", owner)
        else:
            holder = Fact("Who has the new value now", f"Customer {owner}", owner)
        facts = [holder, Fact("Changes in", sources_of(org, wish, picture))]
        return Plan(
            differences=[Difference(NAMES[self.identifier], wish.old or NOTHING, wish.new)],
            facts=facts,
            blockers=[] if refusal is None else [_in_words(refusal, wish)],
        )


def read_value(org: Organization, type: str, value: object) -> str | None:
    """The value as it would be stored, or None where it cannot be read."""
    try:
        [(_, normal)] = normalise_keys([(type, value)], get_standards(org))
    except DomainError:
        # Each of these kinds has a refusal of its own for what cannot be read.
        return None
    return normal


def read_old_value(org: Organization, type: str, value: object, customer: Customer) -> str:
    """The value that the customer has.

    Raises:
        OldValueNotHeld: they do not have it.
    """
    old = read_value(org, type, value)
    held = Identifier.objects.filter(customer_id=customer.pk, type=type)
    if old is None or not held.filter(value=old).exists():
        raise errors.OldValueNotHeld()
    return old


def sources_of(org: Organization, wish: Replacement, picture: Picture) -> str:
    """The source accounts in which a wish changes something, in words."""
    known = get_source_accounts(org_id=org.pk)
    names = (
        f"{(account := known.by_id(pk)).source} {account.account_id}".strip()
        for pk, keys in sorted(picture.profiles.get(wish.customer_id, {}).items())
        if (wish.old_key in keys if wish.old_key else pk == wish.source_account_id)
    )
    return ", ".join(names) or "no source"


def _in_words(refusal: DomainError, wish: Replacement) -> str:
    if isinstance(refusal, IdentifierTaken):
        return f"Customer {refusal.facts.get('customer_id')} has {wish.new} now."
    if isinstance(refusal, IdentifierNotHeld):
        return f"The customer no longer has {wish.old}."
    return f"The customer cannot be changed: {refusal.code}."
