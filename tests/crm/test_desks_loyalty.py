"""Loyalty at the customer's page, and the points that staff give, take and move by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.audit.models import Event
from loyalty.models import Enrollment, PointsEntry, PointsTransfer
from tests.builders import make_customer, make_enrollment, make_program
from tests.card_builders import make_card, make_coupon
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def _page(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _adjust(member):
    return reverse("admin:loyalty_enrollment_adjust", args=[member.pk])


def _transfer(member):
    return reverse("admin:loyalty_enrollment_transfer", args=[member.pk])


def _balance(member):
    return Enrollment.objects.get(pk=member.pk).points


def _asked(page, **data):
    """What the form sends, with the value that makes it count once."""
    return {"once": str(page.context["form"]["once"].value()), **data}


def test_the_page_tells_tier_points_cards_and_coupons():
    customer = make_customer()
    program = make_program("Club", tier_rule="LIFETIME_POINTS", thresholds=(0, 1_000))
    soon = timezone.now() + timedelta(days=10)
    make_enrollment(customer, program, points=250, expires_at=soon)
    make_card("777", customer=customer)
    make_coupon(customer, code="TEN", at=timezone.now())

    loyalty = log_in("support agent").get(_page(customer)).context["loyalty"]

    [member] = loyalty["memberships"]
    assert (member["program"], member["tier"], member["available"]) == ("Club", "SILVER", "250")
    assert member["climb"] == {"percent": 25, "words": "750 more points to GOLD"}
    assert [(step["name"], step["is_here"]) for step in member["ladder"]] == [
        ("SILVER", True),
        ("GOLD", False),
    ]
    assert [(line["points"], line["what"], line["expires_at"]) for line in loyalty["ledger"]] == [
        ("+250", "Opening balance", soon)
    ]
    assert [(lot["points"], lot["expires_at"]) for lot in loyalty["expiring"]] == [("250", soon)]
    assert [(card["number"], card["label"]) for card in loyalty["cards"]] == [("777", "ACTIVE")]
    assert [(row["coupon"].code, row["status"]) for row in loyalty["coupons"]] == [
        ("TEN", "Active")
    ]


def test_the_page_asks_as_much_for_many_programs_as_for_one(django_assert_max_num_queries):
    customer = make_customer()
    make_enrollment(customer, points=5)
    make_card(customer=customer)
    make_coupon(customer)
    client = log_in("approver")
    client.get(_page(customer))
    with django_assert_max_num_queries(37) as few:
        client.get(_page(customer))
    for _ in range(4):
        make_enrollment(customer, points=5)
        make_card(customer=customer)
        make_coupon(customer)
    client.get(_page(customer))  # programs are remembered from here on

    with django_assert_max_num_queries(37) as many:
        client.get(_page(customer))

    assert len(many) == len(few)


@pytest.mark.parametrize(("points", "left"), [("40.5", "140.5"), ("-100", "0")])
def test_points_are_adjusted_both_ways_with_a_reason_and_a_record(points, left):
    member = make_enrollment(points=100)
    client = log_in("approver")
    page = client.get(_adjust(member))

    answer = client.post(
        _adjust(member), _asked(page, points=points, reason="Counted twice"), follow=True
    )

    assert answer.redirect_chain == [(_page(member.customer), 302)]
    assert f"Adjusted. {left} points can be spent now." in answer.content.decode()
    entry = PointsEntry.objects.get(kind="ADJUST")
    assert (entry.points, entry.notes) == (Decimal(points), "Counted twice")
    assert entry.entered_by == client.user.entity
    assert _balance(member) == Decimal(left)
    event = Event.objects.get(kind="points.adjust")
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")
    assert event.after["notes"] == "Counted twice"


def test_sending_the_form_twice_adjusts_once():
    member = make_enrollment(points=100)
    client = log_in("approver")
    data = _asked(client.get(_adjust(member)), points="5", reason="Kindness")

    client.post(_adjust(member), data)
    answer = client.post(_adjust(member), data, follow=True)

    said = "This form was sent twice; what it asks for was done the first time only."
    assert f"{said} 105 points can be spent now." in answer.content.decode()
    assert _balance(member) == 105


def test_sending_the_form_twice_transfers_once():
    program = make_program()
    giver, taker = make_enrollment(program=program, points=100), make_enrollment(program=program)
    client = log_in("approver")
    data = _asked(
        client.get(_transfer(giver)), customer=taker.customer_id, points="30", reason="Couple"
    )

    client.post(_transfer(giver), data)
    answer = client.post(_transfer(giver), data, follow=True)

    said = "This form was sent twice; what it asks for was done the first time only."
    assert f"{said} 70 are left." in answer.content.decode()
    assert (_balance(giver), _balance(taker)) == (70, 30)


def test_a_form_sent_again_with_something_else_is_refused():
    giver = make_enrollment(points=100)
    taker, other = (make_enrollment(program=giver.program) for _ in range(2))
    client = log_in("approver")
    data = _asked(client.get(_transfer(giver)), points="30", reason="Couple")

    client.post(_transfer(giver), {**data, "customer": taker.customer_id})
    answer = client.post(_transfer(giver), {**data, "customer": other.customer_id})

    assert "This form was sent already, and asked for something else." in answer.content.decode()
    assert (_balance(giver), _balance(taker), _balance(other)) == (70, 30, 0)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"points": "-100.001", "reason": "x"}, "Only 100 points can be spent"),
        ({"points": "0", "reason": "x"}, "Give a number other than 0."),
        ({"points": "5", "reason": "  "}, "This field is required."),
        ({"points": "5", "reason": "a\0b"}, "Null characters are not allowed."),
        ({"points": "1e400", "reason": "x"}, "Ensure that there are no more than"),
        ({"points": "NaN", "reason": "x"}, "Enter a number."),
        ({"points": "5", "reason": "x", "once": "again"}, "This page is out of date"),
    ],
)
def test_an_adjustment_that_cannot_be_says_why_and_moves_nothing(data, said):
    member = make_enrollment(points=100)
    client = log_in("approver")

    answer = client.post(_adjust(member), _asked(client.get(_adjust(member)), **data))

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert _balance(member) == 100


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_points_are_moved_only_with_the_right(role):
    member = make_enrollment(points=100)
    client = log_in(role)

    for url in (_adjust(member), _transfer(member)):
        assert client.get(url).status_code == 403
        assert client.post(url, {"points": 1, "reason": "x", "customer": 1}).status_code == 403
    page = client.get(_page(member.customer))

    assert [m["adjust_url"] for m in page.context["loyalty"]["memberships"]] == [""]
    assert _balance(member) == 100


def test_points_are_transferred_with_a_reason():
    program = make_program()
    giver, taker = make_enrollment(program=program, points=100), make_enrollment(program=program)
    client = log_in("approver")
    data = _asked(
        client.get(_transfer(giver)), customer=taker.customer_id, points="30", reason="Couple"
    )

    answer = client.post(_transfer(giver), data, follow=True)

    said = f"30 points went to customer {taker.customer_id}. 70 are left."
    assert said in answer.content.decode()
    assert (_balance(giver), _balance(taker)) == (70, 30)
    assert PointsTransfer.objects.get().notes == "Couple"


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("self", "Both are the same customer."),
        ("outsider", "is no member of this program."),
        ("merged", "merged into another one"),
        ("nobody", "There is no such customer."),
        ("9" * 30, "less than or equal"),
    ],
)
def test_a_transfer_that_cannot_be_says_why(to, said):
    giver = make_enrollment(points=100)
    keys = {
        "self": giver.customer_id,
        "outsider": make_customer().pk,
        "merged": make_customer(merged_into=giver.customer).pk,
        "nobody": 10**9,
    }
    client = log_in("approver")
    page = client.get(_transfer(giver))
    data = _asked(page, customer=keys.get(to, to), points="30", reason="x")

    answer = client.post(_transfer(giver), data)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert _balance(giver) == 100


def test_a_merged_customer_offers_no_moves():
    survivor = make_customer()
    member = make_enrollment(make_customer(merged_into=survivor))

    page = log_in("approver").get(_page(member.customer))

    assert [m["adjust_url"] for m in page.context["loyalty"]["memberships"]] == [""]
