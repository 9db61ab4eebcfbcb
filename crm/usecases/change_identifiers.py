"""Change identifiers, and merge two customers where that is the result (rules 2.4 and 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crm.approvals.errors import MergeNeedsApproval
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from crm.usecases.merge_customers import merge_customers
from customers import notices
from customers.models import MergeJournal
from customers.operations.identifiers.change import (
    prepare_identity_change,
    update_profile_identifiers,
)
from customers.rules.identifier_change import IdentityChange
from loyalty.operations.cards.delink import DelinkRequest, delink_cards
from loyalty.operations.cards.issue import CardIssueRequest, issue_cards

# The setting that makes these merges wait for an approver.
MERGE_BY_REQUEST_SETTING = "CONF_MERGE_BY_REQUEST"


@dataclass(frozen=True, slots=True)
class IdentifierChangeResult:
    """The customer who has the identifiers now: the one changed, or the survivor of a merge.

    ``is_done`` is False when nothing changed because the merge waits for an approver.
    """

    customer_id: int
    merged: bool
    is_done: bool = True
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def change_identifiers(
    *,
    origin: Origin,
    change: IdentityChange,
    cards: Sequence[CardIssueRequest] = (),
    delinks: Sequence[DelinkRequest] = (),
) -> IdentifierChangeResult:
    """Remove and add identifiers of one profile, then issue cards in it, then delink cards.

    When an added identifier belongs to a customer who shares no source account with this one, the
    two are merged: this customer is the victim, the other the survivor (8051) who gets the cards.
    Reference: "Update Customer Identifiers/Issue Card".

    Raises:
        CustomerUnknown, CustomerMerged: there is no such customer, or they were merged.
        NoProfileInSource, IdentifierNotHeld, LastIdentifier, IdentifierRegistered,
        IdentifierHeldInSource, SourceAccountShared, IdentifiersOfSeveralCustomers: by rule 2.4.
        NoIdentifier, IdentifierInvalid, MobileInvalid, EmailInvalid, ExternalIdInvalid: an
        identifier is missing or invalid.
        MergeNeedsApproval: the two would be merged, and the organization requires approval.
        Whatever ``issue_cards`` and ``delink_cards`` raise.
    """
    holder_id = change.customer_id
    result_notices: list[Notice] = []
    if change.add or change.remove or not (cards or delinks):
        holder_id, result_notices = _change_or_merge(origin, change)
    issued = issue_cards(
        origin=origin, requests=[replace(item, customer_id=holder_id) for item in cards]
    )
    delinked = delink_cards(
        origin=origin, requests=[replace(item, customer_id=holder_id) for item in delinks]
    )
    for refusal in [card.refusal for card in issued] + [card.refusal for card in delinked]:
        if refusal is not None:
            raise refusal
    result_notices += [notice for card in issued for notice in card.notices]
    return IdentifierChangeResult(
        holder_id, merged=holder_id != change.customer_id, notices=result_notices
    )


def _change_or_merge(origin: Origin, change: IdentityChange) -> tuple[int, list[Notice]]:
    """Change identifiers other than cards; return who has them now, with notices."""
    clean, decision = prepare_identity_change(origin=origin, change=change)
    holder_id, result_notices = clean.customer_id, []
    if decision.survivor is not None:
        if get_settings(origin.org.pk).is_on(MERGE_BY_REQUEST_SETTING):
            raise MergeNeedsApproval(survivor_id=decision.survivor)
        merge_customers(
            origin=origin,
            survivor_id=decision.survivor,
            victim_id=clean.customer_id,
            cause=MergeJournal.Cause.IDENTIFIER_CHANGE,
        )
        holder_id = decision.survivor
        result_notices = [Notice(notices.MERGED, survivor_id=holder_id)]
    update_profile_identifiers(
        origin=origin,
        customer_id=holder_id,
        source_account_id=clean.source_account_id,
        add=decision.add,
        remove=decision.remove,
    )
    return holder_id, result_notices
