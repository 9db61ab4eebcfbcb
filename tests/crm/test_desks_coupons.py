"""Coupons that staff issue and take back by hand."""

import re

import pytest
from django.urls import reverse

from crm.audit.models import Event
from loyalty.models import Coupon
from tests.builders import make_customer, make_organization
from tests.card_builders import make_coupon, make_coupon_series
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

ISSUE = "admin:loyalty_coupon_issue"


def _page(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _revoke(coupon):
    return reverse("admin:loyalty_coupon_revoke", args=[coupon.pk])


def _asked(client, **data):
    """What the form sends, with the value that makes it count once."""
    page = client.get(reverse(ISSUE))
    return {"once": str(page.context["form"]["once"].value()), "reason": "Late parcel", **data}


def test_a_coupon_is_issued_from_the_page_of_its_customer():
    customer, series = make_customer(), make_coupon_series(description="Ten off")
    make_coupon_series(description="Switched off", is_active=False)
    client = log_in("approver")
    url = client.get(_page(customer)).context["loyalty"]["issue_coupon_url"]
    form = client.get(url).context["form"]
    assert [name for _, name in form.fields["series"].choices] == ["Choose one", "Ten off"]
    data = {
        "once": str(form["once"].value()),
        "customer": form["customer"].value(),
        "series": series.pk,
        "reason": "Late parcel",
    }

    answer = client.post(url, data, follow=True)

    assert answer.redirect_chain == [(_page(customer), 302)]
    coupon = Coupon.objects.get()
    assert (coupon.customer, coupon.series) == (customer, series)
    assert coupon.issued_by == client.user.entity
    said = f"Coupon {coupon.code} was issued to customer {customer.pk}."
    assert said in answer.content.decode()
    event = Event.objects.get(kind="coupon.issued")
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")
    assert event.after["reason"] == "Late parcel"
    held = reverse("admin:loyalty_coupon_change", args=[coupon.pk])
    assert held in answer.content.decode()
    assert "Late parcel" in client.get(held).content.decode()


def test_sending_the_form_twice_issues_one_coupon_and_says_so():
    customer, series = make_customer(), make_coupon_series()
    client = log_in("approver")
    data = _asked(client, customer=customer.pk, series=series.pk)

    client.post(reverse(ISSUE), data)
    answer = client.post(reverse(ISSUE), data, follow=True)

    code = Coupon.objects.get().code
    said = "This form was sent twice; what it asks for was done the first time only."
    assert f"{said} It is coupon {code}." in answer.content.decode()


def test_a_coupon_that_is_held_already_is_named_instead():
    customer = make_customer()
    series = make_coupon_series(several_per_user=False, resend_held=True)
    client = log_in("approver")
    for _ in range(2):
        data = _asked(client, customer=customer.pk, series=series.pk)
        answer = client.post(reverse(ISSUE), data, follow=True)

    code = Coupon.objects.get().code
    assert f"The customer holds coupon {code} already" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"customer": 10**9}, "There is no such customer."),
        ({"customer": "9" * 30}, "less than or equal"),
        ({"series": ""}, "This field is required."),
        ({"series": 10**9}, "Select a valid choice"),
        ({"reason": " "}, "This field is required."),
        ({"once": "again"}, "This page is out of date"),
    ],
)
def test_a_coupon_that_cannot_be_issued_is_refused_in_words(changes, said):
    customer, series = make_customer(), make_coupon_series()
    client = log_in("approver")
    data = _asked(client, customer=customer.pk, series=series.pk)

    answer = client.post(reverse(ISSUE), {**data, **changes})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Coupon.objects.exists()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"max_create": 0}, "All 0 coupons of the series were issued."),
        ({"max_coupons_per_user": 1}, "The customer had 1 coupons of this series; no more."),
        ({"several_per_user": False}, "holds a coupon of this series, and may not hold two."),
        ({"valid_till_date": "2020-01-01"}, "The last day of the series is over."),
    ],
)
def test_the_limits_of_a_series_hold_for_staff(rules, said):
    customer, series = make_customer(), make_coupon_series(**rules)
    make_coupon(customer, series, expires_at=None)
    client = log_in("approver")

    answer = client.post(reverse(ISSUE), _asked(client, customer=customer.pk, series=series.pk))

    assert said in answer.content.decode()
    assert Coupon.objects.count() == 1


def test_a_coupon_of_another_organization_is_neither_issued_nor_revoked():
    theirs = make_customer(make_organization())
    coupon = make_coupon(theirs)
    series = make_coupon_series()
    client = log_in()

    answer = client.post(reverse(ISSUE), _asked(client, customer=theirs.pk, series=series.pk))

    assert "There is no such customer." in answer.content.decode()
    data = _asked(client, customer=make_customer().pk, series=coupon.series_id)
    assert "Select a valid choice" in client.post(reverse(ISSUE), data).content.decode()
    assert client.post(_revoke(coupon), {"reason": "x"}).status_code == 404
    assert Coupon.objects.get().revoked_at is None


def test_a_coupon_is_revoked_with_a_reason_and_a_record():
    coupon = make_coupon(make_customer(), code="TEN")
    client = log_in("approver")
    assert "Revoke coupon TEN" in client.get(_revoke(coupon)).content.decode()

    answer = client.post(_revoke(coupon), {"reason": "Sent by mistake"}, follow=True)

    assert "Coupon TEN was revoked." in answer.content.decode()
    assert "Sent by mistake" in answer.content.decode()
    coupon.refresh_from_db()
    assert (coupon.revoke_reason, coupon.revoked_by) == ("Sent by mistake", client.user.entity)
    event = Event.objects.get(kind="coupon.revoked")
    assert (event.subject_id, event.after["reason"]) == (coupon.pk, "Sent by mistake")


def test_a_coupon_is_revoked_once_and_keeps_the_first_reason():
    coupon = make_coupon(make_customer())
    client = log_in("approver")
    client.post(_revoke(coupon), {"reason": "First"})

    answer = client.post(_revoke(coupon), {"reason": "Second"})

    assert "The coupon was taken back already." in answer.content.decode()
    coupon.refresh_from_db()
    assert coupon.revoke_reason == "First"


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_coupons_are_issued_and_revoked_only_with_the_right(role):
    customer, series = make_customer(), make_coupon_series()
    coupon = make_coupon(customer, series)
    client = log_in(role)

    for url in (reverse(ISSUE), _revoke(coupon)):
        assert client.get(url).status_code == 403
        data = {"customer": customer.pk, "series": series.pk, "reason": "x"}
        assert client.post(url, data).status_code == 403

    assert client.get(_page(customer)).context["loyalty"]["issue_coupon_url"] == ""
    assert Coupon.objects.get().revoked_at is None


def test_a_merged_customer_is_issued_none():
    survivor, series = make_customer(), make_coupon_series()
    merged = make_customer(merged_into=survivor)
    client = log_in("approver")

    answer = client.post(reverse(ISSUE), _asked(client, customer=merged.pk, series=series.pk))

    assert f"merged into customer {survivor.pk}; name that one" in answer.content.decode()
    assert client.get(_page(merged)).context["loyalty"]["issue_coupon_url"] == ""


@pytest.mark.parametrize("given", ["x", "9" * 40, "%00", "0", "²"])
def test_an_address_that_names_nobody_gives_an_empty_form(given):
    page = log_in("approver").get(f"{reverse(ISSUE)}?customer={given}")

    assert page.status_code in (200, 400)
    assert not re.search(r'name="customer" value="\d', page.content.decode())
