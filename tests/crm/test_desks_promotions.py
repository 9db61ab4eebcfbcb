"""The desk of promotions, and its preview."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.models import Promotion
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.queries import promotion_preview
from loyalty.queries.promotion_preview import preview_promotion
from loyalty.queries.promotions import get_promotions
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import (
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
)
from tests.promotion_builders import make_promotion
from tests.queries import count_queries
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
DESK = "/admin/loyalty/promotion/"
DAY = timedelta(days=1)


@pytest.fixture
def program():
    return make_program("Rewards", is_default=True)


def promotion_form(of, **changes):
    return {
        "name": "Mugs week",
        "program": of.pk,
        "is_active": "on",
        "scope": "LINE_ITEM",
        "reward": "FIXED",
        "value": "25",
        "starts_at_0": "",
        "starts_at_1": "",
        "ends_at_0": "",
        "ends_at_1": "",
        "min_amount": "0",
        "item_codes": "",
        "item_attributes": "",
        **changes,
    }


def enter(*sales):
    results = unit_of_work(enter_transactions)(origin=make_origin(at=timezone.now()), sales=sales)
    assert [result.refusal for result in results] == [None] * len(sales)
    return [result.points_result.points for result in results]


def test_an_admin_makes_a_promotion_that_works_at_once(program):
    member, store = make_enrollment(program=program), make_store()
    assert get_promotions(program.org_id) == []

    answer = log_in("organization admin").post(
        f"{DESK}add/",
        promotion_form(
            program,
            stores=[store.pk],
            tiers=[program.tiers.get(serial=1).pk],
            item_codes="MUG\r\n mug-2 \r\n\r\nMUG",
            item_attributes="colour: red, blue\n",
        ),
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    promotion = Promotion.objects.get()
    assert promotion.item_codes == ["MUG", "mug-2"]
    assert promotion.item_attributes == {"colour": ["red", "blue"]}
    assert (promotion.org_id, promotion.created_by is not None) == (program.org_id, True)
    line = SaleLine(item_code="mug", amount=10, attributes={"colour": "Red"})
    sale = Sale(customer_id=member.customer_id, number="1", store_id=store.pk, lines=[line])
    assert enter(sale) == [35]


def test_an_admin_ends_a_promotion_at_once_and_its_program_stays(program):
    member, promotion = make_enrollment(program=program), make_promotion(program)
    other = make_program("Other")
    client, url = log_in("organization admin"), f"{DESK}{promotion.pk}/change/"
    assert "Ten more" in client.get(url).content.decode()

    client.post(url, promotion_form(other, is_active="", item_attributes="size: L"))

    promotion.refresh_from_db()
    assert (promotion.is_active, promotion.program) == (False, program)
    assert "size: L</textarea>" in client.get(url).content.decode().replace("\n", "")
    assert enter(Sale(customer_id=member.customer_id, number="1", amount=100)) == [100]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "TEN MORE"}, "__all__"),
        ({"value": "0"}, "value"),
        ({"value": "1000000.001"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"reward": "MULTIPLIER", "value": "1"}, "value"),
        ({"min_amount": "-1"}, "min_amount"),
        ({"starts_at_0": "2026-03-02", "starts_at_1": "00:00:00",
          "ends_at_0": "2026-03-02", "ends_at_1": "00:00:00"}, "ends_at"),
        ({"item_attributes": "red"}, "item_attributes"),
        ({"item_attributes": "colour:"}, "item_attributes"),
        ({"item_codes": "x" * 101}, "item_codes"),
        ({"item_codes": "a\0b"}, "item_codes"),
        ({"stores": ["999999999"]}, "stores"),
    ],
)  # fmt: skip
def test_a_promotion_that_cannot_be_is_refused_in_words(program, changes, field):
    make_promotion(program)

    answer = log_in("organization admin").post(f"{DESK}add/", promotion_form(program, **changes))

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert Promotion.objects.count() == 1


def test_tiers_and_stores_of_others_are_refused(program):
    other_program, elsewhere = make_program("Other"), make_organization()
    client = log_in("organization admin")
    for changes, field in (
        ({"tiers": [other_program.tiers.get(serial=1).pk]}, "tiers"),
        ({"tiers": [make_program(org=elsewhere).tiers.get(serial=1).pk]}, "tiers"),
        ({"stores": [make_store(elsewhere).pk]}, "stores"),
        ({"program": make_program(org=elsewhere).pk}, "program"),
    ):
        answer = client.post(f"{DESK}add/", promotion_form(program, **changes))
        assert field in answer.context["adminform"].form.errors
    assert not Promotion.objects.exists()


@pytest.mark.parametrize("role", ["support agent", "approver", "import operator", "auditor"])
def test_others_look_and_change_nothing(program, role):
    promotion = make_promotion(program, item_codes=["MUG"])
    client = log_in(role)

    assert client.get(DESK).status_code == 200
    assert client.get(f"{DESK}{promotion.pk}/change/").status_code == 200
    assert client.get(f"{DESK}{promotion.pk}/preview/").status_code == 200
    assert client.post(f"{DESK}add/", promotion_form(program)).status_code == 403
    answer = client.post(f"{DESK}{promotion.pk}/change/", promotion_form(program))
    assert answer.status_code == 403


def test_promotions_of_another_organization_do_not_exist():
    promotion = make_promotion(make_program(org=make_organization()))
    client = log_in("organization admin")
    for page in ("change", "preview"):
        assert client.get(f"{DESK}{promotion.pk}/{page}/").status_code == 404
    assert client.get(f"{DESK}nonsense/preview/").status_code == 404


# --- The preview ----------------------------------------------------------------------------


def buy_at(member, number, days, amount=100, **attributes):
    moment = timezone.now() - days * DAY
    customer_id = member.customer_id
    return Sale(
        customer_id=customer_id, number=number, amount=amount, billed_at=moment, **attributes
    )


def test_the_preview_gives_what_the_bills_would_have_got(program):
    first, second = make_enrollment(program=program), make_enrollment(program=program)
    mug = [SaleLine(item_code="MUG", amount=40)]
    enter(
        buy_at(first, "old", 31, lines=mug),
        buy_at(first, "1", 3, lines=mug),
        buy_at(first, "2", 2, lines=mug),
        buy_at(second, "3", 1, lines=mug),
        buy_at(second, "4", 1),
    )
    promotion = make_promotion(
        program,
        item_codes=["mug"],
        scope="LINE_ITEM",
        reward="MULTIPLIER",
        value=2,
        is_on_request=True,
        is_active=False,
        starts_at=timezone.now() + DAY,
    )

    preview = preview_promotion(promotion, now=timezone.now())

    assert (preview.bills_looked_at, preview.bills, preview.customers) == (4, 3, 2)
    assert (preview.points, preview.is_cut) == (120, False)
    assert [bill.number for bill in preview.newest] == ["3", "2", "1"]
    promotion.once_per_customer = True
    assert preview_promotion(promotion, now=timezone.now()).points == 80


def test_the_preview_is_what_the_bills_then_get(program):
    member, twin = make_enrollment(program=program), make_enrollment(program=program)
    amounts = [12, 99, 250]
    enter(*[buy_at(member, f"a-{amount}", 1, amount) for amount in amounts])
    promotion = make_promotion(program, reward="PER_UNIT", value=3, min_amount=50)
    preview = preview_promotion(promotion, now=timezone.now())

    given = enter(*[buy_at(twin, f"b-{amount}", 1, amount) for amount in amounts])

    assert preview.points == sum(given) - sum(amounts) == 3 * (99 + 250)


def test_the_preview_looks_at_so_many_bills_and_says_so(program, monkeypatch):
    monkeypatch.setattr(promotion_preview, "MOST_BILLS", 2)
    member = make_enrollment(program=program)
    enter(*[buy_at(member, str(number), 1) for number in range(3)])
    promotion = make_promotion(program)

    page = log_in("auditor").get(f"{DESK}{promotion.pk}/preview/")

    assert page.context["preview"].is_cut
    assert page.context["preview"].bills_looked_at == 2
    assert "There are more bills" in page.content.decode()


def test_the_preview_takes_as_many_queries_for_many_bills_as_for_one(program):
    member = make_enrollment(program=program)
    promotion = make_promotion(
        program, tiers=[program.tiers.get(serial=1)], item_codes=["x"], is_active=False
    )
    enter(buy_at(member, "one", 1))
    few = count_queries(lambda: preview_promotion(promotion, now=timezone.now()))
    enter(*[buy_at(make_enrollment(program=program), str(n), 1) for n in range(30)])
    assert count_queries(lambda: preview_promotion(promotion, now=timezone.now())) == few
