"""Staff enter bills of customers, and redeem their points."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from crm.audit.models import Event
from customers.models import OneTimeCode
from loyalty.models import Enrollment, PaymentMode, PointsEntry, Transaction
from tests.builders import (
    make_customer,
    make_enrollment,
    make_organization,
    make_program,
    make_status_label,
    make_store,
)
from tests.card_builders import make_coupon
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
ENTER = "/admin/loyalty/transaction/enter/"


@pytest.fixture
def member():
    return make_enrollment(program=make_program("Club", is_default=True))


@pytest.fixture
def store():
    return make_store(code="high.street", name="High Street")


def _page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _url(member):
    return f"{ENTER}?customer={member.customer_id}"


def _form_data(client, url, **data):
    form = client.get(url).context["form"]
    rows = {}
    for formset in (form.lines, form.payments):
        for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
            rows[f"{formset.prefix}-{name}"] = formset.management_form[name].value()
    return {
        **rows,
        "once": form["once"].value(),
        "billed_at": form["billed_at"].value(),
        "store": "high.street",
        "reason": "Till was down",
        **data,
    }


def _line(position, item, quantity, rate, **more):
    values = {"item": item, "quantity": quantity, "rate": rate, **more}
    return {f"lines-{position}-{name}": value for name, value in values.items()}


def _payment(position, mode, value):
    return {f"payments-{position}-mode": mode, f"payments-{position}-value": value}


def test_a_bill_with_lines_and_payments_earns_points_and_shows_them(member, store):
    PaymentMode.objects.create(org=store.org, name="Cash")
    client = log_in("approver")
    url = _url(member)
    data = _form_data(
        client,
        url,
        number="B-1",
        discount="5",
        **_line(0, "LAMP", "2", "25", description="Lamp"),
        **_line(2, "CHAIR", "1", "60.5", discount="0.5"),
        **_payment(0, "Cash", "105"),
    )

    answer = client.post(url, data, follow=True)

    bill = Transaction.objects.get()
    bill_url = reverse("admin:loyalty_transaction_change", args=[bill.pk])
    assert answer.redirect_chain == [(bill_url, 302)]
    assert "Bill B-1 was entered. It earned 105 points." in answer.content.decode()
    assert (bill.amount, bill.store, bill.notes) == (105, store, "Till was down")
    assert (bill.customer_id, bill.entered_by) == (member.customer_id, client.user.entity)
    assert bill.payments == [{"mode": "Cash", "value": 105}]
    assert list(bill.line_items.order_by("position").values_list("item_code", "amount")) == [
        ("LAMP", 50),
        ("CHAIR", 60),
    ]
    assert Event.objects.get(kind="transaction.entered").door == "CONSOLE"
    assert Enrollment.objects.get().points == 105


def test_a_form_that_is_sent_twice_enters_once(member, store):
    client = log_in("approver")
    data = _form_data(client, _url(member), number="B-1", amount="100")
    first = client.post(_url(member), data)

    answer = client.post(_url(member), data, follow=True)

    assert answer.redirect_chain == [(first["Location"], 302)]
    assert "This form was sent twice" in answer.content.decode()
    assert Transaction.objects.count() == 1
    other = _form_data(client, _url(member), number="B-1", amount="100")
    page = client.post(_url(member), other)
    assert page.context["form"].errors == {"number": ["The store has entered this number already."]}
    assert Enrollment.objects.get().points == 100


def test_more_lines_keep_what_was_filled_in(member, store):
    client = log_in("approver")
    data = _form_data(
        client, _url(member), number="B-1", **_line(3, "LAMP", "2", "25"), more_lines="1"
    )

    form = client.post(_url(member), data).context["form"]

    assert (form["number"].value(), form["store"].value()) == ("B-1", "high.street")
    assert form["once"].value() == data["once"]
    assert form.lines.forms[0]["item"].value() == "LAMP"
    assert len(form.lines.forms) == 5
    assert not Transaction.objects.exists()


def test_a_check_tells_what_the_bill_would_earn_and_enters_nothing(member, store):
    client = log_in("approver")
    data = _form_data(client, _url(member), number="B-1", discount="5", **_line(0, "LAMP", 2, 25))

    page = client.post(_url(member), {**data, "check": "1"})

    assert page.context["check"] == (
        "The bill comes to 45 and would earn 45 points. Nothing was entered yet."
    )
    assert not Transaction.objects.exists()
    assert Enrollment.objects.get().points == 0
    assert not Event.objects.filter(kind="transaction.entered").exists()
    client.post(_url(member), data)
    again = _form_data(client, _url(member), number="B-1", amount="1") | {"check": "1"}
    page = client.post(_url(member), again)
    assert list(page.context["form"].errors) == ["number"]
    assert page.context["form"].fields["number"].widget.attrs["autofocus"] is True


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"number": ""}, "number"),
        ({"store": "nowhere"}, "store"),
        ({"store": ""}, "store"),
        ({"billed_at": "2099-01-01T10:00"}, "billed_at"),
        ({"billed_at": "soon"}, "billed_at"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"reason": ""}, "reason"),
        ({"lines-0-item": "LAMP"}, "__all__"),
        ({"payments-0-mode": "Cash", "payments-0-value": "x"}, "__all__"),
        ({"lines-TOTAL_FORMS": "x"}, "__all__"),
        ({"once": ""}, "once"),
    ],
)
def test_a_wrong_input_is_told_and_nothing_is_entered(member, store, data, field):
    client = log_in("approver")
    filled = _form_data(client, _url(member), number="B-1", amount="100") | data

    page = client.post(_url(member), filled)

    assert list(page.context["form"].errors) == [field]
    assert not Transaction.objects.exists()


def test_without_a_customer_in_the_address_the_form_asks_for_one(member, store):
    client = log_in("approver")
    stranger = make_organization()

    page = client.post(ENTER, _form_data(client, ENTER, number="B-1", amount="9", customer="999"))
    assert page.context["form"].errors == {"customer": ["This customer does not exist."]}
    data = _form_data(client, ENTER, number="B-1", amount="9", customer=member.customer_id)
    client.post(ENTER, data)

    assert Transaction.objects.get().customer_id == member.customer_id
    assert log_in("approver", stranger).get(_url(member)).status_code == 404


def test_a_status_that_blocks_earning_says_so(store):
    label = make_status_label("Deleted", "DELETED")
    program = make_program("Club", is_default=True)
    member = make_enrollment(make_customer(status_label=label), program)
    client = log_in("approver")

    page = client.post(_url(member), _form_data(client, _url(member), number="B-1", amount="100"))

    assert "A customer with the status Deleted earns no points." in page.content.decode()
    assert not Transaction.objects.exists()


def test_who_may_not_enter_bills_sees_no_button_and_is_refused(member, store):
    client = log_in("support agent")

    assert ENTER not in client.get(_page_url(member.customer)).content.decode()
    assert ENTER not in client.get("/admin/loyalty/transaction/").content.decode()
    assert client.get(_url(member)).status_code == 403
    assert client.post(ENTER, {"number": "B-1"}).status_code == 403
    approver = log_in("approver")
    assert _url(member) in approver.get(_page_url(member.customer)).content.decode()


def test_the_customers_list_of_bills_leads_to_a_return(member, store):
    client = log_in("approver")
    client.post(_url(member), _form_data(client, _url(member), number="B-1", amount="100"))
    [bill] = client.get(_page_url(member.customer)).context["loyalty"]["bills"]
    shown = client.get(bill["return_url"]).context["form"]["shown"].value()

    client.post(bill["return_url"], {"shown": shown, "what": "FULL", "reason": "Broken"})

    bills = client.get(_page_url(member.customer)).context["loyalty"]["bills"]
    assert sorted((row["line"].type, bool(row["return_url"])) for row in bills) == [
        ("Regular", True),
        ("Return", False),
    ]
    agent = log_in("support agent")
    bills = agent.get(_page_url(member.customer)).context["loyalty"]["bills"]
    assert {row["return_url"] for row in bills} == {""}


# --- Redeeming points -------------------------------------------------------------------


@pytest.fixture
def saver():
    program = make_program(
        "Club",
        is_default=True,
        min_redeem_points=20,
        redeem_multiple=10,
        points_to_currency=Decimal("0.5"),
    )
    return make_enrollment(program=program, points=100)


def _redeem_url(member):
    return reverse("admin:loyalty_enrollment_redeem", args=[member.pk])


def _redeem_data(client, member, **data):
    form = client.get(_redeem_url(member)).context["form"]
    return {"once": form["once"].value(), "reason": "At the counter", **data}


def test_points_are_redeemed_by_the_rules_of_the_program(saver):
    client = log_in("approver")
    url = _redeem_url(saver)
    assert f'href="{url}"' in client.get(_page_url(saver.customer)).content.decode()
    facts = dict(client.get(url).context["facts"])
    assert (facts["Points"], facts["Least points at once"], facts["In multiples of"]) == (
        "100",
        "20",
        "10",
    )
    data = _redeem_data(client, saver, points="30", number="B-7")

    checked = client.post(url, {**data, "check": "1"})
    assert checked.context["check"].startswith("30 points are worth 15. 70 would be left.")
    assert Enrollment.objects.get().points == 100
    answer = client.post(url, data, follow=True)

    assert answer.redirect_chain == [(_page_url(saver.customer), 302)]
    assert "30 points were redeemed, worth 15. 70 are left." in answer.content.decode()
    entry = PointsEntry.objects.get(kind="REDEEM")
    assert (entry.entered_by, entry.transaction_number) == (client.user.entity, "B-7")
    assert entry.notes == "At the counter"
    again = client.post(url, data, follow=True)
    assert "This form was sent twice" in again.content.decode()
    assert Enrollment.objects.get().points == 70


@pytest.mark.parametrize("button", [{}, {"check": "1"}])
@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("10", "20"),
        ("25", "10"),
        ("200", "Only 100 points are available"),
        ("-5", "greater than or equal"),
        ("x", "Enter a number"),
    ],
)
def test_what_the_program_does_not_allow_is_told_at_the_points(saver, button, points, words):
    client = log_in("approver")

    page = client.post(_redeem_url(saver), _redeem_data(client, saver, points=points) | button)

    assert words in page.context["form"].errors["points"][0]
    assert Enrollment.objects.get().points == 100


def test_a_code_is_sent_and_asked_for_where_the_program_needs_one(
    mailoutbox, django_capture_on_commit_callbacks
):
    program = make_program("Club", is_default=True, redeem_needs_code=True)
    saver = make_enrollment(
        make_customer(identifiers=[("email", "tom@example.com")]), program, points=100
    )
    client = log_in("approver")
    url = _redeem_url(saver)
    data = _redeem_data(client, saver, points="30")

    page = client.post(url, data)
    assert list(page.context["form"].errors) == ["code"]
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(url, {**data, "send_code": "1"})
    assert page.context["form"]["points"].value() == "30"
    assert "A code was sent to the customer." in page.content.decode()
    [code] = re.findall(r"[0-9]{6}", mailoutbox[0].body)
    page = client.post(url, {**data, "code": "1234567"})
    assert list(page.context["form"].errors) == ["code"]
    assert OneTimeCode.objects.get().failed_attempts == 1
    assert Enrollment.objects.get().points == 100
    client.post(url, {**data, "code": code})
    assert Enrollment.objects.get().points == 70


def test_a_customer_marked_as_fraud_redeems_nothing(saver):
    type(saver.customer).objects.update(fraud_status="CONFIRMED", fraud_reason="x")
    client = log_in("approver")

    page = client.post(_redeem_url(saver), _redeem_data(client, saver, points="30"))

    assert "is marked as fraud" in page.content.decode()


def test_who_may_not_redeem_sees_no_button_and_is_refused(saver):
    client = log_in("support agent")
    stranger = log_in("approver", make_organization())

    assert _redeem_url(saver) not in client.get(_page_url(saver.customer)).content.decode()
    assert client.get(_redeem_url(saver)).status_code == 403
    assert client.post(_redeem_url(saver), {"points": "30"}).status_code == 403
    assert stranger.get(_redeem_url(saver)).status_code == 404
    client.user.user_permissions.add(Permission.objects.get(codename="redeem_points"))
    assert _redeem_url(saver) in client.get(_page_url(saver.customer)).content.decode()


def test_the_pages_take_few_queries(member, store, django_assert_max_num_queries):
    client = log_in("approver")
    client.get(_url(member))

    with django_assert_max_num_queries(14):
        client.get(_url(member))
    with django_assert_max_num_queries(14):
        client.get(_redeem_url(member))


def test_a_bill_of_yesterday_keeps_its_time(member, store):
    client = log_in("approver")
    yesterday = timezone.localtime(timezone.now() - timedelta(days=1), store.org.zone)
    data = _form_data(
        client, _url(member), number="B-1", amount="1", billed_at=f"{yesterday:%Y-%m-%dT%H:%M}"
    )

    client.post(_url(member), data)

    assert Transaction.objects.get().billed_at == yesterday.replace(second=0, microsecond=0)


def test_redemptions_that_no_bill_used_can_be_named(saver, store):
    client = log_in("approver")
    client.post(_redeem_url(saver), _redeem_data(client, saver, points="30"))
    coupon = make_coupon(saver.customer, code="TEN", at=timezone.now())
    coupon.redemptions.create(customer=saver.customer, redeemed_at=timezone.now())
    choices = client.get(_url(saver)).context["form"].fields["redemptions"].choices
    assert [words.partition(" of ")[0] for _value, words in choices] == ["30 points", "Coupon TEN"]
    values = [value for value, _words in choices]

    data = _form_data(client, _url(saver), number="B-1", amount="50", redemptions=values)
    longer = client.post(_url(saver), {**data, "more_lines": "1"}).context["form"]
    assert longer["redemptions"].value() == values
    client.post(_url(saver), data)

    bill = Transaction.objects.get()
    assert bill.points_redemptions.count() == bill.coupon_redemptions.count() == 1
    assert "redemptions" not in client.get(_url(saver)).context["form"].fields
    second = _form_data(client, _url(saver), number="B-2", amount="5", redemptions=values)
    answer = client.post(_url(saver), second)
    assert answer.status_code == 302  # there is nothing to choose any more
    assert bill.points_redemptions.count() == 1
