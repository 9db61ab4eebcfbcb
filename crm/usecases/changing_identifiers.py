"""Changing identifiers, and the merge that this may bring about (contract, rules 2.4 and 2.5)."""

from dataclasses import dataclass, field

from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.merging import merge_customers
from customers import notices
from customers.models import MergeJournal
from customers.operations.identifying import rewrite_identifiers, settle_identity_change
from customers.rules.identity_change import IdentityChange


@dataclass(frozen=True, slots=True)
class Identified:
    """Who has the identifiers now: the customer, or the survivor of a merge."""

    customer_id: int
    merged: bool
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def change_identifiers(*, origin: Origin, change: IdentityChange) -> Identified:
    """Remove and add identifiers of one profile; removes come first.

    When an identifier to add belongs to a customer who shares no source account with this one,
    the two merge: this customer is the victim, the other the survivor (8051). Reference: "Update
    Customer Identifiers".

    Raises:
        CustomerUnknown, CustomerMerged: nobody of this id, or folded into a survivor.
        NoProfileInSource, IdentifierNotHeld, LastIdentifier, IdentifierRegistered,
        IdentifierHeldInSource, SourceAccountShared, IdentifiersOfSeveralCustomers: by rule 2.4.
        NoIdentifier, IdentifierInvalid, MobileInvalid, EmailInvalid, ExternalIdInvalid: what was
        given cannot be read.
    """
    clean, verdict = settle_identity_change(origin=origin, change=change)
    holder, said = clean.customer_id, []
    if verdict.survivor is not None:
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
    return Identified(holder, merged=verdict.survivor is not None, notices=said)
