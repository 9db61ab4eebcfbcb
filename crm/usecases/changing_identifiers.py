"""Changing identifiers, and the merge that this may bring about (contract, rules 2.4 and 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crm.approvals.errors import MergeNeedsApproval
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from crm.usecases.merging import merge_customers
from customers import notices
from customers.models import MergeJournal
from customers.operations.identifying import rewrite_identifiers, settle_identity_change
from customers.rules.identity_change import IdentityChange
from loyalty.operations.delinking_cards import CardDelink, delink_cards
from loyalty.operations.issuing_cards import CardIssue, issue_cards

# The switch that lets such merges wait for an approver.
BY_REQUEST = "CONF_MERGE_BY_REQUEST"


@dataclass(frozen=True, slots=True)
class Identified:
    """Who has the identifiers now: the customer, or the survivor of a merge.

    ``is_done`` is false where nothing changed, because a merge waits for an approver.
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
    cards: Sequence[CardIssue] = (),
    delinks: Sequence[CardDelink] = (),
) -> Identified:
    """Remove and add identifiers of one profile, then issue cards in it, then take cards back.

    When an identifier to add belongs to a customer who shares no source account with this one,
    the two merge: this customer is the victim, the other the survivor (8051), who gets the cards.
    Reference: "Update Customer Identifiers/Issue Card".

    Raises:
        CustomerUnknown, CustomerMerged: nobody of this id, or folded into a survivor.
        NoProfileInSource, IdentifierNotHeld, LastIdentifier, IdentifierRegistered,
        IdentifierHeldInSource, SourceAccountShared, IdentifiersOfSeveralCustomers: by rule 2.4.
        NoIdentifier, IdentifierInvalid, MobileInvalid, EmailInvalid, ExternalIdInvalid: what was
        given cannot be read.
        MergeNeedsApproval: the two would merge, and the organization has that asked for.
        What ``issue_cards`` and ``delink_cards`` refuse.
    """
    holder = change.customer_id
    said: list[Notice] = []
    if change.add or change.remove or not (cards or delinks):
        holder, said = _change(origin, change)
    issued = issue_cards(
        origin=origin, wishes=[replace(wish, customer_id=holder) for wish in cards]
    )
    taken_back = delink_cards(
        origin=origin, wishes=[replace(wish, customer_id=holder) for wish in delinks]
    )
    for refusal in [card.refusal for card in issued] + [card.refusal for card in taken_back]:
        if refusal is not None:
            raise refusal
    said += [notice for card in issued for notice in card.notices]
    return Identified(holder, merged=holder != change.customer_id, notices=said)


def _change(origin: Origin, change: IdentityChange) -> tuple[int, list[Notice]]:
    """Change what is no card; return who has the identifiers now, and what to tell."""
    clean, verdict = settle_identity_change(origin=origin, change=change)
    holder, said = clean.customer_id, []
    if verdict.survivor is not None:
        if get_settings(origin.org.pk).is_on(BY_REQUEST):
            raise MergeNeedsApproval(survivor_id=verdict.survivor)
        merge_customers(
            origin=origin,
            survivor_id=verdict.survivor,
            victim_id=clean.customer_id,
            cause=MergeJournal.Cause.IDENTIFIER_CHANGE,
        )
        holder = verdict.survivor
        said = [Notice(notices.MERGED, survivor_id=holder)]
    rewrite_identifiers(
        origin=origin,
        customer_id=holder,
        source_account_id=clean.source_account_id,
        add=verdict.add,
        remove=verdict.remove,
    )
    return holder, said
