"""Loyalty in the demo: the requests of the documents work with it, and the numbers add up."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from customers.models import Identifier
from loyalty.models import (
    Card,
    CardSeries,
    Coupon,
    CouponSeries,
    Enrollment,
    PointsEntry,
    Program,
    Transaction,
)
from tests.crm.demo.moment import NOW


def memberships(ask, path):
    status, answer = ask("get", path)
    assert (status, answer["warnings"], answer["errors"]) == (200, [], [])
    return {row["programId"]: row for row in answer["data"]}


# --- The whole ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["verify_ledger", "verify_audit"])
def test_is_proved_by(command):
    call_command(command)


def test_has_nothing_that_is_due():
    call_command("expire_points")
    before = PointsEntry.objects.count()

    call_command("expire_points")

    assert PointsEntry.objects.count() == before


def test_makes_most_made_up_customers_members_who_buy(demo):
    made_up = Enrollment.objects.filter(customer_id__gt=500_000_000, org=demo)

    assert set(made_up.values_list("program_id", flat=True)) == {1016}
    assert made_up.count() > 1_600
    assert made_up.filter(purchases__gt=0).count() > 1_200
    assert made_up.filter(tier__serial__gt=1).count() > 100
    assert made_up.filter(redeemed__gt=0).count() > 200
    assert made_up.filter(expired__gt=0).count() > 300
    assert made_up.filter(points__gt=0).count() > 1_000


def test_gives_made_up_customers_cards_and_coupons():
    assert Card.objects.filter(customer_id__gt=500_000_000, status="ACTIVE").count() > 200
    coupons = Coupon.objects.filter(customer_id__gt=500_000_000)
    assert coupons.count() > 1_600
    assert coupons.filter(redemption_count=1).count() > 20


def test_lets_nothing_happen_after_the_day_of_filling():
    assert Transaction.objects.filter(billed_at__gt=NOW).count() == 0
    assert PointsEntry.objects.filter(happened_at__gt=NOW).count() == 0
    assert PointsEntry.objects.filter(recorded_at__gt=NOW).count() == 0
    assert Coupon.objects.filter(issued_at__gt=NOW).count() == 0
    assert Card.objects.filter(issued_at__gt=NOW).count() == 0


# --- Configuration -----------------------------------------------------------------------


def test_has_the_programs_of_the_documents_with_three_tiers_each(demo):
    programs = Program.objects.filter(org=demo)

    assert {
        program.pk: tuple(program.tiers.order_by("serial").values_list("serial", "name"))
        for program in programs
    } == dict.fromkeys(
        (622, 687, 1016, 1219, 1223, 1414, 1422),
        ((1, "SILVER"), (2, "GOLD"), (3, "PLATINUM")),
    )
    default = programs.get(is_default=True)
    assert (default.pk, default.registration_bonus) == (1016, Decimal(100))
    assert default.welcome_series is not None


def test_has_the_card_series_of_the_documents(demo):
    series = {row.pk: row for row in CardSeries.objects.filter(org=demo)}
    takes_external = {row.code for row in series.values() if row.takes_external}

    assert series.keys() >= {15, 19, 23}
    assert series[23].code == "422"
    assert takes_external == {series[15].code, series[19].code, "GOLDPHY98", "FleetCard1"}


@pytest.mark.parametrize("pk", [14162, 363653, 80197])
def test_has_the_coupon_series_of_the_documents(demo, pk):
    assert CouponSeries.objects.get(pk=pk).org == demo


@pytest.mark.parametrize("number", ["TTM001110000000001ZS", "GOLD00000000000001032021"])
def test_has_cards_that_wait_for_a_customer(number):
    card = Card.objects.get(number=number)

    assert (card.status, card.customer) == ("NOT_ISSUED", None)


@pytest.mark.parametrize("number", ["test123112121", "EXTERNALCARD9875692", "card_710000"])
def test_leaves_free_the_cards_that_the_documents_bring(number):
    assert not Card.objects.filter(number=number).exists()
    assert not Identifier.objects.filter(value__iexact=number).exists()


# --- People of the documents -------------------------------------------------------------


def test_shows_29372667_with_the_partners_programs(ask):
    shown = memberships(ask, "customers/29372667/loyaltyDetails")[622]

    amounts = {
        name: shown[name]
        for name in (
            "redeemed",
            "expired",
            "lifetimePoints",
            "loyaltyPoints",
            "cumulativePurchases",
            "delayedReturnedPoints",
            "totalReturnedPoints",
            "totalAvailablePoints",
        )
    }
    assert amounts == {
        "redeemed": 40.11,
        "expired": 0.0,
        "lifetimePoints": 1050.0,
        "loyaltyPoints": 1009.89,
        "cumulativePurchases": 9500.0,
        "delayedReturnedPoints": 250.0,
        "totalReturnedPoints": 250.0,
        "totalAvailablePoints": 1009.89,
    }
    assert (shown["currentSlab"], shown["nextSlab"], shown["slabSNo"]) == ("SILVER", "GOLD", 1)
    assert [
        (partner["partnerProgramId"], partner["tierBased"], partner.get("partnerTierNumber"))
        for partner in shown["linkedPartnerPrograms"]
    ] == [(5, True, 1), (11, False, None)]


def test_shows_888555888555898855_in_the_programs_of_the_group(ask):
    shown = memberships(
        ask,
        "customers/lookup/loyaltyDetails?source=INSTORE&identifierName=externalId"
        "&identifierValue=888555888555898855",
    )

    assert shown.keys() >= {1414, 1422}
    assert shown[1414]["cumulativePurchases"] == 24000.0


def test_has_a_transfer_on_both_sides(ask):
    status, giver = ask("get", "customers/343015431/pointsTransfers")
    _, taker = ask("get", "customers/343015432/pointsTransfers")

    assert status == 200
    told = [(row["transferType"], row["pointsTransferred"]) for row in giver["data"]]
    assert sorted(told) == [("ADDITION", 5.0), ("DEDUCTION", 15.0)]
    told = [(row["transferType"], row["pointsTransferred"]) for row in taker["data"]]
    assert sorted(told) == [("ADDITION", 15.0), ("DEDUCTION", 5.0)]


def test_has_a_transaction_of_418_between_the_days_of_the_documents():
    found = Transaction.objects.filter(
        customer_id=418, billed_at__range=("2016-12-21T18:15:45Z", "2016-12-29T06:41:45Z")
    )

    assert list(found.values_list("number", "type", "amount")) == [
        ("bill-121", "REGULAR", Decimal(2700))
    ]


def test_has_redemptions_of_418():
    assert PointsEntry.objects.filter(enrollment__customer_id=418, kind="REDEEM").count() == 3
    assert Coupon.objects.get(customer_id=418, redemption_count=1).series_id == 14162


def test_has_the_transaction_that_was_not_counted():
    one = Transaction.objects.get(pk=7099259)

    assert (one.type, one.customer_id, one.program_id) == ("NOT_INTERESTED", None, None)


def test_has_transactions_with_extended_fields():
    bills = Transaction.objects.filter(customer__identifiers__value="19889999999")

    assert bills.count() == 7
    assert {bill.extended_fields["order_channel"] for bill in bills} == {
        "Store",
        "App",
        "Web",
        "Phone",
    }


def test_shows_the_coupons_of_401031250(ask):
    status, answer = ask("get", "customers/coupons?id=401031250")

    assert status == 200
    [customer] = answer["entity"]["customers"]
    assert [(one["code"], one["seriesId"]) for one in customer["coupons"]] == [
        ("7TF6TBQB", 363653),
        ("KNRYHMRW", 363653),
        ("6JAFX7ZF", 363653),
        ("KZWMCYTR", 14162),
    ]


def test_shows_a_coupon_that_44700900990_redeemed(ask):
    _, answer = ask("get", "customers/coupons?mobile=44700900990&status=redeemed")

    [customer] = answer["entity"]["customers"]
    assert [one["code"] for one in customer["coupons"]] == ["VOCU24902"]


def test_shows_the_coupons_of_343040815_with_their_series(ask):
    status, answer = ask("get", "customers/343040815/coupons")

    assert status == 200
    assert {one["seriesId"] for one in answer["entity"]} == {14162}


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("customers/17742?source=WECHAT&accountId=22232", "TTM001110000000002ZS"),
        (
            "customers/lookup/customerDetails?source=WECHAT&accountId=22232"
            "&identifierName=mobile&identifierValue=919999000001",
            "TTM001110000000003ZS",
        ),
    ],
)
def test_shows_issued_cards_of_series_19(ask, path, number):
    _, answer = ask("get", path)

    shown = {card["cardNumber"]: card for card in answer["cardDetails"]}[number]
    assert (shown["seriesId"], shown["statusInfo"]["label"]) == (19, "ACTIVE")
    assert shown["customFields"].keys() == {"cardname", "cardscope", "cardtype"}
    assert shown["extendedFields"].keys() == {
        "advance_card_personalisation",
        "card_balance",
        "year_of_registration",
    }
    [profile] = answer["profiles"]
    assert {
        "type": "cardnumber",
        "value": number,
        "seriesId": 19,
        "statusLabel": "ACTIVE",
    } in profile["identifiers"]


def test_shows_17742_in_several_programs_with_promotional_points(ask):
    _, answer = ask("get", "customers/17742?embed=points,mlp,promotionalPoints")

    assert {row["programId"] for row in answer["loyaltyProgramDetails"]} == {1016, 1219, 1223}
    assert answer["loyaltyInfo"]["lifetimePurchases"] == 230.0
    [first, *_] = answer["promotionalPoints"]["customerPromotionType"]
    assert first["promotionSource"]["promotionSourceType"] == "GOODWILL"
    assert first["issuedAt"]["code"] == "storecode"


def test_counts_the_points_of_919999000001_as_one_group(ask):
    _, answer = ask(
        "get",
        "customers/lookup/customerDetails?source=WECHAT&accountId=22232"
        "&identifierName=mobile&identifierValue=919999000001&embed=mlp",
    )

    [group] = answer["groupLoyaltyProgramDetails"]
    assert [program["id"] for program in group["programsList"]] == [1414, 1422]
    of_group = [row for row in answer["loyaltyProgramDetails"] if row["programId"] in (1414, 1422)]
    assert group["loyaltyPoints"] == sum(row["loyaltyPoints"] for row in of_group) > 0


@pytest.mark.parametrize(
    "path",
    [
        "customers/17742/pointsExpirySchedule",
        "customers/lookup/pointsExpirySchedule?source=INSTORE&identifierName=mobile"
        "&identifierValue=44700900000",
    ],
)
def test_has_points_that_will_expire(ask, path):
    status, answer = ask("get", path)

    assert status == 200
    assert len(answer["expirySchedules"]) > 0


# --- Writing -----------------------------------------------------------------------------


def newcomer(*identifiers, **more):
    return {
        "profiles": [
            {"firstName": "Tom", "lastName": "Sawyer", "identifiers": list(identifiers)},
        ],
        "loyaltyInfo": {"loyaltyType": "loyalty"},
        **more,
    }


def test_registers_the_documents_customer_with_a_card_and_an_enrolment(ask):
    status, answer = ask(
        "post",
        "customers?source=INSTORE",
        newcomer(
            {"type": "mobile", "value": "919010000022"},
            {
                "type": "cardnumber",
                "value": "test123112121",
                "seriesId": 19,
                "statusLabel": "ACTIVE",
                "extendedFields": {"card_balance": 2000, "year_of_registration": 18},
                "customFields": {"bloodgroup": "bnegative"},
            },
            loyaltyProgramEnrollments=[
                {
                    "programId": 1016,
                    "tierNumber": 234,
                    "loyaltyPoints": 75,
                    "tierExpiryDate": "2022-02-11T16:36:17+05:30",
                    "pointsExpiryDate": "2022-02-11T16:36:17+05:30",
                }
            ],
        ),
    )

    assert status == 200
    assert {effect["type"] for effect in answer["sideEffects"]} == {"points", "coupon"}
    card = Card.objects.get(number="test123112121")
    assert (card.customer_id, card.status, card.series_id) == (
        answer["createdId"],
        "ACTIVE",
        19,
    )
    joined = Enrollment.objects.get(customer_id=answer["createdId"])
    assert (joined.program_id, joined.tier.name) == (1016, "SILVER")


def test_registers_with_a_card_from_outside(ask):
    status, answer = ask(
        "post",
        "customers?source=INSTORE",
        newcomer(
            {"type": "mobile", "value": "919010000022"},
            {"type": "cardnumber", "value": "EXTERNALCARD9875692", "seriesCode": "GOLDPHY98"},
        ),
    )

    assert (status, answer["warnings"]) == (200, [])
    assert Card.objects.get(number="EXTERNALCARD9875692").customer_id == answer["createdId"]


@pytest.mark.parametrize(
    ("customer_id", "number", "more"),
    [
        (418, "TTM001110000000001ZS", {"seriesId": 19}),
        (161670039, "GOLD00000000000001032021", {}),
    ],
)
def test_issues_a_card_that_waits(ask, customer_id, number, more):
    status, answer = ask(
        "post",
        f"customers/{customer_id}/changeIdentifier?source=INSTORE",
        {"add": [{"type": "cardnumber", "value": number, "statusLabel": "ACTIVE", **more}]},
    )

    assert (status, answer["warnings"]) == (200, [])
    assert Card.objects.get(number=number).customer_id == customer_id
