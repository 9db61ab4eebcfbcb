"""Coupons that staff issue and revoke, and redemptions that they take back."""

import re

import pytest
from django.urls import reverse

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from loyalty.models import Coupon
from loyalty.operations.coupons.redeem import redeem_coupon
from tests.builders import make_customer, make_organization, make_origin
from tests.card_builders import make_coupon, make_coupon_series
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

ISSUE = "admin:loyalty_coupon_issue"


def _page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _revoke_url(coupon):
    return reverse("admin:loyalty_coupon_revoke", args=[coupon.pk])


def _form_data(client, **data):
    """Return the data of the form, with its idempotency value."""
    page = client.get(reverse(ISSUE))
    return {"once": str(page.context["form"]["once"].value()), "reason": "Late parcel", **data}


def test_a_coupon_is_issued_from_the_page_of_its_customer():
    customer, series = make_customer(), make_coupon_series(description="Ten off")
    make_coupon_series(description="Switched off", is_active=False)
    client = log_in("approver")
    url = client.get(_page_url(customer)).context["loyalty"]["issue_coupon_url"]
    form = client.get(url).context["form"]
    assert [name for _, name in form.fields["series"].choices] == ["Select a series", "Ten off"]
    data = {
        "once": str(form["once"].value()),
        "customer": form["customer"].value(),
        "series": series.pk,
        "reason": "Late parcel",
    }

    answer = client.post(url, data, follow=True)

    assert answer.redirect_chain == [(_page_url(customer), 302)]
    coupon = Coupon.objects.get()
    assert (coupon.customer, coupon.series) == (customer, series)
    assert coupon.issued_by == client.user.entity
    message = f"Coupon {coupon.code} was issued to customer {customer.pk}."
    assert message in answer.content.decode()
    event = Event.objects.get(kind="coupon.issued")
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")
    assert event.after["reason"] == "Late parcel"
    coupon_url = reverse("admin:loyalty_coupon_change", args=[coupon.pk])
    assert coupon_url in answer.content.decode()
    assert "Late parcel" in client.get(coupon_url).content.decode()


def test_sending_the_form_twice_issues_one_coupon_and_says_so():
    customer, series = make_customer(), make_coupon_series()
    client = log_in("approver")
    data = _form_data(client, customer=customer.pk, series=series.pk)

    client.post(reverse(ISSUE), data)
    answer = client.post(reverse(ISSUE), data, follow=True)

    code = Coupon.objects.get().code
    message = "This form was sent twice; what it asks for was done the first time only."
    assert f"{message} It is coupon {code}." in answer.content.decode()


def test_a_coupon_that_is_held_already_is_named_instead():
    customer = make_customer()
    series = make_coupon_series(several_per_user=False, resend_held=True)
    client = log_in("approver")
    for _ in range(2):
        data = _form_data(client, customer=customer.pk, series=series.pk)
        answer = client.post(reverse(ISSUE), data, follow=True)

    code = Coupon.objects.get().code
    assert f"The customer already holds coupon {code}." in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"customer": 10**9}, "This customer does not exist."),
        ({"customer": "9" * 30}, "less than or equal"),
        ({"series": ""}, "This field is required."),
        ({"series": 10**9}, "Select a valid choice"),
        ({"reason": " "}, "This field is required."),
        ({"once": "again"}, "This page is out of date"),
    ],
)
def test_a_coupon_that_cannot_be_issued_is_refused_in_words(changes, message):
    customer, series = make_customer(), make_coupon_series()
    client = log_in("approver")
    data = _form_data(client, customer=customer.pk, series=series.pk)

    answer = client.post(reverse(ISSUE), {**data, **changes})

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not Coupon.objects.exists()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"max_create": 0}, "All 0 coupons of the series have been issued."),
        (
            {"max_coupons_per_user": 1},
            "The customer has reached the limit of 1 coupons of this series.",
        ),
        ({"several_per_user": False}, "The customer already holds a coupon of this series."),
        ({"valid_till_date": "2020-01-01"}, "The series has expired."),
    ],
)
def test_the_limits_of_a_series_hold_for_staff(rules, message):
    customer, series = make_customer(), make_coupon_series(**rules)
    make_coupon(customer, series, expires_at=None)
    client = log_in("approver")

    answer = client.post(reverse(ISSUE), _form_data(client, customer=customer.pk, series=series.pk))

    assert message in answer.content.decode()
    assert Coupon.objects.count() == 1


def test_a_coupon_of_another_organization_is_neither_issued_nor_revoked():
    foreign_customer = make_customer(make_organization())
    coupon = make_coupon(foreign_customer)
    series = make_coupon_series()
    client = log_in()

    answer = client.post(
        reverse(ISSUE), _form_data(client, customer=foreign_customer.pk, series=series.pk)
    )

    assert "This customer does not exist." in answer.content.decode()
    data = _form_data(client, customer=make_customer().pk, series=coupon.series_id)
    assert "Select a valid choice" in client.post(reverse(ISSUE), data).content.decode()
    assert client.post(_revoke_url(coupon), {"reason": "x"}).status_code == 404
    assert Coupon.objects.get().revoked_at is None


def test_a_coupon_is_revoked_with_a_reason_and_a_record():
    coupon = make_coupon(make_customer(), code="TEN")
    client = log_in("approver")
    assert "Revoke coupon TEN" in client.get(_revoke_url(coupon)).content.decode()

    answer = client.post(_revoke_url(coupon), {"reason": "Sent by mistake"}, follow=True)

    assert "Coupon TEN was revoked." in answer.content.decode()
    assert "Sent by mistake" in answer.content.decode()
    coupon.refresh_from_db()
    assert (coupon.revoke_reason, coupon.revoked_by) == ("Sent by mistake", client.user.entity)
    event = Event.objects.get(kind="coupon.revoked")
    assert (event.subject_id, event.after["reason"]) == (coupon.pk, "Sent by mistake")


def test_a_coupon_is_revoked_once_and_keeps_the_first_reason():
    coupon = make_coupon(make_customer())
    client = log_in("approver")
    client.post(_revoke_url(coupon), {"reason": "First"})

    answer = client.post(_revoke_url(coupon), {"reason": "Second"})

    assert "The coupon was already revoked." in answer.content.decode()
    coupon.refresh_from_db()
    assert coupon.revoke_reason == "First"


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_coupons_are_issued_and_revoked_only_with_the_right(role):
    customer, series = make_customer(), make_coupon_series()
    coupon = make_coupon(customer, series)
    client = log_in(role)

    for url in (reverse(ISSUE), _revoke_url(coupon)):
        assert client.get(url).status_code == 403
        data = {"customer": customer.pk, "series": series.pk, "reason": "x"}
        assert client.post(url, data).status_code == 403

    assert client.get(_page_url(customer)).context["loyalty"]["issue_coupon_url"] == ""
    assert Coupon.objects.get().revoked_at is None


def test_a_merged_customer_is_issued_none():
    survivor, series = make_customer(), make_coupon_series()
    merged = make_customer(merged_into=survivor)
    client = log_in("approver")

    answer = client.post(reverse(ISSUE), _form_data(client, customer=merged.pk, series=series.pk))

    assert f"merged into customer {survivor.pk}." in answer.content.decode()
    assert client.get(_page_url(merged)).context["loyalty"]["issue_coupon_url"] == ""


@pytest.mark.parametrize("raw_customer", ["x", "9" * 40, "%00", "0", "²"])
def test_an_address_that_names_nobody_gives_an_empty_form(raw_customer):
    page = log_in("approver").get(f"{reverse(ISSUE)}?customer={raw_customer}")

    assert page.status_code in (200, 400)
    assert not re.search(r'name="customer" value="\d', page.content.decode())


def _redeem(coupon):
    return unit_of_work(redeem_coupon)(
        origin=make_origin(), code=coupon.code, customer_id=coupon.customer_id
    ).redemption_id


def _reactivate_url(coupon):
    return reverse("admin:loyalty_coupon_reactivate", args=[coupon.pk])


def test_a_redemption_is_taken_back_once_with_a_reason_and_a_record():
    coupon = make_coupon(make_customer(), code="TEN")
    data = {"redemption": _redeem(coupon), "reason": "The bill was cancelled"}
    client = log_in("approver")
    page = client.get(_reactivate_url(coupon)).content.decode()
    assert "Take a redemption of coupon TEN back" in page

    answer = client.post(_reactivate_url(coupon), data, follow=True)

    assert "Coupon TEN can be used again." in answer.content.decode()
    coupon.refresh_from_db()
    assert coupon.redemption_count == 0
    event = Event.objects.get(kind="coupon.reactivated")
    assert (event.subject_id, event.after["reason"]) == (coupon.pk, "The bill was cancelled")
    again = client.post(_reactivate_url(coupon), data)
    assert "Select a valid choice" in again.content.decode()
    assert Event.objects.filter(kind="coupon.reactivated").count() == 1


def test_a_redemption_is_taken_back_by_right_and_in_the_own_organization():
    coupon = make_coupon(make_customer())
    foreign = make_coupon(make_customer(make_organization()))
    data = {"redemption": _redeem(coupon), "reason": "mine"}

    assert log_in("support agent").post(_reactivate_url(coupon), data).status_code == 403
    client = log_in("approver")
    assert client.post(_reactivate_url(foreign), data).status_code == 404
    assert client.post(_reactivate_url(coupon), {**data, "reason": ""}).status_code == 200
    coupon.refresh_from_db()
    assert coupon.redemption_count == 1


def test_the_series_says_which_ones_exclude_each_other():
    series = make_coupon_series(exclusive_group="sale")
    url = reverse("admin:loyalty_couponseries_change", args=[series.pk])

    page = log_in("organization admin").get(url).content.decode()

    assert 'name="exclusive_group" value="sale"' in page


def test_staff_set_what_a_series_is_good_for():
    client = log_in("organization admin")
    series = make_coupon_series(products=["A-1", "A-2"], brands=["Puma"])
    url = reverse("admin:loyalty_couponseries_change", args=[series.pk])
    form = client.get(url).context["adminform"].form
    assert (form.initial["products"], form.initial["brands"]) == ("A-1\nA-2", "Puma")
    data = {name: value for name, value in form.initial.items() if value not in (None, [])}
    data |= {"redeemable_when": "{}", "validation_required": "on", "discount_on": "ITEM"}

    answer = client.post(
        url,
        {
            **data,
            "products": " A-1 \n\nA-1\n",
            "brands": "",
            "categories": "Shoes\nSocks",
            "priority": "3",
            "campaign_id": "77",
        },
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    series.refresh_from_db()
    assert (series.products, series.brands, series.categories) == (["A-1"], [], ["Shoes", "Socks"])
    assert (series.priority, series.campaign_id, series.discount_on) == (3, 77, "ITEM")
    refused = client.post(url, {**data, "products": "x" * 201})
    assert "at most 200 characters" in refused.content.decode()
