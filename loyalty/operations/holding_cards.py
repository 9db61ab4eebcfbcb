"""Which cards customers hold: what a limit counts, and locking cards with their holders."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Count

from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer
from customers.operations.locking import lock_customers
from loyalty.models import Card

# A round is lost only to a unit that has committed since; nobody loses for ever.
MOST_ROUNDS = 10


def count_held(customer_ids: Collection[int]) -> Counter[tuple[int, int]]:
    """Count the cards that a limit counts, by customer and series. The customers are locked."""
    rows = (
        Card.objects.counted()
        .filter(customer_id__in=customer_ids)
        .values_list("customer_id", "series_id")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return Counter({(customer, series): count for customer, series, count in rows})


@within_unit_of_work
def lock_with_holders(card_ids: Collection[int]) -> tuple[dict[int, Card], dict[int, Customer]]:
    """Lock the cards and the customers who hold them: these first, each in key order."""
    customers: dict[int, Customer] = {}
    for _ in range(MOST_ROUNDS):
        holders = set(
            Card.objects.filter(pk__in=card_ids, customer__isnull=False).values_list(
                "customer_id", flat=True
            )
        )
        if not holders <= customers.keys():
            customers |= lock_customers(holders)
        rows = Card.objects.filter(pk__in=card_ids).select_related("series").order_by("pk")
        cards = {card.pk: card for card in rows.select_for_update(of=("self",))}
        if all(
            card.customer_id is None or card.customer_id in customers for card in cards.values()
        ):
            return cards, customers
    raise AssertionError("cards changed hands again and again")
