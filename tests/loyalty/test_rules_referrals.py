"""The rules of referrals: who referred a customer, and who can be invited ..."""

from datetime import UTC, date, timedelta

import pytest

from loyalty import errors
from loyalty.rules.referrals import (
    CampaignRules,
    Invitee,
    ReferralClaim,
    choose_referrers,
    clean_referral_code,
    draw_referral_code,
    find_campaign,
    read_invitee,
)
from tests.builders import NOON

HOUR = timedelta(hours=1)


def campaign(pk=1, **more):
    settings = {
        "id": pk,
        "token": f"T{pk}",
        "name": "n",
        "first_day": None,
        "last_day": None,
        "registration_series_id": None,
        "transaction_series_id": None,
        "takes_customers": False,
        "most_invitees": None,
        "is_default": False,
        "is_active": True,
    }
    return CampaignRules(**{**settings, **more})


def decide(*claims, joined_at=NOON, **campaigns):
    known = campaigns.get("campaigns") or [campaign()]
    return choose_referrers(
        claims, campaigns={c.id: c for c in known}, joined_at=joined_at, zone=UTC
    )


def test_is_the_first_who_invited_them():
    late = ReferralClaim(1, 8, 80, NOON - HOUR)
    early = ReferralClaim(1, 9, 90, NOON - 2 * HOUR)

    assert decide(late, early) == [(1, 9, 90)]


def test_is_whose_code_they_brought_along_before_any_invitation():
    code = ReferralClaim(1, 7, None, NOON, is_certain=True)

    assert decide(ReferralClaim(1, 9, 90, NOON - 9 * HOUR), code) == [(1, 7, None)]


def test_is_who_brought_them_before_whoever_invited_them_too():
    again = ReferralClaim(1, 7, 70, NOON, is_certain=True)

    assert decide(ReferralClaim(1, 9, 90, NOON - 9 * HOUR), again) == [(1, 7, 70)]


def test_is_nobody_who_invited_them_afterwards():
    assert decide(ReferralClaim(1, 9, 90, NOON + HOUR)) == []


def test_is_decided_for_each_campaign_by_itself():
    both = [campaign(1), campaign(2)]

    referrers = decide(ReferralClaim(2, 8, 80, NOON), ReferralClaim(1, 9, 90, NOON), campaigns=both)

    assert referrers == [(1, 9, 90), (2, 8, 80)]


@pytest.mark.parametrize(
    "over",
    [
        {"is_active": False},
        {"last_day": date(2026, 3, 1)},
        {"first_day": date(2026, 3, 3)},
        {"id": 5},
    ],
)
def test_does_not_count_where_no_campaign_runs(over):
    assert decide(ReferralClaim(1, 9, 90, NOON), campaigns=[campaign(**over)]) == []


@pytest.mark.parametrize("day", ["first_day", "last_day"])
def test_counts_on_the_first_and_the_last_day(day):
    assert decide(ReferralClaim(1, 9, 90, NOON), campaigns=[campaign(**{day: date(2026, 3, 2)})])


def test_finds_a_campaign_by_its_token_in_any_case_or_the_default():
    campaigns = [campaign(1), campaign(2, is_default=True)]

    assert find_campaign(campaigns, " t1 ").id == 1
    assert find_campaign(campaigns, "").id == 2
    with pytest.raises(errors.CampaignUnknown):
        find_campaign(campaigns, "T3")
    with pytest.raises(errors.CampaignNotRunning):
        find_campaign(campaigns[:1], " ")


def read(type="MOBILE", identifier="98100 00001", **more):
    return read_invitee(
        Invitee(type=type, identifier=identifier, **more),
        now=NOON,
        default_country="IN",
        strict_mobile=False,
    )


def test_reads_an_invitee_as_an_identifier():
    assert read() == (("mobile", "919810000001"), "", NOON)
    assert read("email", " A@Example.COM ", name="  Ann \n Bee ", invited_at=NOON - HOUR) == (
        ("email", "a@example.com"),
        "Ann Bee",
        NOON - HOUR,
    )
    assert read(identifier=919810000001)[0] == ("mobile", "919810000001")


@pytest.mark.parametrize("type", ["", "WECHAT", "externalId", "\0"])
def test_knows_mobiles_and_emails_only(type):
    with pytest.raises(errors.ReferralTypeUnsupported):
        read(type)


@pytest.mark.parametrize(
    "fields",
    [
        {"identifier": "nobody"},
        {"identifier": ""},
        {"identifier": "a@example.com"},
        {"identifier": "9" * 5000},
        {"name": "x" * 101},
        {"name": "a\0b"},
        {"invited_at": NOON + timedelta(days=2)},
    ],
)
def test_refuses_what_cannot_be_read(fields):
    with pytest.raises(errors.InviteeInvalid):
        read(**fields)


def test_draws_codes_that_can_be_read_back_however_typed():
    codes = {draw_referral_code() for _ in range(100)}

    assert len(codes) == 100
    assert {clean_referral_code(f" {code.upper()} ") for code in codes} == codes


@pytest.mark.parametrize("raw", ["", "x" * 21, "a\0b", "  "])
def test_takes_no_code_that_can_be_none(raw):
    assert clean_referral_code(raw) == ""
