"""Count the cards that customers hold, and lock cards with their holders."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Count

from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from loyalty.models import Card

# A round is repeated only after another unit of work has committed.
MAX_ROUNDS = 10


def count_held_cards(customer_ids: Collection[int]) -> Counter[tuple[int, int]]:
    """Count the cards that count for limits, by customer and series. The customers are locked."""
    rows = (
        Card.objects.counted()
        .filter(customer_id__in=customer_ids)
        .values_list("customer_id", "series_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return Counter({(customer, series): count for customer, series, count in rows})


@within_unit_of_work
def lock_cards_with_holders(
    card_ids: Collection[int],
) -> tuple[dict[int, Card], dict[int, Customer]]:
    """Lock the customers who hold the cards, then the cards, each in key order."""
    customers: dict[int, Customer] = {}
    for _ in range(MAX_ROUNDS):
        holder_ids = set(
            Card.objects.filter(pk__in=card_ids, customer__isnull=False).values_list(
                "customer_id", flat=True
            )
        )
        if not holder_ids <= customers.keys():
            customers |= lock_customers(holder_ids)
        rows = Card.objects.filter(pk__in=card_ids).select_related("series").order_by("pk")
        cards = {card.pk: card for card in rows.select_for_update(of=("self",))}
        if all(
            card.customer_id is None or card.customer_id in customers for card in cards.values()
        ):
            return cards, customers
    raise AssertionError("cards changed hands again and again")
