"""The sentence of each refusal and notice; the only place where staff's sentences are looked up."""

from types import ModuleType

from crm.approvals import errors as approval_errors
from crm.kernel.errors import DomainError
from crm.tenancy import errors as tenancy_errors
from customers import errors as customer_errors
from customers import notices as customer_notices
from loyalty import errors as loyalty_errors
from loyalty import notices as loyalty_notices


def list_sentences(*rooms: ModuleType) -> dict[str, str]:
    """Return the sentence of every refusal in these modules, by its code."""
    return {
        kind.code: kind.message
        for room in rooms
        for kind in vars(room).values()
        if isinstance(kind, type) and issubclass(kind, DomainError) and kind.code
    }


SENTENCES = {
    **list_sentences(approval_errors, customer_errors, loyalty_errors, tenancy_errors),
    **customer_notices.MESSAGES,
    **loyalty_notices.MESSAGES,
}
