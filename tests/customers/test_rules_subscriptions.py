"""Subscription channels and statuses, and the summary of consent."""

import pytest

from customers import errors
from customers.models.subscription import (
    SubscriptionChannel,
    SubscriptionPriority,
    SubscriptionStatus,
)
from customers.rules.subscriptions import (
    ALWAYS_EMBEDDED,
    CHANNELS,
    OPTIN,
    OPTOUT,
    PRIORITIES,
    Consent,
    check_scope,
    read_channel,
    read_priority,
    read_status,
    summarise,
)

HOSTILE = [None, 7, True, [], ["EMAIL"], {}, "", "E MAIL", "EMAIL\x00", 10**5000]


def describe(row):
    return row.channel, row.priority, row.status, row.was_set


def test_are_the_words_that_are_stored():
    assert set(CHANNELS) == set(SubscriptionChannel.values)
    assert set(PRIORITIES) == set(SubscriptionPriority.values)
    assert {OPTIN, OPTOUT} == set(SubscriptionStatus.values)


@pytest.mark.parametrize(
    ("raw", "channel"),
    [("mobile", "SMS"), ("MOBILE", "SMS"), ("sms", "SMS"), (" iOS ", "IOS"), ("Line", "LINE")],
)
def test_channels_come_in_any_case_and_mobile_is_sms(raw, channel):
    assert read_channel(raw) == channel


@pytest.mark.parametrize(
    ("read", "refusal"),
    [
        (read_channel, errors.SubscriptionChannelInvalid),
        (read_priority, errors.SubscriptionPriorityInvalid),
        (read_status, errors.SubscriptionStatusInvalid),
    ],
)
@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: str(type(raw)))
def test_other_words_are_refused(read, refusal, raw):
    with pytest.raises(refusal):
        read(raw)


@pytest.mark.parametrize(
    ("scope", "sub_scope"),
    [(None, None), ("USER", "NONE"), ("user", None), ("", ""), (["USER"], ["none"])],
)
def test_there_is_one_scope(scope, sub_scope):
    check_scope(scope, sub_scope)


@pytest.mark.parametrize(
    ("scope", "sub_scope", "refusal"),
    [
        ("ALL", None, errors.SubscriptionScopeInvalid),
        ("USER", "STORE", errors.SubscriptionScopeInvalid),
        ({"a": 1}, None, errors.SubscriptionScopeInvalid),
        (7, None, errors.SubscriptionScopeInvalid),
        ("USER,STORE", None, errors.SubscriptionScopesSeveral),
        (["USER", "USER"], None, errors.SubscriptionScopesSeveral),
    ],
)
def test_other_scopes_are_refused(scope, sub_scope, refusal):
    with pytest.raises(refusal):
        check_scope(scope, sub_scope)


def test_nothing_said_counts_as_opted_in_and_is_told_apart():
    assert [describe(row) for row in summarise([])] == [
        ("EMAIL", "TRANS", "OPTIN", False),
        ("SMS", "TRANS", "OPTIN", False),
        ("EMAIL", "BULK", "OPTIN", False),
        ("SMS", "BULK", "OPTIN", False),
    ]
    assert [(row.channel, row.priority) for row in summarise([], always=ALWAYS_EMBEDDED)] == [
        (channel, priority)
        for priority in ("TRANS", "BULK")
        for channel in ("EMAIL", "SMS", "ANDROID", "IOS")
    ]


def test_opted_out_anywhere_is_opted_out_and_what_was_said_follows():
    instore = Consent(
        channel="EMAIL", priority="BULK", status=OPTIN, source="INSTORE", account_id=""
    )
    in_unit = Consent(
        channel="EMAIL",
        priority="BULK",
        status=OPTOUT,
        source="INSTORE",
        account_id="",
        org_unit_id=7,
    )
    wechat = Consent(
        channel="WECHAT", priority="TRANS", status=OPTIN, source="WECHAT", account_id="123"
    )

    rows = summarise([in_unit, wechat, instore])

    assert [describe(row) for row in rows[:5]] == [
        ("EMAIL", "TRANS", "OPTIN", False),
        ("SMS", "TRANS", "OPTIN", False),
        ("WECHAT", "TRANS", "OPTIN", True),
        ("EMAIL", "BULK", "OPTOUT", True),
        ("SMS", "BULK", "OPTIN", False),
    ]
    assert {row.source for row in rows[:5]} == {None}
    assert rows[5:] == [wechat, instore, in_unit]
