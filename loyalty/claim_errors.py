"""The errors of claiming transactions (contract, section 6)."""

from crm.kernel.errors import DomainError


class RetroDisabled(DomainError):
    """The organization does not allow claims of not-interested transactions."""

    code = "loyalty.retro_disabled"


class TransactionOfAnother(DomainError):
    """The transaction belongs to another customer."""

    code = "loyalty.transaction_of_another"


class TransactionNotClaimable(DomainError):
    """Only a not-interested transaction can be claimed (fact: ``type``)."""

    code = "loyalty.transaction_not_claimable"


class TransactionReturned(DomainError):
    """Goods of the transaction were returned, so it cannot be claimed."""

    code = "loyalty.transaction_returned"


class TransactionTooOld(DomainError):
    """The transaction is too old to be claimed (fact: ``days``)."""

    code = "loyalty.transaction_too_old"


class TransactionAmbiguous(DomainError):
    """Several stores have a transaction with this number; its id is needed."""

    code = "loyalty.transaction_ambiguous"


class RegisteredTooRecently(DomainError):
    """The customer registered too recently to claim transactions (fact: ``hours``)."""

    code = "loyalty.registered_too_recently"
