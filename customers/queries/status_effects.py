"""What the status labels of an organization block."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.kernel.errors import DomainError
from crm.kernel.org_cache import forget, get_or_load
from customers import errors
from customers.models import Customer, StatusLabel
from customers.rules import status_effects as rules

CACHE_KIND = "customers.status_effects"

_REFUSALS: Mapping[str, type[DomainError]] = {
    rules.EARNING: errors.StatusBlocksEarning,
    rules.REDEEMING: errors.StatusBlocksRedeeming,
    rules.TRANSFERS: errors.StatusBlocksTransfers,
    rules.CARDS: errors.StatusBlocksCards,
    rules.COUPONS: errors.StatusBlocksCoupons,
    rules.GOODWILL: errors.StatusBlocksGoodwill,
    rules.UPDATES: errors.StatusBlocksUpdates,
}


@dataclass(frozen=True, slots=True)
class BlockingLabel:
    """A label and the actions that it blocks."""

    label: str
    actions: frozenset[str]


# By label; None stands for customers whose label was never set.
StatusEffects = Mapping[int | None, BlockingLabel]


def get_status_effects(org_id: int) -> StatusEffects:
    """Return the labels that block something; they are cached. One query, or none."""
    return get_or_load(CACHE_KIND, org_id, lambda: _load_effects(org_id))


def forget_status_effects(org_id: int) -> None:
    """Clear the cache; call it in the transaction that changes a label."""
    forget(CACHE_KIND, org_id)


def find_status_refusal(
    effects: StatusEffects, customer: Customer, action: str
) -> DomainError | None:
    """Return why the customer's label forbids the action, or None."""
    blocking = effects.get(customer.status_label_id)
    if blocking is None or action not in blocking.actions:
        return None
    return _REFUSALS[action](label=blocking.label)


def check_status(effects: StatusEffects, customer: Customer, action: str) -> None:
    """Refuse the action if the customer's label blocks it.

    Raises:
        StatusBlocksUpdates and the like, by the action.
    """
    refusal = find_status_refusal(effects, customer, action)
    if refusal is not None:
        raise refusal


def _load_effects(org_id: int) -> StatusEffects:
    effects: dict[int | None, BlockingLabel] = {}
    for row in StatusLabel.objects.filter(org_id=org_id):
        switches = {action: getattr(row, f"blocks_{action}") for action in rules.ACTIONS}
        actions = rules.list_blocked_actions(row.status, switches)
        if actions:
            effects[row.pk] = BlockingLabel(row.label, actions)
            if row.is_default:
                effects[None] = effects[row.pk]
    return effects
