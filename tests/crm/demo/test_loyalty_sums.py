"""Loyalty's numbers in the demo are what its rows add up to, for all customers of the reference."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from crm.demo.data_files import read_data
from loyalty.models import (
    Card,
    CardStatusChange,
    Coupon,
    CouponRedemption,
    Enrollment,
    PointsEntry,
    PointsTransfer,
    ProgramGroup,
)
from tests.crm.demo import loyalty_sums
from tests.crm.demo.loyalty_sums import enrollments_of, read, told
from tests.crm.demo.moment import NOW

IDS = [row["id"] for row in read_data("customers")["demo"]]
MADE_UP = 500_000_000
# Bills are entered on each of the last days.
DAYS_OF_BILLS = 42
# What a bill gives, by its tier and by promotions.
GAVE = ("AWARD", "PROMOTIONAL")


@pytest.fixture(params=[False, True], ids=["as filled", "swept"])
def _day(request):
    """The day of filling is over; the sweeps of today have run, or have not."""
    if request.param:
        call_command("expire_points")
        call_command("review_tiers")


def some_made_up_customers():
    made_up = Enrollment.objects.filter(customer_id__gt=MADE_UP).order_by("pk")
    return [
        customer_id
        for condition in ({"redeemed__gt": 0}, {"expired__gt": 0}, {"tier__serial__gt": 1})
        for customer_id in made_up.filter(**condition).values_list("customer_id", flat=True)[:8]
    ]


def get(ask, path):
    status, answer = ask("get", path)
    assert (status, answer["warnings"]) == (200, [])
    return answer


def with_moments(row):
    """A membership as answered, its moments read."""
    return {
        **row,
        "slabExpiryDate": read(row["slabExpiryDate"]),
        **(
            {
                "linkedPartnerPrograms": [
                    {
                        **one,
                        **(
                            {"partnerTierExpiryDate": read(one["partnerTierExpiryDate"])}
                            if "partnerTierExpiryDate" in one
                            else {}
                        ),
                    }
                    for one in row["linkedPartnerPrograms"]
                ]
            }
            if "linkedPartnerPrograms" in row
            else {}
        ),
    }


def listed_schedules(rows):
    return [
        (
            read(row["expiryDate"]),
            row["programId"],
            row["pointsType"],
            row["expiryType"],
            row["points"],
        )
        for row in rows
    ]


# --- Points ------------------------------------------------------------------------------


@pytest.mark.usefixtures("_day")
def test_loyalty_details_are_what_the_rows_add_up_to(ask):
    ids = [*IDS, *some_made_up_customers()]
    shown = {pk: get(ask, f"customers/{pk}/loyaltyDetails") for pk in ids}

    now = timezone.now()
    assert {pk: [with_moments(row) for row in answer["data"]] for pk, answer in shown.items()} == {
        pk: [loyalty_sums.membership(member, now) for member in enrollments_of(pk)] for pk in ids
    }
    assert all(answer["errors"] == [] for answer in shown.values())


@pytest.mark.usefixtures("_day")
def test_embeds_are_what_the_rows_add_up_to(ask):
    ids = [*IDS, *some_made_up_customers()]
    embed = "points,mlp,promotionalPoints,expirySchedules,expiredPoints"
    embedded = {
        "pointsSummary",
        "loyaltyProgramDetails",
        "promotionalPoints",
        "expirySchedules",
        "expiredPoints",
    }
    filled = set()

    for pk in ids:
        answer = get(ask, f"customers/{pk}?embed={embed}")
        filled |= {key for key in embedded if answer[key]}

        now, members = timezone.now(), enrollments_of(pk)
        own = next((member for member in members if member.program.is_default), None)
        summary = own or (members[0] if members else None)
        told_summary = answer["pointsSummary"]
        assert (with_moments(told_summary) if told_summary else {}) == (
            loyalty_sums.balances(summary) if summary else {}
        )
        spent = loyalty_sums.purchases(own) if own else 0
        assert answer["loyaltyInfo"]["lifetimePurchases"] == spent
        assert [with_moments(row) for row in answer["loyaltyProgramDetails"]] == [
            loyalty_sums.titled(member, now) for member in members
        ]
        assert listed_schedules(answer["expirySchedules"]) == loyalty_sums.schedules(pk, now)
        for key, scopes in (
            ("customerPromotionType", ("", "CUSTOMER")),
            ("transactionPromotionType", ("TRANSACTION",)),
            ("lineitemPromotionType", ("LINE_ITEM",)),
        ):
            assert [
                (
                    row["programId"],
                    row["points"],
                    read(row["issuedOn"]),
                    read(row["expiryDate"]),
                    row["issuedAt"]["code"],
                )
                for row in answer["promotionalPoints"][key]
            ] == loyalty_sums.promotions(pk, *scopes)
        assert [
            (row["programId"], row["points"], read(row["expiredOn"]))
            for row in answer["expiredPoints"]
        ] == loyalty_sums.expired(pk)
    assert filled == embedded


@pytest.mark.usefixtures("_day")
@pytest.mark.parametrize(
    ("name", "value"), [("mobile", "919999000001"), ("externalId", "888555888555898855")]
)
def test_groups_are_the_sums_of_their_programs(ask, name, value):
    answer = get(
        ask,
        f"customers/lookup/customerDetails?identifierName={name}&identifierValue={value}&embed=mlp",
    )

    group = ProgramGroup.objects.get(pk=1414)
    members = [loyalty_sums.membership(m, timezone.now()) for m in enrollments_of(answer["id"])]
    inside = set(group.programs.values_list("pk", flat=True))
    mine = [row for row in members if row["programId"] in inside]
    assert answer["groupLoyaltyProgramDetails"] == [
        {
            "groupProgramId": group.pk,
            "title": group.title,
            "description": group.description,
            "programsList": [
                {"id": program.pk, "name": program.name, "description": program.description}
                for program in group.programs.order_by("pk")
            ],
            "lifetimePoints": pytest.approx(sum(row["lifetimePoints"] for row in mine)),
            "loyaltyPoints": pytest.approx(sum(row["loyaltyPoints"] for row in mine)),
            "promisedPoints": pytest.approx(sum(row["delayedPoints"] for row in mine)),
            "pointsToCurrencyRatio": float(group.points_to_currency),
        }
    ]
    assert len(mine) == 2


@pytest.mark.usefixtures("_day")
@pytest.mark.parametrize("pk", [418, 17742, 481220846, 343040815])
def test_schedules_are_what_is_left_in_the_lots(ask, pk):
    path = f"customers/{pk}/pointsExpirySchedule"

    of_default = get(ask, path)["expirySchedules"]
    of_all = get(ask, f"{path}?fetchDataForAllPrograms=true")["expirySchedules"]
    first = get(ask, f"{path}?fetchDataForAllPrograms=true&fetchEarliestExpiryOnly=true")

    expected = loyalty_sums.schedules(pk, timezone.now())
    assert listed_schedules(of_all) == expected
    assert listed_schedules(of_default) == [row for row in expected if row[1] == 1016]
    soonest = {}
    for row in expected:
        soonest.setdefault(row[1], row[0])
    assert listed_schedules(first["expirySchedules"]) == [
        row for row in expected if row[0] == soonest[row[1]]
    ]
    if of_all:
        day = of_all[0]["expiryDate"][:10]
        until = get(ask, f"{path}?fetchDataForAllPrograms=true&startDate={day}&endDate={day}")
        assert listed_schedules(until["expirySchedules"]) == [
            row for row in expected if row[0] == expected[0][0]
        ]


def test_purchases_earned_what_the_tier_of_the_day_gives():
    # The bills of one of the last days are entered at one moment, which does not tell their order.
    settled = NOW - timedelta(days=DAYS_OF_BILLS + 1)
    entries = PointsEntry.objects.filter(kind="AWARD", transaction__billed_at__lt=settled)
    told_of = entries.filter(enrollment__customer_id__in=[*IDS, *some_made_up_customers()])
    assert told_of.count() > 50

    for entry in told_of.select_related("transaction"):
        rate = loyalty_sums.rate_at(entry.enrollment_id, entry.recorded_at)
        assert entry.points + entry.delayed == loyalty_sums.rounded(entry.transaction.amount * rate)
        assert entry.purchases == entry.transaction.amount


def test_returns_took_back_their_part_of_what_the_bill_gave():
    entries = PointsEntry.objects.filter(kind="RETURN", transaction__returned__isnull=False)
    bills = {entry.transaction.returned for entry in entries.select_related("transaction")}
    assert bills

    for bill in bills:
        gave = sum(one.points + one.delayed for one in bill.entries.filter(kind__in=GAVE))
        back = entries.filter(transaction__returned=bill)
        part = sum((one.transaction.amount for one in back), Decimal(0)) / bill.amount
        took = sum(one.shortfall - one.points - one.delayed for one in back)
        assert took == loyalty_sums.rounded(gave * part)


@pytest.mark.parametrize("pk", [343015431, 343015432, 418])
def test_transfers_are_in_the_ledgers_of_both(ask, pk):
    rows = get(ask, f"customers/{pk}/pointsTransfers")["data"]

    mine = PointsTransfer.objects.order_by("-transferred_at", "-pk").select_related(
        "out_entry__enrollment", "in_entry__enrollment", "program"
    )
    assert [
        (
            row["transferId"],
            row["transferType"],
            row["pointsTransferred"],
            read(row["pointsTransferDate"]),
            row["transferredFrom"]["userId"],
            row["transferredTo"]["userId"],
            row["programName"],
        )
        for row in rows
    ] == [
        (
            one.pk,
            "DEDUCTION" if one.out_entry.enrollment.customer_id == pk else "ADDITION",
            float(one.in_entry.points),
            told(one.transferred_at),
            one.out_entry.enrollment.customer_id,
            one.in_entry.enrollment.customer_id,
            one.program.name,
        )
        for one in mine
        if pk in (one.out_entry.enrollment.customer_id, one.in_entry.enrollment.customer_id)
    ]
    assert all(one.out_entry.points == -one.in_entry.points for one in mine)


# --- Coupons and cards -------------------------------------------------------------------


@pytest.mark.parametrize("pk", [401031250, 343040815, 418, 430000001, 430000004, 329])
def test_coupons_count_their_redemptions(ask, pk):
    coupons = list(Coupon.objects.filter(customer_id=pk).order_by("-issued_at", "-pk"))

    basic = get(ask, f"customers/coupons?id={pk}")["entity"]
    [customer] = basic["customers"]
    assert {row["code"]: shown_counts(row) for row in customer["coupons"]} == {
        coupon.code: counts(coupon) for coupon in coupons
    }
    assert basic["pagination"]["total"] == len(coupons)

    full = get(ask, f"customers/{pk}/coupons")["entity"]
    assert {row["code"] for row in full} == {coupon.code for coupon in coupons}
    for row in full:
        of_series = CouponRedemption.objects.filter(coupon__series_id=row["seriesId"])
        coupon = next(one for one in coupons if one.code == row["code"])
        assert row["redeemed"] == row["isRedeemed"] == (counts(coupon)[0] > 0)
        assert row["redemptionsLeft"] == counts(coupon)[1]
        assert len(row["redemptionInfo"]) == counts(coupon)[0]
        assert row["series"]["numIssued"] == Coupon.objects.filter(
            series_id=row["seriesId"]
        ).count()  # fmt: skip
        assert row["series"]["numRedeemed"] == of_series.count()


def shown_counts(row):
    return row["redemptionCount"], row["redemptionsLeft"], sorted(row["redemptions"])


def counts(coupon):
    uses = sorted(CouponRedemption.objects.filter(coupon=coupon).values_list("pk", flat=True))
    most = coupon.max_redemptions
    return len(uses), -1 if most is None else most - len(uses), uses


@pytest.mark.parametrize("pk", [17742, 481220846, 418])
def test_cards_are_those_that_the_customer_holds(ask, pk):
    answer = get(ask, f"customers/{pk}")

    cards = Card.objects.filter(customer_id=pk).select_related("series").order_by("pk")
    assert [
        (
            row["cardId"],
            row["cardNumber"],
            row["seriesId"],
            row["seriesCode"],
            row["customerId"],
            read(row["issuedDate"]),
            row["statusInfo"]["label"],
            row["statusInfo"]["id"],
        )
        for row in sorted(answer["cardDetails"], key=lambda row: row["cardId"])
    ] == [
        (
            card.pk,
            card.number,
            card.series_id,
            card.series.code,
            pk,
            told(card.issued_at),
            last.label.label,
            last.pk,
        )
        for card in cards
        for last in [CardStatusChange.objects.filter(card=card).latest("pk")]
    ]
