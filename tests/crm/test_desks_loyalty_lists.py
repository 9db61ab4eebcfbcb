"""The lists of enrollments, movements, transactions, cards and coupons; changing a card label."""

import re

import pytest
from django.urls import reverse

from loyalty.models import Card, CardStatusChange, LineItem, Transaction
from tests.builders import NOON, make_customer, make_enrollment, make_program
from tests.card_builders import make_card, make_card_label, make_card_series, make_coupon
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def _url(name, *args):
    return reverse(f"admin:loyalty_{name}", args=args)


def _list_ids(model, query=""):
    page = log_in("support agent").get(f"{_url(f'{model}_changelist')}?{query}")
    assert page.status_code == 200, page
    return [row.pk for row in page.context["cl"].result_list]


def _make_transaction(customer, number="B-1", **attributes):
    return Transaction.objects.create(
        org=customer.org,
        customer=customer,
        number=number,
        **{
            "type": "REGULAR",
            "billed_at": NOON,
            "recorded_at": NOON,
            "amount": 5,
            "gross_amount": 5,
            **attributes,
        },
    )


MAKERS = {
    "enrollment": lambda: make_enrollment(points=5),
    "pointsentry": lambda: make_enrollment(points=5),
    "transaction": lambda: _make_transaction(make_customer(), f"B-{Transaction.objects.count()}"),
    "card": lambda: make_card(customer=make_customer()),
    "coupon": lambda: make_coupon(make_customer()),
    "program": make_program,
    "cardseries": make_card_series,
}


@pytest.mark.parametrize("model", MAKERS)
def test_a_list_asks_as_much_for_many_as_for_one(model, django_assert_max_num_queries):
    client = log_in("support agent")
    url = _url(f"{model}_changelist")
    MAKERS[model]()
    client.get(url)
    with django_assert_max_num_queries(29) as few_queries:
        client.get(url)
    for _ in range(5):
        MAKERS[model]()
    client.get(url)  # programs are remembered from here on

    with django_assert_max_num_queries(29) as many_queries:
        client.get(url)

    assert len(many_queries) == len(few_queries)


@pytest.mark.parametrize("model", ["enrollment", "pointsentry", "transaction", "card", "coupon"])
@pytest.mark.parametrize(
    "query",
    ["customer=x", "customer=" + "9" * 40, "customer=%00", "series=x", "q=%00", "q=" + "x" * 5_000,
     "after=x", "program=99999999999999999999", "type=%F0%9F%92%A9", "customer=%C2%B2"],
)  # fmt: skip
def test_hostile_addresses_are_answered(model, query):
    page = log_in("support agent").get(f"{_url(f'{model}_changelist')}?{query}")

    assert page.status_code in (200, 302, 400)


def test_members_and_movements_are_found_by_their_customer():
    tom = make_customer(first_name="Tom")
    enrollment, other_enrollment = make_enrollment(tom, points=5), make_enrollment(points=5)

    assert _list_ids("enrollment", "q=tom") == [enrollment.pk]
    assert _list_ids("enrollment", f"program={other_enrollment.program_id}") == [
        other_enrollment.pk
    ]
    assert _list_ids("pointsentry", "q=tom") == [enrollment.entries.get().pk]
    assert _list_ids("pointsentry", f"customer={tom.pk}") == [enrollment.entries.get().pk]
    assert _list_ids("pointsentry", "kind=EXPIRE") == []


def test_bills_cards_and_coupons_are_found_by_their_number():
    customer = make_customer()
    transaction, _ = (
        _make_transaction(customer, "B-1"),
        _make_transaction(customer, "B-2", type="NOT_INTERESTED"),
    )
    card, _ = make_card("700", external_id="ext-1"), make_card("701")
    coupon, _ = make_coupon(customer, code="TEN"), make_coupon(customer)

    assert _list_ids("transaction", "q=B-1") == [transaction.pk]
    assert _list_ids("transaction", "type=REGULAR") == [transaction.pk]
    assert _list_ids("card", "q=700") == _list_ids("card", "q=ext-1") == [card.pk]
    assert _list_ids("card", f"series={card.series_id}") == [card.pk]
    assert _list_ids("coupon", "q=ten") == [coupon.pk]
    assert _list_ids("coupon", f"series={coupon.series_id}") == [coupon.pk]


def test_a_bill_shows_its_lines():
    transaction = _make_transaction(make_customer())
    LineItem.objects.create(
        transaction=transaction, position=1, item_code="SKU1", description="Lamp"
    )

    page = log_in("support agent").get(_url("transaction_change", transaction.pk))

    assert "SKU1" in page.content.decode()
    assert "Lamp" in page.content.decode()


@pytest.mark.parametrize("model", ["pointsentry", "card", "coupon"])
def test_a_row_has_a_page(model):
    customer = make_customer()
    rows = {
        "pointsentry": lambda: make_enrollment(points=5).entries.get(),
        "card": lambda: make_card(customer=customer),
        "coupon": lambda: make_coupon(customer),
    }

    page = log_in("support agent").get(_url(f"{model}_change", rows[model]().pk))

    assert page.status_code == 200


def test_the_label_of_a_card_changes_with_a_reason():
    card = make_card(customer=make_customer())
    make_card_label("Lost", "SUSPENDED")
    client = log_in("support agent")

    answer = client.post(
        _url("card_change_label", card.pk), {"label": "Lost", "reason": "On a bus"}, follow=True
    )

    assert Card.objects.get(pk=card.pk).status == "SUSPENDED"
    change = CardStatusChange.objects.order_by("-pk")[0]
    assert (change.label.label, change.reason) == ("Lost", "On a bus")
    assert change.created_by == client.user.entity
    assert "The label is now Lost." in answer.content.decode()
    assert "On a bus" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "label", "status", "message"),
    [
        ("support agent", "Made", 200, "cannot become ISSUED"),
        ("support agent", "Nonsense", 200, "Select a valid choice"),
        ("support agent", "", 200, "This field is required."),
        ("auditor", "Made", 403, ""),
    ],
)
def test_a_label_that_cannot_follow_is_refused_in_words(role, label, status, message):
    card = make_card(customer=make_customer())
    make_card_label("Made", "ISSUED")

    answer = log_in(role).post(_url("card_change_label", card.pk), {"label": label, "reason": "x"})

    assert answer.status_code == status
    assert message in answer.content.decode()
    assert Card.objects.get(pk=card.pk).status == "ACTIVE"


def test_bills_and_cards_and_movements_are_called_by_their_names():
    enrollment = make_enrollment(points=5)
    _make_transaction(enrollment.customer, type="NOT_INTERESTED")
    series = make_card_series()
    make_card_label("Thrown away", "DELETED")
    make_card("C1", series, status="DELETED")
    agent = log_in("support agent")

    def list_labels(model):
        """Return the texts of the list."""
        page = agent.get(_url(f"{model}_changelist")).content.decode()
        rows = page[page.index("result_list") :]
        return {word.strip() for word in re.findall(r">([^<>]+)<", rows)}

    assert {"Opening balance"} <= list_labels("pointsentry")
    assert "OPENING" not in list_labels("pointsentry")
    assert "Not interested" in list_labels("transaction")
    assert "Thrown away" in list_labels("card")
