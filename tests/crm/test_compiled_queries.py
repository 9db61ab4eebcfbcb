"""Queries that are compiled once ..."""

from datetime import timedelta

import pytest
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from crm.kernel.compiled_queries import MOST_IDS_KEPT, CompiledQuery
from customers.models import Customer
from loyalty.models import Enrollment
from tests.builders import NOON, make_customer, make_enrollment, make_organization

pytestmark = pytest.mark.django_db


def select_customers(ids, org_id, joined_before):
    rows = Customer.objects.filter(pk__in=ids, org_id=org_id, registered_at__lt=joined_before)
    return rows.order_by("pk").values_list("pk", "registered_at", "extended_fields")


def test_find_what_the_query_finds_for_any_number_of_ids_and_any_values():
    query = CompiledQuery(select_customers)
    customers = [
        make_customer(registered_at=NOON, extended_fields={"city": "Pune"}) for _ in range(3)
    ]
    stranger = make_customer(org=make_organization())
    ids = [customer.pk for customer in (*customers, stranger)]

    for count in (1, 2, 4):
        for org_id in (customers[0].org_id, stranger.org_id):
            for moment in (NOON, NOON + timedelta(days=1)):
                found = query.fetch(ids[:count], org_id=org_id, joined_before=moment)
                assert found == list(select_customers(ids[:count], org_id, moment))


def test_read_values_as_fields_do_and_keep_windows():
    def select_first(ids):
        place = Window(RowNumber(), partition_by=F("customer_id"), order_by=F("points").desc())
        rows = Enrollment.objects.filter(customer_id__in=ids).annotate(place=place)
        return rows.filter(place__lte=1).values_list("customer_id", "points", "enrolled_at")

    customer = make_customer()
    make_enrollment(customer, points=5)
    best = make_enrollment(customer, points=7)

    assert CompiledQuery(select_first).fetch([customer.pk]) == [
        (customer.pk, best.points, best.enrolled_at)
    ]


def test_are_not_compiled_again_unless_there_are_many_ids():
    compiled = []

    def select(ids):
        compiled.append(len(ids))
        return Customer.objects.filter(pk__in=ids).values_list("pk")

    query = CompiledQuery(select)
    many = range(MOST_IDS_KEPT + 1)
    for ids in ([1], [2], [3, 4], [5, 6], [], many, many):
        query.fetch(ids)

    assert compiled == [1, 2, len(many), len(many)]


def test_refuse_a_value_that_the_query_does_not_use():
    query = CompiledQuery(lambda ids, org_id: Customer.objects.filter(pk__in=ids).values_list("pk"))

    with pytest.raises(AssertionError, match="lacks"):
        query.fetch([1], org_id=1)
