"""Every reason that a transaction is not claimed, by name (contract, section 6)."""

from crm.kernel.errors import DomainError


class RetroDisabled(DomainError):
    """The organization does not let what nobody was interested in be claimed."""

    code = "loyalty.retro_disabled"


class TransactionOfAnother(DomainError):
    """The transaction belongs to another customer."""

    code = "loyalty.transaction_of_another"


class TransactionNotClaimable(DomainError):
    """Only what nobody was interested in can be claimed (fact: ``type``)."""

    code = "loyalty.transaction_not_claimable"


class TransactionReturned(DomainError):
    """Goods of the transaction came back: it cannot be claimed."""

    code = "loyalty.transaction_returned"


class TransactionTooOld(DomainError):
    """The transaction is older than what can be claimed (fact: ``days``)."""

    code = "loyalty.transaction_too_old"


class TransactionAmbiguous(DomainError):
    """Several stores have a transaction of this number; its id tells which is meant."""

    code = "loyalty.transaction_ambiguous"


class RegisteredTooRecently(DomainError):
    """The customer is too new to claim transactions (fact: ``hours``)."""

    code = "loyalty.registered_too_recently"
