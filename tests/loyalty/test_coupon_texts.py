"""Customers are told of their coupons by the worker, where a gateway is configured."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.messaging import sms
from crm.ops.chores import CHORES
from customers.models import Subscription
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from loyalty.models import CouponText
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupons
from loyalty.operations.coupons.redeem import revoke_coupon
from loyalty.operations.coupons.texts import TEXTS_AT_ONCE, send_coupon_texts
from loyalty.rules.coupon_texts import CouponFacts, build_coupon_text
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_origin,
)
from tests.card_builders import make_coupon_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

TEMPLATE = "{{full_name}}, your code is {{ Voucher }}, good till {{valid_till}}. {{optout}}"


class Gateway(sms.ConsoleGateway):
    sent: list[tuple[str, str]] = []

    def send(self, *, to, text):
        self.sent.append((to, text))


@pytest.fixture
def sent(settings, monkeypatch):
    settings.SMS_GATEWAY = f"{__name__}.Gateway"
    monkeypatch.setattr(Gateway, "sent", [])
    return Gateway.sent


def make_holder(mobile="447700900111", **names):
    names = names or {"first_name": "Rita", "last_name": "John"}
    return make_customer(identifiers=[("mobile", mobile)], **names)


def make_series(**rules):
    return make_coupon_series(**{"sms_template": TEMPLATE, "valid_days": 30, **rules})


def issue(*customers, series, **more):
    requests = [
        CouponIssueRequest(series_id=series.pk, customer_id=customer.pk, **more)
        for customer in customers
    ]
    org = customers[0].org
    return unit_of_work(issue_coupons)(origin=make_origin(org=org), requests=requests)


def send(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return unit_of_work(send_coupon_texts)(now=NOON)


def test_the_holder_is_told_once(sent, django_capture_on_commit_callbacks):
    [coupon] = issue(make_holder(), series=make_series())
    assert sent == []

    assert send(django_capture_on_commit_callbacks) == 1
    assert send(django_capture_on_commit_callbacks) == 0

    text = f"Rita John, your code is {coupon.code}, good till 2026-04-01."
    assert sent == [("447700900111", text)]
    event = Event.objects.get(kind="coupon.text_sent")
    assert (event.subject_id, event.actor, event.door) == (coupon.coupon_id, None, "WORKER")
    assert "text coupons" in {chore.name for chore in CHORES}


def test_a_coupon_that_is_resent_is_told_again(sent, django_capture_on_commit_callbacks):
    holder, series = make_holder(), make_series(several_per_user=False, resend_held=True)

    for _ in range(2):
        issue(holder, series=series)
        send(django_capture_on_commit_callbacks)
    issue(holder, series=series)
    issue(holder, series=series)
    send(django_capture_on_commit_callbacks)

    assert len(sent) == 3
    assert len({text for _, text in sent}) == 1


@pytest.mark.parametrize(
    ("rules", "more"),
    [
        ({"sms_template": " "}, {}),
        ({"sms_disabled": True}, {}),
        ({}, {"is_silent": True}),
    ],
)
def test_no_text_where_none_is_wanted(sent, rules, more):
    [result] = issue(make_holder(), series=make_series(**rules), **more)

    assert result.coupon_id
    assert not CouponText.objects.exists()


def test_no_text_without_a_gateway(settings):
    settings.SMS_GATEWAY = "crm.messaging.sms.NoGateway"

    issue(make_holder(), series=make_series())

    assert not CouponText.objects.exists()


def test_a_repeated_request_is_told_once(sent):
    holder, series = make_holder(), make_series()
    issue(holder, series=series, reference="r-1")
    CouponText.objects.all().delete()

    [again] = issue(holder, series=series, reference="r-1")

    assert again.is_repeat
    assert not CouponText.objects.exists()


def test_who_opted_out_or_has_no_mobile_is_not_told(sent, django_capture_on_commit_callbacks):
    out, bulk = make_holder(), make_holder("447700900112")
    for customer, priority in ((out, "TRANS"), (bulk, "BULK")):
        Subscription.objects.create(
            customer=customer,
            channel="SMS",
            priority=priority,
            status="OPTOUT",
            source_account=get_or_make_source_account("INSTORE"),
            changed_at=NOON,
        )
    revoked = make_holder("447700900113")
    results = issue(
        out, bulk, make_customer(identifiers=[("email", "a@b.de")]), revoked, series=make_series()
    )
    unit_of_work(revoke_coupon)(
        origin=make_origin(), coupon_id=results[-1].coupon_id, reason="by mistake"
    )

    assert send(django_capture_on_commit_callbacks) == 4

    assert [to for to, _ in sent] == ["447700900112"]
    assert not CouponText.objects.exists()


def test_the_consent_to_texts_about_coupons_decides(sent, django_capture_on_commit_callbacks):
    holders = [make_holder(f"44770090030{number}") for number in range(4)]
    # In general, and about coupons.
    for holder, *changes in zip(
        holders, ("OPTOUT", "OPTIN", "", ""), ("OPTIN", "OPTOUT", "OPTOUT", ""), strict=True
    ):
        for scope, status in zip(("GENERAL", "COUPONS"), changes, strict=True):
            if status:
                change = SubscriptionChangeIn(
                    channel="SMS", priority="TRANS", status=status, scopes=[scope]
                )
                unit_of_work(subscribe)(
                    origin=make_origin(), customer_id=holder.pk, changes=[change]
                )
    issue(*holders, series=make_series())

    send(django_capture_on_commit_callbacks)

    assert sorted(to for to, _ in sent) == ["447700900300", "447700900303"]


def test_each_organization_is_sent_its_own(sent, django_capture_on_commit_callbacks):
    other = make_organization("third")
    theirs = make_customer(other, identifiers=[("mobile", "447700900111")])
    issue(make_holder(), series=make_series())
    issue(theirs, series=make_series(org=other))

    assert [send(django_capture_on_commit_callbacks) for _ in range(3)] == [1, 1, 0]
    assert len(sent) == 2


def test_many_take_as_many_queries_as_one(sent, django_capture_on_commit_callbacks):
    series = make_series()
    issue(make_holder(), series=series)
    few = count_queries(lambda: unit_of_work(send_coupon_texts)(now=NOON))
    holders = [make_holder(f"4477009002{number:02}") for number in range(TEXTS_AT_ONCE + 1)]
    issue(*holders, series=series)

    assert count_queries(lambda: unit_of_work(send_coupon_texts)(now=NOON)) == few
    assert CouponText.objects.count() == 1


@pytest.mark.parametrize(
    ("template", "short", "text"),
    [
        ("{{cust_name}}: {{voucher_code}}", "", "{{voucher}}: C-1"),
        ("{{unknown}} {{description}} {{discount}}", "", "Ten off 10 %"),
        ("", "Short {{code}}", "Short C-1"),
        ("x" * 160, "Short", "x" * 160),
        ("x" * 161, "Short", "Short"),
        ("x" * 161, " ", "x" * 161),
        ("x" * 2_000, "", "x" * 1_000),
        ("{{last_name}}|{voucher}|$text", "", "a b|{voucher}|$text"),
        (" ", "", ""),
    ],
)
def test_only_the_template_is_read(template, short, text):
    facts = CouponFacts(
        code="C-1",
        first_name="{{voucher}}",
        last_name="a\nb",
        description="Ten off",
        discount="10 %",
    )

    assert build_coupon_text(template=template, short_template=short, facts=facts) == text
