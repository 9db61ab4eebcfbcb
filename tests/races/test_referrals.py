"""Concurrent invitations and registrations: nothing is counted or rewarded twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.register_customers import SignUp, sign_up_customer
from customers.rules.registration import ProfileEntry, Registration
from loyalty.models import Coupon, Invitation, Referee, ReferralCode
from loyalty.operations.effects import run_effects
from loyalty.operations.referrals.invite import invite_people
from loyalty.rules.referrals import Invitee
from tests.builders import (
    NOON,
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_origin,
)
from tests.card_builders import make_coupon_series
from tests.referral_builders import make_campaign, make_code, make_invitation

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

CLIENTS = 8
ANN = "919810000001"


def at_once(work):
    def alone(number):
        try:
            return work(number)
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(alone, range(CLIENTS)))


def register(value, account, code=""):
    origin = make_origin(get_or_make_organization(), at=NOON + timedelta(hours=1))
    entry = ProfileEntry(source_account_id=account.pk, identifiers=[("mobile", value)])
    person = SignUp(
        registration=Registration(profiles=[entry], loyalty_type="LOYALTY"), referral_code=code
    )
    admitted = unit_of_work(sign_up_customer)(origin=origin, sign_up=person)
    if admitted.effect_id is not None:
        unit_of_work(run_effects)(origin=origin, effect_ids=[admitted.effect_id])
    return admitted


def test_the_same_person_is_invited_once_and_one_code_is_given():
    make_campaign(is_default=True)
    customer, origin = make_customer(), make_origin()

    results = at_once(
        lambda _: unit_of_work(invite_people)(
            origin=origin,
            customer_id=customer.pk,
            invitees=[Invitee(type="MOBILE", identifier=ANN)],
        )
    )

    assert len({result.code for result in results}) == 1
    assert sum(outcome.is_new for result in results for outcome in result.outcomes) == 1
    assert (Invitation.objects.count(), ReferralCode.objects.count()) == (1, 1)


def test_several_registrations_of_one_invited_person_count_once():
    campaign = make_campaign(registration_series=make_coupon_series())
    friend, account = make_customer(), get_or_make_source_account()
    make_invitation(friend, campaign, ANN)

    at_once(lambda _: register(ANN, account))

    assert Referee.objects.get().customer == friend
    assert Coupon.objects.get().customer == friend


def test_many_who_come_by_one_code_all_count():
    campaign = make_campaign(registration_series=make_coupon_series())
    friend, account = make_customer(), get_or_make_source_account()
    code = make_code(friend, campaign)

    results = at_once(lambda number: register(f"91981000010{number}", account, code))

    assert not [result for result in results if isinstance(result, DomainError)]
    assert Referee.objects.filter(customer=friend).count() == CLIENTS
    assert Coupon.objects.filter(customer=friend).count() == CLIENTS


def test_who_is_merged_meanwhile_loses_nobody():
    campaign = make_campaign(registration_series=make_coupon_series())
    account = get_or_make_source_account()
    survivor = make_customer(source_account=get_or_make_source_account("WECHAT", "1"))
    friend = make_customer(source_account=account)
    code = make_code(friend, campaign)

    def work(number):
        if number == CLIENTS // 2:
            return unit_of_work(merge_customers)(
                origin=make_origin(get_or_make_organization()),
                survivor_id=survivor.pk,
                victim_id=friend.pk,
                cause="REQUEST",
            )
        return register(f"91981000010{number}", account, code)

    at_once(work)

    assert Referee.objects.filter(customer=survivor).count() == CLIENTS - 1
    assert Coupon.objects.filter(customer=survivor).count() == CLIENTS - 1
