"""The page of a transaction, and what staff take back from there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from loyalty.models import Enrollment, PointsReversal, Transaction
from loyalty.operations.points.redeem import Redemption, redeem_points
from loyalty.operations.transactions.bills import Bill, ReturnedLine, enter_bill
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import (
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
    make_till,
)
from tests.card_builders import make_coupon
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return make_enrollment(program=make_program("Club", is_default=True))


@pytest.fixture
def purchase(member):
    return _enter(
        member,
        "B-1",
        store_id=make_store(name="High Street").pk,
        lines=[SaleLine(item_code="LAMP", description="Lamp", quantity=4, rate=25)],
        payments=[{"mode": "Cash", "value": 100}],
    )


def _enter(member, number, returned=(), points_redemption_ids=(), **attributes):
    sale = Sale(number=number, customer_id=member.customer_id if member else None, **attributes)
    result = unit_of_work(enter_bill)(
        origin=make_origin(at=timezone.now()),
        bill=Bill(sale=sale, returned=returned, points_redemption_ids=points_redemption_ids),
    )
    return Transaction.objects.get(pk=result.transaction_id)


def _redeem(member, points, **attributes):
    return unit_of_work(redeem_points)(
        origin=make_origin(at=timezone.now()),
        redemption=Redemption(customer_id=member.customer_id, points=points, **attributes),
    )


def _url(transaction, name="change"):
    return reverse(f"admin:loyalty_transaction_{name}", args=[transaction.pk])


def _reverse_url(redemption):
    return reverse("admin:loyalty_pointsentry_reverse", args=[redemption.redemption_id])


def _get_balance(member):
    return Enrollment.objects.get(pk=member.pk).points


def _form_data(client, url, **data):
    return {"shown": client.get(url).context["form"]["shown"].value(), "reason": "Broken", **data}


def test_the_page_tells_what_was_bought_paid_and_earned(purchase):
    shown = log_in("support agent").get(_url(purchase)).context["purchase"]

    [line] = shown["lines"]
    assert (line["item"], line["quantity"], line["amount"], line["returned"]) == (
        "LAMP",
        "4",
        "100",
        "",
    )
    assert [(row["mode"], row["value"]) for row in shown["payments"]] == [("Cash", "100")]
    [points] = shown["points"]
    assert (points["program"], points["parts"]) == (
        "Club",
        [("Earned", "100"), ("Can be spent", "100")],
    )


def test_the_page_tells_what_came_back_of_each_line_and_what_became_of_the_points(member, purchase):
    _redeem(member, 20)
    lamp = SaleLine(item_code="LAMP", quantity=1)
    bill = _enter(
        member,
        "B-2",
        store_id=purchase.store_id,
        lines=[SaleLine(item_code="CHAIR", quantity=1, rate=40)],
        returned=[ReturnedLine(lamp, "B-1")],
    )
    agent = log_in("support agent")

    shown = agent.get(_url(purchase)).context["purchase"]
    assert shown["lines"][0]["returned"] == "1 for 25"
    assert [(row["number"], row["amount"]) for row in shown["returns"]] == [("B-2", "25")]
    assert (shown["returned_amount"], shown["left_amount"]) == ("25", "75")
    parts = dict(shown["points"][0]["parts"])
    assert (parts["Redeemed"], parts["Taken back"]) == ("20", "25")

    mixed = agent.get(_url(bill)).context["purchase"]
    assert [(line["item"], line["is_brought_back"]) for line in mixed["lines"]] == [
        ("CHAIR", False),
        ("LAMP", True),
    ]
    assert [row["amount"] for row in mixed["parts"]] == ["25"]


def test_the_page_tells_the_redemptions_that_it_used_and_that_name_it(member, purchase):
    used, named = _redeem(member, 30), _redeem(member, 10, transaction_number="B-2")
    bill = _enter(member, "B-2", amount=50, points_redemption_ids=[used.redemption_id])
    coupon = make_coupon(member.customer, code="TEN")
    coupon.redemptions.create(
        customer=member.customer, redeemed_at=timezone.now(), used_for=bill, discount=Decimal(5)
    )

    shown = log_in("approver").get(_url(bill)).context["purchase"]

    assert [row["points"] for row in shown["points_redemptions"]] == ["30", "10"]
    assert [row["reverse_url"] for row in shown["points_redemptions"]] == [
        f"{_reverse_url(redemption)}?transaction={bill.pk}" for redemption in (used, named)
    ]
    [row] = shown["coupon_redemptions"]
    assert (row["code"], row["discount"], row["is_taken_back"]) == ("TEN", "5", False)
    shown = log_in("support agent", username="agent").get(_url(bill)).context["purchase"]
    assert {row["reverse_url"] for row in shown["points_redemptions"]} == {""}


def test_the_page_of_a_transaction_of_others_is_not_there(purchase):
    client = log_in("approver", make_organization("other"))

    assert client.get(_url(purchase)).status_code == 404
    assert client.get(_url(purchase, "take_back")).status_code == 404
    assert client.post(_url(purchase, "take_back"), {"shown": 0}).status_code == 404


def test_the_list_filters_outliers(member):
    normal = _enter(member, "B-1", amount=5)
    tests = [_enter(member, "B-2", amount=5, outlier_status="TEST")]
    frauds = [_enter(member, "B-3", amount=5, outlier_status="FRAUD")]
    client = log_in("support agent")
    url = reverse("admin:loyalty_transaction_changelist")

    def list_rows(query):
        return client.get(f"{url}?{query}").context["cl"].result_list

    assert list_rows("") == [*frauds, *tests, normal]
    assert list_rows("outlier=ANY") == [*frauds, *tests]
    assert list_rows("outlier=TEST") == tests
    assert list_rows("outlier=NORMAL") == [*frauds, *tests, normal]
    assert "Fraud" in client.get(_url(frauds[0])).content.decode()


def test_an_amount_comes_back_with_a_reason(member, purchase):
    client = log_in("approver")
    url = _url(purchase, "take_back")
    data = _form_data(client, url, what="AMOUNT", amount="30")

    answer = client.post(url, data, follow=True)

    assert answer.redirect_chain == [(_url(purchase), 302)]
    assert "The return was entered. 30 points were taken back." in answer.content.decode()
    row = Transaction.objects.get(returned=purchase)
    assert (row.type, row.amount, row.notes) == ("RETURN", 30, "Broken")
    assert (row.entered_by, row.store) == (client.user.entity, purchase.store)
    assert Event.objects.filter(kind="transaction.entered", door="CONSOLE").count() == 1
    assert _get_balance(member) == 70

    # Sent twice, it comes back once.
    answer = client.post(url, data)
    assert "Some of it came back meanwhile." in answer.content.decode()
    assert _get_balance(member) == 70


def test_everything_comes_back_though_points_were_spent(member, purchase):
    _redeem(member, 60)
    client = log_in("approver")
    url = _url(purchase, "take_back")

    answer = client.post(url, _form_data(client, url, what="FULL"), follow=True)

    assert "40 points were taken back, 60 were spent." in answer.content.decode()
    assert _get_balance(member) == 0
    answer = client.post(url, _form_data(client, url, what="FULL"))
    assert "Everything of the bill was returned already." in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"what": "AMOUNT"}, "Enter the amount that comes back."),
        ({"what": "FULL", "amount": "5"}, "Leave it empty, or choose an amount."),
        ({"what": "AMOUNT", "amount": "100.01"}, "More comes back than was bought."),
        ({"what": "AMOUNT", "amount": "-1"}, "greater than or equal"),
        ({"what": "AMOUNT", "amount": "NaN"}, "Enter a number."),
        ({"what": "CANCELLED"}, "Select a valid choice"),
        ({"what": "FULL", "reason": " "}, "This field is required."),
        ({"what": "FULL", "reason": "a\0b"}, "Null characters are not allowed."),
        ({"what": "FULL", "shown": "x"}, "This page is out of date."),
    ],
)
def test_a_return_that_cannot_be_is_refused_in_words(member, purchase, changes, message):
    client = log_in("approver")
    url = _url(purchase, "take_back")

    answer = client.post(url, _form_data(client, url) | changes)

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert Transaction.objects.get() == purchase
    assert _get_balance(member) == 100


def test_a_return_and_a_reversal_need_their_rights(member, purchase):
    redemption = _redeem(member, 10)
    agent, approver = log_in("support agent", username="agent"), log_in("approver")

    assert agent.get(_url(purchase, "take_back")).status_code == 403
    assert agent.post(_reverse_url(redemption), {"points": 1}).status_code == 403
    assert _url(purchase, "take_back") not in agent.get(_url(purchase)).content.decode()
    assert _url(purchase, "take_back") in approver.get(_url(purchase)).content.decode()
    # A return cannot be returned.
    data = _form_data(approver, _url(purchase, "take_back"), what="FULL")
    approver.post(_url(purchase, "take_back"), data)
    back = Transaction.objects.get(returned=purchase)
    assert _url(back, "take_back") not in approver.get(_url(back)).content.decode()
    assert approver.get(_url(back, "take_back")).status_code == 403


def test_a_redemption_is_reversed_from_the_page_of_its_bill(member, purchase):
    redemption = _redeem(member, 60, transaction_number="B-1")
    client = log_in("approver")
    [row] = client.get(_url(purchase)).context["purchase"]["points_redemptions"]
    url = row["reverse_url"]
    assert client.get(url).context["form"]["points"].value() == "60"
    data = _form_data(client, url, points="25")

    answer = client.post(url, data, follow=True)

    assert answer.redirect_chain == [(_url(purchase), 302)]
    message = "25 points were given back. 65 are available now."
    assert message in answer.content.decode()
    assert "25 of it reversed" in answer.content.decode()
    assert PointsReversal.objects.get().redemption_id == redemption.redemption_id
    assert PointsReversal.objects.get().entry.notes == "Broken"
    assert "Some of it came back meanwhile." in client.post(url, data).content.decode()
    too_many = _form_data(client, url, points="36")
    assert "Only 35 points of the redemption" in client.post(url, too_many).content.decode()
    assert _get_balance(member) == 65


def test_a_redemption_that_is_reversed_or_of_others_cannot_be_reversed(member, purchase):
    redemption = _redeem(member, 60)
    client, other = log_in("approver"), log_in("approver", make_organization("other"))
    url = _reverse_url(redemption)
    data = _form_data(client, url, points="60")
    assert other.post(url, data).status_code == 403

    answer = client.post(url, data, follow=True)

    entry_url = reverse("admin:loyalty_pointsentry_change", args=[redemption.redemption_id])
    assert answer.redirect_chain == [(entry_url, 302)]
    assert "60 of it reversed" in answer.content.decode()
    message = "The redemption was reversed already."
    assert message in client.post(url, data).content.decode()
    assert _get_balance(member) == 100
    award = purchase.entries.get()
    award_url = reverse("admin:loyalty_pointsentry_reverse", args=[award.pk])
    assert client.get(award_url).status_code == 403


def test_the_ledger_tells_reversals_in_words(member, purchase):
    redemption = _redeem(member, 60, redeemed_at=timezone.now() - timedelta(days=1))
    client = log_in("approver")
    url = _reverse_url(redemption)
    client.post(url, _form_data(client, url, points="25"))
    customer_url = reverse("admin:customers_customer_change", args=[member.customer_id])

    lines = client.get(customer_url).context["loyalty"]["ledger"]

    assert [(line["points"], line["what"]) for line in lines[:2]] == [
        ("+25", "Redemption reversed"),
        ("-60", "Redeemed"),
    ]
    assert lines[0]["reversal"].startswith("of the redemption of ")
    assert [line["reversal"] for line in lines[1:]] == ["25 of it reversed", ""]
    ledger = client.get(reverse("admin:loyalty_pointsentry_changelist")).content.decode()
    assert "25 of it reversed" in ledger
    assert "of the redemption of " in ledger


def test_the_page_asks_as_much_for_many_rows_as_for_one(
    member, purchase, django_assert_max_num_queries
):
    client = log_in("approver")
    _enter(member, "B-2", type="RETURN", amount=1, returned_id=purchase.pk, till_id=make_till().pk)
    _redeem(member, 1, transaction_number="B-1")
    client.get(_url(purchase))
    with django_assert_max_num_queries(40) as few_queries:
        client.get(_url(purchase))
    for number in range(3, 8):
        _enter(member, f"B-{number}", type="RETURN", amount=1, returned_id=purchase.pk)
        _redeem(member, 1, transaction_number="B-1")

    with django_assert_max_num_queries(len(few_queries)):
        client.get(_url(purchase))
