"""Staff issue cards to customers, and redeem their coupons."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.audit.models import Event
from loyalty.models import Card, CouponRedemption
from tests.builders import (
    make_customer,
    make_organization,
    make_profile,
    make_source_account,
    make_status_label,
    make_store,
)
from tests.card_builders import (
    get_or_make_card_label,
    make_card,
    make_card_series,
    make_coupon,
    make_coupon_series,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
PAGES = {"card_issue": "support agent", "coupon_redeem": "approver"}


@pytest.fixture
def tom():
    return make_customer(identifiers=[("email", "tom@example.com")])


def _url(customer, name):
    return reverse(f"admin:loyalty_{name}", args=[customer.pk])


def _page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _card_data(client, customer, **data):
    form = client.get(_url(customer, "card_issue")).context["form"]
    account = form.fields["account"].choices[0][0]
    return {"once": form["once"].value(), "account": account, "reason": "Lost the old one", **data}


def _coupon_data(client, customer, **data):
    form = client.get(_url(customer, "coupon_redeem")).context["form"]
    return {"once": form["once"].value(), **data}


# --- Cards ------------------------------------------------------------------------------


def test_a_series_makes_a_new_number_once(tom):
    series = make_card_series(name="Club card")
    client = log_in("support agent")
    url, data = _url(tom, "card_issue"), _card_data(client, tom, series=series.pk)

    answer = client.post(url, data, follow=True)
    again = client.post(url, data, follow=True)

    card = Card.objects.get()
    assert answer.redirect_chain == [(_page_url(tom), 302)]
    assert f"Card {card.number} was issued." in answer.content.decode()
    assert "This form was sent twice" in again.content.decode()
    assert (card.customer, card.issued_by, card.status) == (tom, client.user.entity, "ISSUED")
    event = Event.objects.get(kind="card.issued")
    assert (event.after["reason"], event.door) == ("Lost the old one", "CONSOLE")
    assert tom.identifiers.filter(type="cardnumber", value=card.number).exists()


def test_a_number_from_outside_is_issued_in_the_profile_chosen(tom):
    wechat = make_source_account("WECHAT", "22")
    profile = make_profile(tom, wechat)
    series = make_card_series(generation_enabled=False)
    get_or_make_card_label("ACTIVE")
    client = log_in("support agent")
    data = _card_data(client, tom, series=series.pk, number="X-100", account=wechat.pk)

    client.post(_url(tom, "card_issue"), {**data, "label": "ACTIVE", "external_id": "chip-1"})

    card = Card.objects.get()
    assert (card.number, card.external_id, card.status) == ("X-100", "chip-1", "ACTIVE")
    assert profile.profile_identifiers.filter(identifier__value="X-100").exists()


@pytest.mark.parametrize(
    ("make", "data", "field", "words"),
    [
        (dict, {}, "series", "Select a series, or enter"),
        (dict, {"number": "none"}, "number", "There is no such card."),
        (lambda: {"series": make_card_series(generation_enabled=False).pk}, {}, "number",
         "outside"),
        (lambda: {"series": make_card_series(takes_external=False).pk}, {"number": "9"}, "number",
         "takes no numbers from outside"),
        (lambda: {"number": make_card(customer=make_customer()).number}, {}, "number",
         "Another customer holds this card"),
        (lambda: {"series": make_card_series(is_active=False).pk}, {}, "series", "valid choice"),
        (lambda: {"series": make_card_series().pk}, {"reason": ""}, "reason", "required"),
        (lambda: {"series": make_card_series().pk}, {"account": "999"}, "account", "valid choice"),
    ],
)  # fmt: skip
def test_a_card_that_cannot_be_issued_is_told_at_its_input(tom, make, data, field, words):
    client = log_in("support agent")
    filled = _card_data(client, tom) | make() | data

    page = client.post(_url(tom, "card_issue"), filled)

    assert words in page.context["form"].errors[field][0]
    assert not Card.objects.filter(customer=tom).exists()


def test_a_status_that_blocks_cards_says_so(tom):
    label = make_status_label("Deleted", "DELETED")
    type(tom).objects.update(status_label=label)
    client = log_in("support agent")

    page = client.post(
        _url(tom, "card_issue"), _card_data(client, tom, series=make_card_series().pk)
    )

    assert "A customer with the status Deleted gets no card." in page.content.decode()


def test_the_list_of_cards_leads_to_a_change_of_label(tom):
    card = make_card(customer=tom)
    url = reverse("admin:loyalty_card_change_label", args=[card.pk])

    assert url in log_in("support agent").get(_page_url(tom)).content.decode()
    assert url not in log_in("auditor").get(_page_url(tom)).content.decode()


# --- Coupons ----------------------------------------------------------------------------


def test_a_coupon_is_redeemed_for_a_bill_once(tom):
    series = make_coupon_series(max_redemptions_per_coupon=5, same_user_may_repeat=True)
    store = make_store(code="high.street")
    coupon = make_coupon(tom, series, "TEN", at=timezone.now())
    client = log_in("approver")
    [row] = client.get(_page_url(tom)).context["loyalty"]["coupons"]
    assert client.get(row["redeem_url"]).context["form"]["coupons"].value() == "TEN"
    url = _url(tom, "coupon_redeem")
    data = _coupon_data(client, tom, coupons="ten", amount="200", number="B-1", store="high.street")

    checked = client.post(url, {**data, "check": "1"})
    assert checked.context["check"] == "Coupon TEN, worth 20. Nothing was redeemed yet."
    assert not CouponRedemption.objects.exists()
    answer = client.post(url, data, follow=True)
    again = client.post(url, data, follow=True)

    assert answer.redirect_chain == [(_page_url(tom), 302)]
    assert "Redeemed: Coupon TEN, worth 20." in answer.content.decode()
    assert "This form was sent twice" in again.content.decode()
    redemption = CouponRedemption.objects.get()
    assert (redemption.coupon, redemption.customer, redemption.discount) == (coupon, tom, 20)
    assert (redemption.redeemed_by, redemption.redeemed_in) == (client.user.entity, store)
    assert redemption.transaction_number == "B-1"


def test_a_coupon_of_some_stores_needs_one_of_them(tom):
    here, there = make_store(code="here"), make_store(code="there")
    series = make_coupon_series()
    series.redeemable_at.add(here)
    make_coupon(tom, series, "TEN", at=timezone.now())
    client = log_in("approver")
    url = _url(tom, "coupon_redeem")

    for store in ("", there.code):
        page = client.post(url, _coupon_data(client, tom, coupons="TEN", store=store))
        assert list(page.context["form"].errors) == ["store"]
    client.post(url, _coupon_data(client, tom, coupons="TEN", store=here.code))

    assert CouponRedemption.objects.get().redeemed_in == here


@pytest.mark.parametrize("button", [{}, {"check": "1"}])
@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"coupons": "NONE"}, "coupons"),
        ({"coupons": "TEN, TEN"}, "coupons"),
        ({"coupons": " , "}, "coupons"),
        ({"coupons": "OLD"}, "coupons"),
        ({"coupons": "TEN", "amount": "x"}, "amount"),
        ({"coupons": "TEN", "store": "nowhere"}, "store"),
        ({"coupons": ""}, "coupons"),
    ],
)
def test_a_coupon_that_cannot_be_redeemed_is_told_at_its_input(tom, button, data, field):
    make_coupon(tom, code="TEN", at=timezone.now())
    make_coupon(tom, code="OLD")
    client = log_in("approver")

    page = client.post(_url(tom, "coupon_redeem"), _coupon_data(client, tom, **data) | button)

    assert list(page.context["form"].errors) == [field]
    assert not CouponRedemption.objects.exists()


def test_all_coupons_of_a_bill_are_redeemed_or_none(tom):
    for code in ("ONE", "TWO"):
        make_coupon(tom, code=code, at=timezone.now())
    client = log_in("approver")
    url = _url(tom, "coupon_redeem")

    client.post(url, _coupon_data(client, tom, coupons="ONE, NONE"))
    assert not CouponRedemption.objects.exists()
    client.post(url, _coupon_data(client, tom, coupons="ONE, TWO"))

    assert CouponRedemption.objects.count() == 2


def test_a_code_of_the_customer_is_asked_for_where_the_series_needs_one(
    tom, mailoutbox, django_capture_on_commit_callbacks
):
    make_coupon(tom, make_coupon_series(validation_required=True), "TEN", at=timezone.now())
    client = log_in("approver")
    url, data = _url(tom, "coupon_redeem"), _coupon_data(client, tom, coupons="TEN")

    page = client.post(url, data)
    assert list(page.context["form"].errors) == ["code"]
    page = client.post(url, {**data, "check": "1"})
    assert "A code of the customer is needed." in page.context["check"]
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(url, {**data, "send_code": "1"})
    assert page.context["form"]["coupons"].value() == "TEN"
    [code] = re.findall(r"[0-9]{6}", mailoutbox[0].body)
    client.post(url, {**data, "code": code})

    assert CouponRedemption.objects.count() == 1


# --- Rights -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "role"), PAGES.items())
def test_who_may_not_sees_no_button_and_is_refused(tom, name, role):
    client = log_in("auditor")

    assert _url(tom, name) not in client.get(_page_url(tom)).content.decode()
    assert client.get(_url(tom, name)).status_code == 403
    assert client.post(_url(tom, name), {"coupons": "TEN"}).status_code == 403
    assert _url(tom, name) in log_in(role).get(_page_url(tom)).content.decode()


@pytest.mark.parametrize(("name", "role"), PAGES.items())
def test_customers_of_others_and_merged_ones(tom, name, role):
    victim = make_customer(merged_into=tom)
    stranger = log_in(role, make_organization())

    assert stranger.get(_url(tom, name)).status_code == 404
    assert log_in(role).get(_url(victim, name))["Location"] == _page_url(tom)


def test_who_may_not_issue_a_coupon_asks_for_one_instead(tom):
    asks = reverse("admin:approvals_request_file", args=[tom.pk, "COUPON"])
    issues = f"/admin/loyalty/coupon/issue/?customer={tom.pk}"

    def list_urls(role):
        groups = log_in(role).get(_page_url(tom)).context["action_groups"]
        return {action.url for group in groups for action in group.actions}

    assert {asks, issues} & list_urls("support agent") == {asks}
    assert {asks, issues} & list_urls("approver") == {issues}
    assert list_urls("auditor") == set()


@pytest.mark.parametrize(("name", "role"), PAGES.items())
def test_the_pages_take_few_queries(tom, name, role, django_assert_max_num_queries):
    client = log_in(role)
    client.get(_url(tom, name))

    with django_assert_max_num_queries(14):
        client.get(_url(tom, name))
