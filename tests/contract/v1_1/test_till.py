"""POST /v1.1/transaction/add, GET /v1.1/transaction/get and /v1.1/points/... ..."""

import re

import pytest

from customers.models import Customer, Identifier, OneTimeCode
from loyalty.models import LineItem, PointsRedemption, Program, Transaction
from loyalty.queries.programs import clear_program_cache
from tests.builders import make_customer, make_enrollment, make_program
from tests.contract.v1_1.answers import list_item_codes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

MOBILE = "919999000001"
LINES = {
    "line_item": [
        {"serial": "1", "item_code": "shirt", "qty": "3", "rate": "20", "description": "A shirt"},
        {"serial": "2", "item_code": "socks", "qty": "4", "rate": "10"},
    ]
}


@pytest.fixture
def member(till):
    program = make_program(is_default=True, thresholds=(0, 10**6), points_to_currency=2)
    return make_enrollment(make_customer(identifiers=[("mobile", MOBILE)]), program)


def bill(number="b-1", mobile=MOBILE, **more):
    return {"number": number, "customer": {"mobile": mobile}, "line_items": LINES, **more}


def add(till, *bills, xml=False):
    send = till.post_xml if xml else till.post
    return send("transaction/add", {"root": {"transaction": list(bills)}})


def rows_of(answer, read_answer):
    return read_answer(answer)[1]["transactions"]["transaction"]


def points(member):
    member.refresh_from_db()
    return member.points


@pytest.mark.parametrize("xml", [False, True])
def test_enters_a_bill_of_a_known_customer(till, member, read_answer, xml):
    [row] = as_rows(rows_of(add(till, bill(), xml=xml), read_answer))

    stored = Transaction.objects.get()
    assert (row["id"], row["number"], row["type"]) == (str(stored.pk), "b-1", "REGULAR")
    assert row["customer"]["mobile"] == MOBILE
    assert row["customer"]["loyalty_points"] == "100"
    [effect] = as_rows(row["side_effects"]["effect"])
    assert (effect["type"], effect["awarded_points"], effect["total_points"]) == (
        "points",
        "100",
        "100",
    )
    assert row["item_status"]["code"] == "600"
    assert (stored.amount, LineItem.objects.count()) == (100, 2)
    assert points(member) == 100


def as_rows(value):
    return value if isinstance(value, list) else [value]


def test_registers_an_unknown_customer_first(till, member, read_answer):
    unknown = {**bill(mobile="918888000001"), "amount": "40"}
    unknown["customer"]["firstname"] = "Neha"

    [row] = rows_of(add(till, unknown), read_answer)

    assert row["item_status"]["success"] == "true"
    owner = Identifier.objects.get(value="918888000001").customer
    assert row["customer"]["user_id"] == str(owner.pk)
    assert row["customer"]["firstname"] == "Neha"
    assert Transaction.objects.get().customer_id == owner.pk
    assert row["side_effects"]["effect"][-1]["awarded_points"] == "40"


def test_a_refused_bill_registers_nobody(till, member, read_answer):
    before = Customer.objects.count()

    rows = rows_of(add(till, bill(mobile="918888000001", amount="-1")), read_answer)

    assert list_item_codes(rows) == [("false", "661")]
    assert Customer.objects.count() == before


def test_items_succeed_or_fail_separately(till, member, read_answer):
    answer = add(
        till,
        bill(),
        bill(),
        bill("b-2", type="GIFT"),
        {"number": "b-3", "type": "NOT_INTERESTED", "amount": "7"},
        bill("b-1", type="RETURN", return_type="FULL", line_items=None),
        bill("b-9", type="RETURN", return_type="FULL", line_items=None),
        bill("b-4", billing_time="soon"),
        {"number": "b-5", "amount": "1"},
    )

    assert list_item_codes(rows_of(answer, read_answer)) == [
        ("true", "600"),
        ("false", "604"),
        ("false", "605"),
        ("true", "600"),
        ("true", "600"),
        ("false", "625"),
        ("false", "400"),
        ("false", "1007"),
    ]
    assert points(member) == 0


def test_a_bill_is_found_by_id_and_by_number(till, stranger, member, read_answer):
    add(till, bill())
    stored = Transaction.objects.get()

    for query in ({"id": str(stored.pk)}, {"number": "b-1"}):
        [row] = rows_of(till.get("transaction/get", query), read_answer)
        assert (row["id"], row["amount"], row["customer"]["mobile"]) == (
            str(stored.pk),
            "100",
            MOBILE,
        )
        assert list_item_codes(rows_of(stranger.get("transaction/get", query), read_answer)) == [
            ("false", "404")
        ]
    assert till.get("transaction/get").status_code == 400


def test_points_are_redeemed_with_their_value(till, member, read_answer):
    add(till, bill())

    def ask(amount):
        answer = till.get("points/isredeemable", {"mobile": MOBILE, "points": amount})
        return read_answer(answer)[1]["points"]["redeemable"]

    yes, no = ask("30"), ask("101")
    assert (yes["is_redeemable"], yes["points_redeem_value"], yes["item_status"]["code"]) == (
        "true",
        "60",
        "800",
    )
    assert (no["is_redeemable"], no["item_status"]["code"]) == ("false", "803")
    item = {
        "points_redeemed": "30",
        "customer": {"mobile": MOBILE},
        "external_reference_number": "r-1",
        "transaction_number": "b-2",
    }
    for _ in range(2):
        answer = till.post("points/redeem", {"root": {"redeem": [item]}})
        [row] = read_answer(answer)[1]["responses"]["points"]
        assert (row["points_redeemed"], row["redeemed_value"], row["balance"]) == ("30", "60", "70")
        assert (row["item_status"]["code"], row["mobile"]) == ("800", MOBILE)
    assert row["redemption_id"] == str(PointsRedemption.objects.get().pk)
    assert points(member) == 70


@pytest.mark.parametrize("xml", [False, True])
def test_a_redemption_is_used_for_one_bill(till, member, read_answer, xml):
    add(till, bill())
    redeem = {"points_redeemed": "10", "customer": {"mobile": MOBILE}}
    till.post("points/redeem", {"root": {"redeem": [redeem]}})
    pk = str(PointsRedemption.objects.get().pk)
    named = {"redemptions": {"points_redemptions": {"redemption_id": [pk]}}}

    codes = [
        as_rows(rows_of(add(till, bill(number, **named), xml=xml), read_answer))[0]["item_status"]
        for number in ("b-2", "b-3")
    ]

    assert [status["code"] for status in codes] == ["600", "640"]
    assert PointsRedemption.objects.get().used_for.number == "b-2"
    assert Transaction.objects.count() == 2


def test_redemptions_that_are_no_ids_are_refused(till, member, read_answer):
    named = {"redemptions": {"coupon_redemptions": {"redemption_id": "x"}}}

    [row] = rows_of(add(till, bill(**named)), read_answer)

    assert row["item_status"]["code"] == "400"
    assert not Transaction.objects.exists()


def test_redeeming_in_xml(till, member, read_answer):
    add(till, bill())
    item = {"points_redeemed": "5", "customer": {"mobile": MOBILE}}
    answer = till.post_xml("points/redeem", {"root": {"redeem": [item]}})
    assert answer.status_code == 200
    assert points(member) == 95


def test_a_code_is_sent_checked_and_counted(
    till, member, read_answer, settings, django_capture_on_commit_callbacks
):
    sent = []
    settings.SMS_GATEWAY = f"{__name__}.Gateway"
    Gateway.sent = sent
    Program.objects.update(redeem_needs_code=True)
    clear_program_cache(till.org.pk)
    add(till, bill())
    with django_capture_on_commit_callbacks(execute=True):
        answer = till.get("points/validationcode", {"mobile": MOBILE, "points": "10"})
    assert read_answer(answer)[1]["validation_code"]["code"]["is_issued"] == "true"
    code = re.search(r"\d{6}", sent[0]).group()
    wrong = f"{(int(code) + 1) % 10**6:06}"

    def redeem(validation_code):
        item = {"points_redeemed": "10", "customer": {"mobile": MOBILE}}
        if validation_code:
            item["validation_code"] = validation_code
        answer = till.post("points/redeem", {"root": {"redeem": [item]}})
        return list_item_codes(read_answer(answer)[1]["responses"]["points"])

    assert redeem(None) == [("false", "819")]
    assert redeem(wrong) == [("false", "808")]
    assert OneTimeCode.objects.get().failed_attempts == 1
    assert redeem(code) == [("true", "800")]
    assert redeem(code) == [("false", "808")]
    assert points(member) == 90


class Gateway:
    sent: list[str] = []

    def send(self, *, to, text):
        self.sent.append(text)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"points_redeemed": "0"}, "813"),
        ({"points_redeemed": "x"}, "813"),
        ({"points_redeemed": None}, "813"),
        ({"points_redeemed": "1", "customer": {"mobile": "918888000009"}}, "1012"),
        ({"points_redeemed": "1", "customer": "me"}, None),
        ({"points_redeemed": "1", "redemption_time": "soon"}, "400"),
    ],
)
def test_bad_input_redeems_nothing(till, member, read_answer, item, code):
    add(till, bill())
    body = {"root": {"redeem": [{"customer": {"mobile": MOBILE}, **item}]}}
    [(success, shown)] = list_item_codes(
        read_answer(till.post("points/redeem", body))[1]["responses"]["points"]
    )
    assert success == "false"
    assert code in (None, shown)
    assert points(member) == 100
