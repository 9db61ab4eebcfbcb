"""The query of a v1.1 list reads, filters by and describes what it declares, and nothing else."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from crm.dialects.transport_errors import RequestInvalid
from customers.api.v1_1 import list_filters as filters
from customers.models import Customer
from customers.rules.times import LAST_MOMENT
from tests.builders import make_customer

BERLIN = ZoneInfo("Europe/Berlin")


class CustomerFilters(filters.ListFilters):
    id = filters.Number("The customer with this id.", "pk")
    first_id = filters.Number("Customers with this id or a higher one.", "pk", "gte")
    ids = filters.Numbers("Ids, separated by commas.", most=2)
    kind = filters.Word("The type.", ("LOYALTY", "NON_LOYALTY"), longest=20)
    kinds = filters.Words("Types.", ("a", "b"), separator=";")
    points = filters.Amount("The points.")
    start_date = filters.Since("Registered from this time on.", "registered_at")
    end_date = filters.Until("Registered until this time.", "registered_at")
    day = filters.Day("Registered on this day.", "registered_at")
    with_notes = filters.Flag("`true` includes notes.")
    rows = filters.Rows("How many.")
    start = filters.Offset("The first.")


def build_view(query):
    request = Request(APIRequestFactory().get("/", query))
    return SimpleNamespace(request=request, org=SimpleNamespace(zone=BERLIN))


def read(**query):
    return CustomerFilters(build_view(query)).values


def list_ids(**query):
    rows = CustomerFilters(build_view(query)).filter_queryset(Customer.objects.all())
    return {row.pk for row in rows}


def get_conditions(**query):
    """The bounds of the registration that the query filters by."""
    rows = CustomerFilters(build_view(query)).filter_queryset(Customer.objects.all())
    return {(each.lookup_name, each.rhs) for each in rows.query.where.children}


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ({"id": " 7 "}, 7),
        ({"ids": "1, 2,"}, [1, 2]),
        ({"kind": "non_LOYALTY"}, "NON_LOYALTY"),
        ({"kinds": "A; b;"}, ["a", "b"]),
        ({"with_notes": "TRUE"}, True),
        ({"with_notes": "0"}, False),
        ({"rows": "100"}, 100),
        ({"start": "0"}, 0),
        ({"id": " "}, None),
        ({"kind": ""}, None),
    ],
)
def test_a_parameter_is_read_as_it_is_declared(query, value):
    [name] = query

    assert read(**query) == {**read(), name: value}


def test_blank_and_undeclared_parameters_are_ignored():
    assert set(read(nobody="x", id__gte="1", pk="1", id="").values()) == {None}


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"id": "x"}, "id is a number from 1 to 9223372036854775807."),
        ({"rows": "101"}, "rows is a number from 1 to 100."),
        ({"start": "-1"}, "start is a number from 0 to 1000000."),
        ({"ids": "1,x"}, "ids is at most 2 numbers, separated by commas."),
        ({"ids": "1,2,3"}, "ids is at most 2 numbers, separated by commas."),
        ({"kind": "x"}, "kind is one of: LOYALTY, NON_LOYALTY."),
        ({"kind": "x" * 21}, "kind is at most 20 characters."),
        ({"kinds": "a;x"}, "kinds is one of: a, b."),
        ({"points": "much"}, "points is an amount."),
        ({"with_notes": "yes"}, "with_notes is one of: true, false, 1, 0."),
        ({"end_date": "x"}, "end_date is a day or a time, such as 2016-12-21 23:45:45."),
        ({"day": "2026-02-30"}, "day is a day or a time, such as 2016-12-21 23:45:45."),
        ({"kinds": "a\0"}, "kinds is at most 150 characters."),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(query, problem):
    with pytest.raises(RequestInvalid) as refusal:
        read(**query)

    assert refusal.value.facts == {"detail": problem}


def test_the_api_page_shows_the_declarations():
    parameters = CustomerFilters.build_parameters()

    assert [each.name for each in parameters] == list(CustomerFilters.base_filters)
    assert parameters[0].description == "The customer with this id."


@pytest.mark.django_db
def test_rows_are_narrowed_by_the_filters_and_not_by_the_options():
    first, second = make_customer(), make_customer()

    assert list_ids() == list_ids(kind="LOYALTY", rows="1", with_notes="1") == {first.pk, second.pk}
    assert list_ids(first_id=str(second.pk)) == {second.pk}
    assert list_ids(id=str(first.pk)) == {first.pk}
    assert list_ids(id=str(first.pk), first_id=str(second.pk)) == set()


@pytest.mark.parametrize(
    ("raw", "until"),
    [
        # Clocks go forward: the day has 23 hours.
        ("2026-03-29", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        # Clocks go back: the day has 25 hours.
        ("2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("2026-10-26", datetime(2026, 10, 26, 23, tzinfo=UTC)),
        ("2026-10-25 12:00:00", datetime(2026, 10, 25, 11, 0, 1, tzinfo=UTC)),
        ("9999-12-31", LAST_MOMENT),
    ],
)
def test_an_end_includes_the_whole_day_or_second(raw, until):
    assert get_conditions(end_date=raw) == {("lt", until)}


@pytest.mark.parametrize("raw", ["2026-03-29", "2026-03-29 12:00:00"])
def test_a_day_is_as_long_as_it_is(raw):
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)

    assert get_conditions(day=raw) == {("gte", start), ("lt", start + timedelta(hours=23))}
    assert get_conditions(start_date="2026-03-29") == {("gte", start)}


def test_flags_are_read_without_a_form():
    view = build_view({"a": "1", "b": "false", "c": "TRUE", "d": "x"})

    assert filters.read_flags(view, ["a", "b", "c", "e"]) == ["a", "c"]
    with pytest.raises(RequestInvalid) as refusal:
        filters.read_flags(view, ["d"])
    assert refusal.value.facts == {"detail": "d is one of: true, false, 1, 0."}
