"""Somebody who comes is credited to whoever brought them ..."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.changing_identifiers import change_identifiers
from crm.usecases.merging import merge_customers
from crm.usecases.registering import Person, follow_up_registrations, register_person
from customers.operations.registering import register_customers
from customers.rules.identity_change import IdentityChange
from customers.rules.registration import ProfileEntry, Registration
from loyalty import notices
from loyalty.models import Coupon, Effect, Referee
from loyalty.operations.effects import retry_effects, run_effects
from loyalty.operations.transacting import enter_transactions
from loyalty.rules.transactions import Sale
from tests.builders import (
    NOON,
    make_customer,
    make_origin,
    make_program,
    make_till,
    the_organization,
    the_source_account,
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
    entry = ProfileEntry(source_account_id=the_source_account().pk, identifiers=keys)
    return Registration(profiles=[entry], loyalty_type="LOYALTY", **more)


def come(*keys, code="", at=LATER, runs=True, actor=None, **more):
    origin = make_origin(the_organization(), at=at, actor=actor)
    admitted = unit_of_work(register_person)(
        origin=origin, person=Person(registration=registration(*keys, **more), referral_code=code)
    )
    if runs and admitted.effect_id is not None:
        unit_of_work(run_effects)(origin=origin, effect_ids=[admitted.effect_id])
    return admitted


def buy(customer_id, number="b1", at=LATER, runs=True, type="REGULAR", **more):
    unit_of_work(enter_transactions)(
        origin=make_origin(the_organization(), at=at),
        sales=[
            Sale(number=number, type=type, customer_id=customer_id, amount=100, **more),
        ],
    )
    if runs:
        unit_of_work(retry_effects)(now=at)


def credited():
    rows = Referee.objects.order_by("pk")
    return list(rows.values_list("customer_id", "referee_id", "event"))


def coupons_of(customer):
    return list(Coupon.objects.filter(customer=customer).values_list("series__code", flat=True))


def test_once_they_register_after_an_invitation(friend, campaign):
    till = make_till()
    who = come(ANN, actor=till)

    row = Referee.objects.get()
    assert credited() == [(friend.pk, who.customer_id, "REGISTRATION")]
    assert row.invitation.identifier == ANN[1]
    assert (row.added_at, row.added_by, row.campaign) == (LATER, till, campaign)
    assert row.coupon.customer == friend
    assert coupons_of(friend) == ["friend"]


def test_is_told_in_the_audit_of_who_brought_them(friend):
    who = come(ANN)

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

    who = come(ANN, code=f" {code.upper()} ")

    assert credited() == [(other.pk, who.customer_id, "REGISTRATION")]
    assert who.notices == []


@pytest.mark.parametrize("code", ["nobodys", "\0", "x" * 500])
def test_not_by_a_code_that_leads_nowhere_which_is_a_notice(campaign, code):
    who = come(ANN, code=code)

    assert [notice.code for notice in who.notices] == [notices.REFERRAL_CODE_UNKNOWN]
    assert credited() == []


def test_not_in_a_campaign_that_is_over(friend, campaign):
    code = make_code(friend, campaign)
    campaign.is_active = False
    campaign.save()
    from loyalty.queries.referral_campaigns import forget_campaigns

    forget_campaigns(campaign.org_id)

    who = come(ANN, code=code)

    assert [notice.code for notice in who.notices] == [notices.REFERRAL_CODE_UNKNOWN]
    assert credited() == []


def test_not_for_having_joined_before_they_were_invited(friend):
    come(ANN, registered_at=NOON - timedelta(days=1))

    assert credited() == []


def test_not_for_combining_what_was_known(campaign, friend):
    make_customer(source_account=the_source_account("WECHAT", "1"), identifiers=[ANN, BOB])
    code = make_code(friend, campaign)

    who = come(ANN, BOB, code=code)

    assert not who.is_new
    assert credited() == []


def test_even_if_they_are_no_loyalty_customer(friend):
    person = Person(
        registration=Registration(
            profiles=[ProfileEntry(source_account_id=the_source_account().pk, identifiers=[ANN])],
            loyalty_type="NON_LOYALTY",
        )
    )
    admitted = unit_of_work(register_person)(origin=make_origin(at=LATER), person=person)
    unit_of_work(run_effects)(origin=make_origin(at=LATER), effect_ids=[admitted.effect_id])

    assert len(credited()) == 1


def test_exactly_once_however_often_it_is_tried(friend):
    who = come(ANN)

    unit_of_work(run_effects)(origin=make_origin(at=LATER), effect_ids=[who.effect_id])
    unit_of_work(retry_effects)(now=LATER + timedelta(days=1))

    assert len(credited()) == 1
    assert len(coupons_of(friend)) == 1


def test_although_giving_the_coupon_fails_at_first(friend, monkeypatch):
    from loyalty.operations import crediting_referrals

    def broken(**kwargs):
        raise RuntimeError("no coupons today")

    with monkeypatch.context() as patch:
        patch.setattr(crediting_referrals, "issue_coupons", broken)
        who = come(ANN)
    assert credited() == []
    assert Effect.objects.get(pk=who.effect_id).state == "WAITING"

    unit_of_work(retry_effects)(now=LATER + timedelta(days=1))

    assert len(credited()) == 1
    assert coupons_of(friend) == ["friend"]


def test_without_a_coupon_when_the_series_refuses_which_is_a_notice(friend, series):
    series.is_active = False
    series.save()

    who = come(ANN)

    assert len(credited()) == 1
    assert Referee.objects.get().coupon is None
    [said] = Effect.objects.get(pk=who.effect_id).result["notices"]
    assert said["code"] == notices.INCENTIVE_NOT_GIVEN


def test_without_a_coupon_when_they_are_marked_as_fraud(friend):
    friend.fraud_status = "MARKED"
    friend.save()

    come(ANN)

    assert len(credited()) == 1
    assert coupons_of(friend) == []


def test_as_the_survivor_of_a_merge_in_between(friend):
    who = come(ANN, runs=False)
    survivor = make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(at=LATER), survivor_id=survivor.pk, victim_id=friend.pk, cause="REQUEST"
    )

    unit_of_work(run_effects)(origin=make_origin(at=LATER), effect_ids=[who.effect_id])

    assert credited() == [(survivor.pk, who.customer_id, "REGISTRATION")]
    assert coupons_of(survivor) == ["friend"]


def test_only_for_the_first_who_has_what_was_invited(friend):
    first = come(ANN, BOB)
    unit_of_work(change_identifiers)(
        origin=make_origin(at=LATER),
        change=IdentityChange(
            customer_id=first.customer_id,
            source_account_id=the_source_account().pk,
            remove=[ANN],
        ),
    )

    come(ANN)

    assert len(credited()) == 1


def test_for_a_whole_list_in_as_many_queries_as_for_one(campaign, friend):
    def bring_in(numbers):
        for n in numbers:
            make_invitation(friend, campaign, f"9198200{n:05}")
        given = [registration(("mobile", f"9198200{n:05}")) for n in numbers]

        def both():
            done = register_customers(origin=origin, registrations=given)
            follow_up_registrations(origin=origin, registered=list(zip(given, done, strict=True)))

        origin = make_origin(at=LATER)
        return count_queries(lambda: unit_of_work(both)())

    bring_in([0])
    few, many = bring_in([1]), bring_in(range(2, 22))

    assert len(credited()) == 22
    # Each coupon that was given is written down by itself.
    assert many - few == 19


def test_costs_nothing_where_there_is_no_campaign():
    make_program(is_default=True)
    come(("cuid", "warm"))
    before = count_queries(lambda: come(("cuid", "a")))
    make_campaign(is_default=True)
    come(("cuid", "warm again"))

    assert count_queries(lambda: come(("cuid", "b"))) - before == 1


def test_once_more_when_they_first_buy(friend):
    make_program(is_default=True)
    who = come(ANN)
    buy(who.customer_id, "b1")
    buy(who.customer_id, "b2", at=LATER + timedelta(hours=1))

    assert credited() == [
        (friend.pk, who.customer_id, "REGISTRATION"),
        (friend.pk, who.customer_id, "TRANSACTION"),
    ]
    assert len(coupons_of(friend)) == 2
    assert {row.invitation.identifier for row in Referee.objects.all()} == {ANN[1]}


def test_when_an_invited_customer_buys(friend):
    known = make_customer(identifiers=[ANN])

    buy(known.pk)

    assert credited() == [(friend.pk, known.pk, "TRANSACTION")]


@pytest.mark.parametrize(
    "sale", [{"type": "NOT_INTERESTED"}, {"billed_at": NOON - timedelta(days=1)}]
)
def test_not_for_what_was_no_purchase_or_was_before(friend, sale):
    known = make_customer(identifiers=[ANN])

    buy(known.pk, **sale)

    assert credited() == []


def test_by_the_worker_so_that_the_till_does_not_wait(friend):
    known = make_customer(identifiers=[ANN])
    buy(known.pk, runs=False)

    assert Effect.objects.get().kind == "PURCHASE"
    assert credited() == []
