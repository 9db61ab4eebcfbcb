"""A referred customer is credited to the referrer ..."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from crm.usecases.merge_customers import merge_customers
from crm.usecases.register_customers import SignUp, sign_up_customer, sign_up_customers
from customers.rules.identifier_change import IdentityChange
from customers.rules.registration import ProfileEntry, Registration
from loyalty import notices
from loyalty.models import Coupon, Effect, Referee
from loyalty.operations.effects import retry_effects, run_effects
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.rules.transactions import Sale
from tests.builders import (
    NOON,
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_origin,
    make_program,
    make_till,
)
from tests.card_builders import make_coupon_series
from tests.queries import count_queries
from tests.referral_builders import make_campaign, make_code, make_invitation

pytestmark = pytest.mark.django_db
ANN, BOB = ("mobile", "919810000001"), ("email", "bob@example.com")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def series():
    return make_coupon_series("friend")


@pytest.fixture
def campaign(series):
    return make_campaign(
        "CWRME", is_default=True, registration_series=series, transaction_series=series
    )


@pytest.fixture
def friend(campaign):
    """Who invited Ann."""
    customer = make_customer()
    make_invitation(customer, campaign, ANN[1])
    return customer


def registration(*keys, **more):
    entry = ProfileEntry(source_account_id=get_or_make_source_account().pk, identifiers=keys)
    return Registration(profiles=[entry], loyalty_type="LOYALTY", **more)


def register_referred(*keys, code="", at=LATER, runs=True, actor=None, **more):
    origin = make_origin(get_or_make_organization(), at=at, actor=actor)
    admitted = unit_of_work(sign_up_customer)(
        origin=origin, sign_up=SignUp(registration=registration(*keys, **more), referral_code=code)
    )
    if runs and admitted.effect_id is not None:
        unit_of_work(run_effects)(origin=origin, effect_ids=[admitted.effect_id])
    return admitted


def buy(customer_id, number="b1", at=LATER, runs=True, type="REGULAR", **more):
    unit_of_work(enter_transactions)(
        origin=make_origin(get_or_make_organization(), at=at),
        sales=[
            Sale(number=number, type=type, customer_id=customer_id, amount=100, **more),
        ],
    )
    if runs:
        unit_of_work(retry_effects)(now=at)


def list_credits():
    rows = Referee.objects.order_by("pk")
    return list(rows.values_list("customer_id", "referee_id", "event"))


def list_coupons(customer):
    return list(Coupon.objects.filter(customer=customer).values_list("series__code", flat=True))


def test_once_they_register_after_an_invitation(friend, campaign):
    till = make_till()
    who = register_referred(ANN, actor=till)

    row = Referee.objects.get()
    assert list_credits() == [(friend.pk, who.customer_id, "REGISTRATION")]
    assert row.invitation.identifier == ANN[1]
    assert (row.added_at, row.added_by, row.campaign) == (LATER, till, campaign)
    assert row.coupon.customer == friend
    assert list_coupons(friend) == ["friend"]


def test_is_told_in_the_audit_of_who_brought_them(friend):
    who = register_referred(ANN)

    event = Event.objects.get(kind="customer.brought_somebody")
    assert event.subject_id == friend.pk
    assert event.after == {
        "campaign": "CWRME",
        "customer": who.customer_id,
        "event": "REGISTRATION",
    }


def test_by_their_code_before_any_invitation(friend, campaign):
    other = make_customer()
    code = make_code(other, campaign)

    who = register_referred(ANN, code=f" {code.upper()} ")

    assert list_credits() == [(other.pk, who.customer_id, "REGISTRATION")]
    assert who.notices == []


@pytest.mark.parametrize("code", ["nobodys", "\0", "x" * 500])
def test_not_by_a_code_that_leads_nowhere_which_is_a_notice(campaign, code):
    who = register_referred(ANN, code=code)

    assert [notice.code for notice in who.notices] == [notices.REFERRAL_CODE_UNKNOWN]
    assert list_credits() == []


def test_not_in_a_campaign_that_is_over(friend, campaign):
    code = make_code(friend, campaign)
    campaign.is_active = False
    campaign.save()
    from loyalty.queries.referrals.campaigns import clear_campaign_cache

    clear_campaign_cache(campaign.org_id)

    who = register_referred(ANN, code=code)

    assert [notice.code for notice in who.notices] == [notices.REFERRAL_CODE_UNKNOWN]
    assert list_credits() == []


def test_not_for_having_joined_before_they_were_invited(friend):
    register_referred(ANN, registered_at=NOON - timedelta(days=1))

    assert list_credits() == []


def test_not_for_combining_what_was_known(campaign, friend):
    make_customer(source_account=get_or_make_source_account("WECHAT", "1"), identifiers=[ANN, BOB])
    code = make_code(friend, campaign)

    who = register_referred(ANN, BOB, code=code)

    assert not who.is_new
    assert list_credits() == []


def test_even_if_they_are_no_loyalty_customer(friend):
    registration_data = SignUp(
        registration=Registration(
            profiles=[
                ProfileEntry(source_account_id=get_or_make_source_account().pk, identifiers=[ANN])
            ],
            loyalty_type="NON_LOYALTY",
        )
    )
    admitted = unit_of_work(sign_up_customer)(
        origin=make_origin(at=LATER), sign_up=registration_data
    )
    unit_of_work(run_effects)(origin=make_origin(at=LATER), effect_ids=[admitted.effect_id])

    assert len(list_credits()) == 1


def test_exactly_once_however_often_it_is_tried(friend):
    who = register_referred(ANN)

    unit_of_work(run_effects)(origin=make_origin(at=LATER), effect_ids=[who.effect_id])
    unit_of_work(retry_effects)(now=LATER + timedelta(days=1))

    assert len(list_credits()) == 1
    assert len(list_coupons(friend)) == 1


def test_although_giving_the_coupon_fails_at_first(friend, monkeypatch):
    from loyalty.operations.referrals import credit

    def broken(**kwargs):
        raise RuntimeError("no coupons today")

    with monkeypatch.context() as patch:
        patch.setattr(credit, "issue_coupons", broken)
        who = register_referred(ANN)
    assert list_credits() == []
    assert Effect.objects.get(pk=who.effect_id).state == "WAITING"

    unit_of_work(retry_effects)(now=LATER + timedelta(days=1))

    assert len(list_credits()) == 1
    assert list_coupons(friend) == ["friend"]


def test_without_a_coupon_when_the_series_refuses_which_is_a_notice(friend, series):
    series.is_active = False
    series.save()

    who = register_referred(ANN)

    assert len(list_credits()) == 1
    assert Referee.objects.get().coupon is None
    [effect_notices] = Effect.objects.get(pk=who.effect_id).result["notices"]
    assert effect_notices["code"] == notices.INCENTIVE_NOT_GIVEN


def test_without_a_coupon_when_they_are_marked_as_fraud(friend):
    friend.fraud_status = "MARKED"
    friend.save()

    register_referred(ANN)

    assert len(list_credits()) == 1
    assert list_coupons(friend) == []


def test_as_the_survivor_of_a_merge_in_between(friend):
    who = register_referred(ANN, runs=False)
    survivor = make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(at=LATER), survivor_id=survivor.pk, victim_id=friend.pk, cause="REQUEST"
    )

    unit_of_work(run_effects)(origin=make_origin(at=LATER), effect_ids=[who.effect_id])

    assert list_credits() == [(survivor.pk, who.customer_id, "REGISTRATION")]
    assert list_coupons(survivor) == ["friend"]


def test_only_for_the_first_who_has_what_was_invited(friend):
    first = register_referred(ANN, BOB)
    unit_of_work(change_identifiers)(
        origin=make_origin(at=LATER),
        change=IdentityChange(
            customer_id=first.customer_id,
            source_account_id=get_or_make_source_account().pk,
            remove=[ANN],
        ),
    )

    register_referred(ANN)

    assert len(list_credits()) == 1


def test_for_a_whole_list_in_as_many_queries_as_for_one(campaign, friend):
    def bring_in(numbers):
        for n in numbers:
            make_invitation(friend, campaign, f"9198200{n:05}")
        sign_ups = [
            SignUp(registration=registration(("mobile", f"9198200{n:05}"))) for n in numbers
        ]
        origin = make_origin(at=LATER)
        return count_queries(
            lambda: unit_of_work(sign_up_customers)(
                origin=origin, sign_ups=sign_ups, runs_effects=True
            )
        )

    bring_in([0])
    few, many = bring_in([1]), bring_in(range(2, 22))

    assert len(list_credits()) == 22
    # Each coupon that was given is written down by itself.
    assert many - few == 19


def test_costs_nothing_where_there_is_no_campaign():
    make_program(is_default=True)
    register_referred(("cuid", "warm"))
    before = count_queries(lambda: register_referred(("cuid", "a")))
    make_campaign(is_default=True)
    register_referred(("cuid", "warm again"))

    assert count_queries(lambda: register_referred(("cuid", "b"))) - before == 1


def test_once_more_when_they_first_buy(friend):
    make_program(is_default=True)
    who = register_referred(ANN)
    buy(who.customer_id, "b1")
    buy(who.customer_id, "b2", at=LATER + timedelta(hours=1))

    assert list_credits() == [
        (friend.pk, who.customer_id, "REGISTRATION"),
        (friend.pk, who.customer_id, "TRANSACTION"),
    ]
    assert len(list_coupons(friend)) == 2
    assert {row.invitation.identifier for row in Referee.objects.all()} == {ANN[1]}


def test_when_an_invited_customer_buys(friend):
    known = make_customer(identifiers=[ANN])

    buy(known.pk)

    assert list_credits() == [(friend.pk, known.pk, "TRANSACTION")]


@pytest.mark.parametrize(
    "sale", [{"type": "NOT_INTERESTED"}, {"billed_at": NOON - timedelta(days=1)}]
)
def test_not_for_what_was_no_purchase_or_was_before(friend, sale):
    known = make_customer(identifiers=[ANN])

    buy(known.pk, **sale)

    assert list_credits() == []


def test_by_the_worker_so_that_the_till_does_not_wait(friend):
    known = make_customer(identifiers=[ANN])
    buy(known.pk, runs=False)

    assert Effect.objects.get().kind == "PURCHASE"
    assert list_credits() == []
