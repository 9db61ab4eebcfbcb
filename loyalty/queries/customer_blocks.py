"""Whom loyalty refuses.

Customers marked as fraud, those whose status label blocks it, and test customers elsewhere than at
their end points.
"""

from crm.kernel.errors import DomainError
from customers.models import Customer
from customers.queries.status_effects import StatusEffects, find_status_refusal
from customers.rules.end_points import is_enabled
from customers.rules.status_effects import EARNING, GOODWILL, REDEEMING, TRANSFERS
from loyalty import errors
from loyalty.rules.fraud import is_refused_earning, is_refused_for_fraud

_REFUSED_FOR_FRAUD = frozenset({REDEEMING, TRANSFERS, GOODWILL})


def find_block(effects: StatusEffects, customer: Customer, action: str) -> DomainError | None:
    """Return why the customer is refused the action, or None."""
    if action in _REFUSED_FOR_FRAUD and is_refused_for_fraud(customer.fraud_status):
        return errors.MarkedAsFraud(customer_id=customer.pk)
    if action == EARNING and is_refused_earning(customer.fraud_status):
        return errors.ConfirmedAsFraud(customer_id=customer.pk)
    return find_status_refusal(effects, customer, action)


def check_block(effects: StatusEffects, customer: Customer, action: str) -> None:
    """Refuse the action if the customer is blocked.

    Raises:
        MarkedAsFraud: no redeeming, transfers and goodwill for a customer marked as fraud.
        ConfirmedAsFraud: no earning for a customer confirmed as fraud.
        StatusBlocksEarning and the like: the customer's status label blocks it.
    """
    refusal = find_block(effects, customer, action)
    if refusal is not None:
        raise refusal


def check_end_point(customer: Customer, end_point: str) -> None:
    """Refuse a test customer who does not take part at the end point.

    Raises:
        EndPointDisabled: it is none of the customer's.
    """
    if not is_enabled(customer.end_points, end_point):
        raise errors.EndPointDisabled(end_point=end_point)
