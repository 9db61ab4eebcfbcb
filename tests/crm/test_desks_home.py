"""The home page: open work and registration numbers."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from crm.runs.models import Run
from tests.builders import make_customer, make_organization
from tests.customers.test_update_tickets import make_ticket
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
HOME = "/admin/"


def test_it_counts_customers_by_day_of_the_organizations_calendar():
    now = timezone.now()
    for days in (0, 0, 3, 20, 200):
        make_customer(at=now - timedelta(days=days))

    context = log_in("support agent").get(HOME).context

    assert [(n["title"], n["value"]) for n in context["numbers"]] == [
        ("Customers", "5"),
        ("Registered today", "2"),
        ("Last 7 days", "3"),
        ("Last 30 days", "4"),
    ]


def test_it_shows_open_runs_to_those_who_may_see_them():
    client = log_in("import operator")
    run = {"org": client.user.org, "kind": "customers.import", "queued_at": timezone.now()}
    Run.objects.create(**run, state="RUNNING", total=200, done=50, step="Writing rows")
    Run.objects.create(**run, state="DONE", finished_at=timezone.now())

    runs = client.get(HOME).context["runs"]

    assert [(r["title"], r["state"], r["percent"]) for r in runs] == [
        ("Customers import", "Running", 25)
    ]
    assert "Work in progress" not in log_in("support agent").get(HOME).content.decode()


def test_it_shows_the_tickets_that_wait_for_whoever_may_handle_them():
    client, admin = log_in("support agent"), log_in("auditor")
    assignment = {"assigned_to_id": client.user.entity_id}
    make_ticket(subject="Waits", priority="HIGH", **assignment)
    make_ticket(subject="Is over", status="CLOSED", **assignment)
    make_ticket(subject="Is nobody's")

    context = client.get(HOME).context

    assert [(t["subject"], t["is_urgent"]) for t in context["tickets"]] == [("Waits", True)]
    tickets = client.get(context["my_tickets_link"]).context["cl"].result_list
    assert [ticket.subject for ticket in tickets] == ["Waits"]
    assert "shows_tickets" not in admin.get(HOME).context


def test_it_says_what_to_do_next_where_there_is_nothing_yet():
    make_customer(make_organization())

    page = log_in("import operator").get(HOME).content.decode()

    assert "Nobody has registered yet" in page
    assert "Nothing is running" in page


def test_somebody_without_a_role_is_told_whom_to_ask():
    client = log_in("support agent")
    client.user.groups.clear()

    assert "Your account has no role yet" in client.get(HOME).content.decode()


def test_it_takes_few_queries_and_remembers_its_numbers(django_assert_max_num_queries):
    client = log_in()
    for _ in range(5):
        make_customer()
    cache.clear()

    with django_assert_max_num_queries(9) as first:
        client.get(HOME)
    with django_assert_max_num_queries(7) as second:
        client.get(HOME)

    # Customers, registrations, and the requests that wait.
    assert len(first) == len(second) + 3
