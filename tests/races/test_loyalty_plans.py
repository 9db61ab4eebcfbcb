"""Query plans: lists of loyalty and searches for transactions read one page (PostgreSQL)."""

import pytest
from django.db import connection
from django.urls import reverse

from loyalty.models import Card, Coupon, Enrollment, PointsEntry, Transaction
from loyalty.queries.transactions.on_file import load_existing_transactions
from tests.builders import NOON, make_customer, make_enrollment, make_organization
from tests.card_builders import make_card, make_coupon
from tests.races.plans import explain_call
from tests.staff_client import log_in

pytestmark = [pytest.mark.races, pytest.mark.django_db]

NEWEST = {
    Card: "card_newest",
    Coupon: "coupon_newest",
    Enrollment: "enrollment_newest_of_all",
    PointsEntry: "points_entry_newest",
    Transaction: "transaction_newest",
}


def fill(customer, count):
    """Rows of every kind that belong to the customer's organization."""
    make_enrollment(customer, points=1)
    for _ in range(count):
        make_card(customer=customer)
        make_coupon(customer)
    enter(customer, count)


def enter(customer, count):
    Transaction.objects.bulk_create(
        Transaction(
            org_id=customer.org_id,
            customer=customer,
            number=f"B-{number}",
            type="REGULAR",
            billed_at=NOON,
            recorded_at=NOON,
            amount=5,
            gross_amount=5,
        )
        for number in range(count)
    )


def look_at_the_tables():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.fixture
def _two_organizations():
    """Another one has more of everything."""
    fill(make_customer(make_organization()), count=20)
    fill(make_customer(), count=3)
    look_at_the_tables()


@pytest.fixture
def org():
    """An organization with more bills than one would read."""
    customer = make_customer()
    enter(customer, 2_000)
    look_at_the_tables()
    return customer.org


@pytest.mark.parametrize("model", NEWEST, ids=lambda model: model.__name__)
@pytest.mark.parametrize("query", ["", "?after=99999"])
@pytest.mark.usefixtures("_two_organizations")
def test_a_list_is_read_by_organization_from_its_newest_row(model, query):
    client = log_in("support agent")
    url = reverse(f"admin:loyalty_{model._meta.model_name}_changelist") + query
    client.get(url)

    page = f'ORDER BY "{model._meta.db_table}"."id" DESC LIMIT'
    plans = explain_call(lambda: client.get(url), forbidden=("seqscan", "sort"))

    [plan] = [plan for sql, plan in plans if page in sql]
    assert f"using {NEWEST[model]} on {model._meta.db_table}" in plan
    assert "Sort" not in plan


def test_bills_are_found_by_their_numbers(org):
    plans = explain_call(
        lambda: load_existing_transactions(org_id=org.pk, numbers=["B-7", "B-8"], ids=[1, 2])
    )

    [plan_text, _] = [plan for _, plan in plans]
    assert "transaction_number_once" in plan_text
    assert "Seq Scan" not in plan_text


def test_a_bill_is_searched_for_by_its_number(org):
    client = log_in("support agent")
    url = reverse("admin:loyalty_transaction_changelist") + "?q=B-7"
    client.get(url)

    plans = [plan for sql, plan in explain_call(lambda: client.get(url)) if "'B-7'" in sql]

    assert plans
    assert all("transaction_number_once" in plan for plan in plans)
