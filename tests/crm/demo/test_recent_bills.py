"""The bills of the last weeks ..."""

from datetime import timedelta

from django.db.models import Count

from loyalty.models import PointsEntry, PointsRedemption, Transaction
from loyalty.queries.ledger_check import find_ledger_violations
from tests.crm.demo.moment import NOW

DAY = timedelta(days=1)


def list_bills():
    return Transaction.objects.filter(number__regex=r"^N\d{6}$")


def test_are_of_every_day_and_of_several_stores(demo):
    moments = list_bills().values_list("billed_at", flat=True)
    stores = (
        list_bills().values("store").annotate(count=Count("pk")).values_list("count", flat=True)
    )

    days = {moment.astimezone(demo.zone).date() for moment in moments}
    assert max(moments) <= NOW
    assert min(moments) > NOW - 43 * DAY
    assert len(days) == 42
    assert len(stores) == 8
    assert min(stores) > 20


def test_are_of_made_up_customers_only():
    assert set(list_bills().values_list("type", flat=True)) == {"REGULAR", "RETURN"}
    assert list_bills().filter(customer_id__lte=500_000_000).count() == 0
    assert list_bills().filter(customer=None).count() == 0
    assert list_bills().filter(program=None).count() == 0


def test_have_lines_payments_returns_redemptions_and_promotions():
    sales, returns = list_bills().filter(type="REGULAR"), list_bills().filter(type="RETURN")

    assert not sales.filter(line_items=None).exists()
    assert not sales.filter(payments=[]).exists()
    assert sales.filter(discount__gt=0).count() > 20
    assert not returns.filter(returned=None).exists()
    assert set(returns.values_list("return_type", flat=True)) == {"FULL", "LINE_ITEM"}
    assert PointsRedemption.objects.filter(used_for__in=sales).count() > 10
    promotional = PointsEntry.objects.filter(kind="PROMOTIONAL", transaction__in=sales)
    assert promotional.count() > 20


def test_keep_the_ledger_whole():
    assert find_ledger_violations() == []


def test_are_shown_with_the_redemption_that_paid_for_them(ask):
    redemption = PointsRedemption.objects.filter(used_for__isnull=False).latest("pk")

    status, answer = ask("get", f"transactions/{redemption.used_for_id}")

    assert (status, answer["id"]) == (200, redemption.used_for_id)
    assert answer["lineItems"]
    assert answer["paymentModes"][0]["mode"] in ("CARD", "CASH", "UPI", "WALLET")
