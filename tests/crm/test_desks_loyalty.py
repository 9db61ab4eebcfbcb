"""Loyalty on the customer page, and points that staff adjust and transfer."""

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


def _page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _adjust_url(enrollment):
    return reverse("admin:loyalty_enrollment_adjust", args=[enrollment.pk])


def _transfer_url(enrollment):
    return reverse("admin:loyalty_enrollment_transfer", args=[enrollment.pk])


def _get_balance(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk).points


def _form_data(page, **data):
    """Return the data of the form, with its idempotency value."""
    return {"once": str(page.context["form"]["once"].value()), **data}


def test_the_page_tells_tier_points_cards_and_coupons():
    customer = make_customer()
    program = make_program("Club", tier_rule="LIFETIME_POINTS", thresholds=(0, 1_000))
    expires_at = timezone.now() + timedelta(days=10)
    make_enrollment(customer, program, points=250, expires_at=expires_at)
    make_card("777", customer=customer)
    make_coupon(customer, code="TEN", at=timezone.now())

    loyalty = log_in("support agent").get(_page_url(customer)).context["loyalty"]

    [membership] = loyalty["memberships"]
    assert (membership["program"], membership["tier"], membership["available"]) == (
        "Club",
        "SILVER",
        "250",
    )
    assert membership["climb"] == {"percent": 25, "words": "750 more points to GOLD"}
    assert [(step["name"], step["is_here"]) for step in membership["ladder"]] == [
        ("SILVER", True),
        ("GOLD", False),
    ]
    assert [(line["points"], line["what"], line["expires_at"]) for line in loyalty["ledger"]] == [
        ("+250", "Opening balance", expires_at)
    ]
    assert [(lot["points"], lot["expires_at"]) for lot in loyalty["expiring"]] == [
        ("250", expires_at)
    ]
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
    client.get(_page_url(customer))
    with django_assert_max_num_queries(39) as few_queries:
        client.get(_page_url(customer))
    for _ in range(4):
        make_enrollment(customer, points=5)
        make_card(customer=customer)
        make_coupon(customer)
    client.get(_page_url(customer))  # programs are remembered from here on

    with django_assert_max_num_queries(39) as many_queries:
        client.get(_page_url(customer))

    assert len(many_queries) == len(few_queries)


@pytest.mark.parametrize(("points", "left"), [("40.5", "140.5"), ("-100", "0")])
def test_points_are_adjusted_both_ways_with_a_reason_and_a_record(points, left):
    enrollment = make_enrollment(points=100)
    client = log_in("approver")
    page = client.get(_adjust_url(enrollment))

    answer = client.post(
        _adjust_url(enrollment),
        _form_data(page, points=points, reason="Counted twice"),
        follow=True,
    )

    assert answer.redirect_chain == [(_page_url(enrollment.customer), 302)]
    assert f"Adjusted. {left} points are available now." in answer.content.decode()
    entry = PointsEntry.objects.get(kind="ADJUST")
    assert (entry.points, entry.notes) == (Decimal(points), "Counted twice")
    assert entry.entered_by == client.user.entity
    assert _get_balance(enrollment) == Decimal(left)
    event = Event.objects.get(kind="points.adjust")
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")
    assert event.after["notes"] == "Counted twice"


def test_sending_the_form_twice_adjusts_once():
    enrollment = make_enrollment(points=100)
    client = log_in("approver")
    data = _form_data(client.get(_adjust_url(enrollment)), points="5", reason="Kindness")

    client.post(_adjust_url(enrollment), data)
    answer = client.post(_adjust_url(enrollment), data, follow=True)

    message = "This form was sent twice; what it asks for was done the first time only."
    assert f"{message} 105 points are available now." in answer.content.decode()
    assert _get_balance(enrollment) == 105


def test_sending_the_form_twice_transfers_once():
    program = make_program()
    giver, receiver = make_enrollment(program=program, points=100), make_enrollment(program=program)
    client = log_in("approver")
    data = _form_data(
        client.get(_transfer_url(giver)),
        customer=receiver.customer_id,
        points="30",
        reason="Couple",
    )

    client.post(_transfer_url(giver), data)
    answer = client.post(_transfer_url(giver), data, follow=True)

    message = "This form was sent twice; what it asks for was done the first time only."
    assert f"{message} 70 points are left." in answer.content.decode()
    assert (_get_balance(giver), _get_balance(receiver)) == (70, 30)


def test_a_form_sent_again_with_something_else_is_refused():
    giver = make_enrollment(points=100)
    receiver, other = (make_enrollment(program=giver.program) for _ in range(2))
    client = log_in("approver")
    data = _form_data(client.get(_transfer_url(giver)), points="30", reason="Couple")

    client.post(_transfer_url(giver), {**data, "customer": receiver.customer_id})
    answer = client.post(_transfer_url(giver), {**data, "customer": other.customer_id})

    assert "This was submitted before, with other values." in answer.content.decode()
    assert (_get_balance(giver), _get_balance(receiver), _get_balance(other)) == (70, 30, 0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"points": "-100.001", "reason": "x"}, "Only 100 points are available"),
        ({"points": "0", "reason": "x"}, "Enter a number other than 0."),
        ({"points": "5", "reason": "  "}, "This field is required."),
        ({"points": "5", "reason": "a\0b"}, "Null characters are not allowed."),
        ({"points": "1e400", "reason": "x"}, "Ensure that there are no more than"),
        ({"points": "NaN", "reason": "x"}, "Enter a number."),
        ({"points": "5", "reason": "x", "once": "again"}, "This page is out of date"),
    ],
)
def test_an_adjustment_that_cannot_be_says_why_and_moves_nothing(data, message):
    enrollment = make_enrollment(points=100)
    client = log_in("approver")

    answer = client.post(
        _adjust_url(enrollment), _form_data(client.get(_adjust_url(enrollment)), **data)
    )

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert _get_balance(enrollment) == 100


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_points_are_moved_only_with_the_right(role):
    enrollment = make_enrollment(points=100)
    client = log_in(role)

    for url in (_adjust_url(enrollment), _transfer_url(enrollment)):
        assert client.get(url).status_code == 403
        assert client.post(url, {"points": 1, "reason": "x", "customer": 1}).status_code == 403
    page = client.get(_page_url(enrollment.customer))

    assert [m["adjust_url"] for m in page.context["loyalty"]["memberships"]] == [""]
    assert _get_balance(enrollment) == 100


def test_points_are_transferred_with_a_reason():
    program = make_program()
    giver, receiver = make_enrollment(program=program, points=100), make_enrollment(program=program)
    client = log_in("approver")
    data = _form_data(
        client.get(_transfer_url(giver)),
        customer=receiver.customer_id,
        points="30",
        reason="Couple",
    )

    answer = client.post(_transfer_url(giver), data, follow=True)

    message = f"30 points went to customer {receiver.customer_id}. 70 points are left."
    assert message in answer.content.decode()
    assert (_get_balance(giver), _get_balance(receiver)) == (70, 30)
    assert PointsTransfer.objects.get().notes == "Couple"


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("self", "Points cannot be transferred to the customer who gives them."),
        ("outsider", "is not enrolled in this program."),
        ("merged", "was merged into customer"),
        ("nobody", "This customer does not exist."),
        ("9" * 30, "less than or equal"),
    ],
)
def test_a_transfer_that_cannot_be_says_why(to, message):
    giver = make_enrollment(points=100)
    keys = {
        "self": giver.customer_id,
        "outsider": make_customer().pk,
        "merged": make_customer(merged_into=giver.customer).pk,
        "nobody": 10**9,
    }
    client = log_in("approver")
    page = client.get(_transfer_url(giver))
    data = _form_data(page, customer=keys.get(to, to), points="30", reason="x")

    answer = client.post(_transfer_url(giver), data)

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert _get_balance(giver) == 100


def test_a_merged_customer_offers_no_moves():
    survivor = make_customer()
    enrollment = make_enrollment(make_customer(merged_into=survivor))

    page = log_in("approver").get(_page_url(enrollment.customer))

    assert [m["adjust_url"] for m in page.context["loyalty"]["memberships"]] == [""]
