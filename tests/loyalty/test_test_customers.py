"""Test customers, who were registered with end points ..."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from crm.kernel.transactions import unit_of_work
from customers.queries.customers.counts import count_customers, count_registrations_by_day
from loyalty.errors import EndPointDisabled
from loyalty.models import Coupon, PointsEntry, Transaction
from loyalty.operations.coupons.issue import CouponIssueRequest, issue_coupon
from loyalty.operations.points.redeem import Redemption, redeem_points
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.transactions import Sale
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.card_builders import make_coupon_series
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def make_test_customer(*end_points):
    return make_customer(end_points=list(end_points), identifiers=[("mobile", "919800000077")])


def buy(customer):
    return unit_of_work(enter_transaction)(
        origin=make_origin(), sale=Sale(number="b-1", customer_id=customer.pk, amount=100)
    )


def issue(customer):
    request = CouponIssueRequest(series_id=make_coupon_series().pk, customer_id=customer.pk)
    return unit_of_work(issue_coupon)(origin=make_origin(), request=request)


def redeem(customer):
    return unit_of_work(redeem_points)(
        origin=make_origin(), redemption=Redemption(customer_id=customer.pk, points=1)
    )


@pytest.fixture
def program():
    return make_program(is_default=True, tiers={"earn_rate": 1})


def test_get_coupons_but_no_points_with_coupons_only(program):
    customer = make_test_customer("DVS_ENDPOINT")
    make_enrollment(customer, program)

    buy(customer)

    assert Transaction.objects.get().customer == customer
    assert not PointsEntry.objects.filter(kind="AWARD").exists()
    with pytest.raises(EndPointDisabled):
        redeem(customer)
    issue(customer)
    assert Coupon.objects.count() == 1


def test_get_points_but_no_coupons_with_points_only(program):
    customer = make_test_customer("POINTSENGINE_ENDPOINT")
    make_enrollment(customer, program)

    buy(customer)
    redeem(customer)

    assert set(PointsEntry.objects.values_list("kind", flat=True)) == {"AWARD", "REDEEM"}
    with pytest.raises(EndPointDisabled):
        issue(customer)
    assert not Coupon.objects.exists()


def test_do_not_count():
    org = make_customer().org
    make_test_customer("TIMELINE_ENDPOINT")
    day = NOON.astimezone(org.zone).date()

    assert count_customers(org_id=org.pk) == (1, False)
    counts = count_registrations_by_day(org_id=org.pk, zone=org.zone, since=day, until=day)
    assert sum(counts.values()) <= 1


@pytest.mark.parametrize(
    ("choice", "shown"), [("", (True, False)), ("yes", (False, True)), ("all", (True, True))]
)
def test_are_listed_and_exported_only_if_asked_for(choice, shown):
    cache.clear()
    real, tester = make_customer(), make_test_customer("DVS_ENDPOINT")
    client = log_in("organization admin")
    query = {"test": choice} if choice else {}

    page = client.get(reverse("admin:customers_customer_changelist"), query).content.decode()
    answer = client.get(reverse("admin:customers_customer_export", args=["csv"]), query)

    lines = b"".join(answer.streaming_content).decode().splitlines()[1:]
    exported = {line.split(",")[0] for line in lines}
    links = [reverse("admin:customers_customer_change", args=[c.pk]) for c in (real, tester)]
    assert tuple(link in page for link in links) == shown
    assert tuple(str(c.pk) in exported for c in (real, tester)) == shown


def test_are_marked_on_their_page():
    customer = make_test_customer("DVS_ENDPOINT")

    page = log_in("support agent").get(
        reverse("admin:customers_customer_change", args=[customer.pk])
    )

    assert "Test customer" in page.content.decode()
    assert "DVS_ENDPOINT" in page.content.decode()
