"""Approval of a thousand identifier changes, compared with updates one by one without rules."""

from itertools import count

import pytest
from django.db import connection, transaction

from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from customers.models import Identifier
from tests.approval_builders import make_person
from tests.benchmarks.clocks import format_times, p50, take_turns
from tests.benchmarks.population import create_town, vacuum
from tests.builders import make_origin

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
TOWN = 20_000
BATCH_SIZE = 1_000
CHUNK = 250  # as the dashboard decides them
_turns = count(1)


def test_a_thousand_with_all_rules_are_as_fast_as_one_by_one_with_none():
    with transaction.atomic():
        org, _ = create_town(TOWN)
    vacuum()
    maker, checker = make_person(org), make_person(org)
    batches = {
        name: iter(_file_requests(org, maker)) for name in ("all rules", "one by one, no rules")
    }
    seconds = take_turns(
        {
            "all rules": lambda: _decide(org, checker, next(batches["all rules"])),
            "one by one, no rules": lambda: _update_one_by_one(
                next(batches["one by one, no rules"])
            ),
        },
        rounds=5,
    )
    print()
    print(format_times(seconds))
    ours, floor = (p50(times) for times in seconds.values())
    print(f"{BATCH_SIZE / ours:.0f} a second, {floor / ours:.2f} times one by one with no rules")
    assert ours <= floor


def _decide(org, checker, requests):
    origin = make_origin(actor=checker, org=org)
    for start in range(0, BATCH_SIZE, CHUNK):
        outcomes = unit_of_work(decide_requests)(
            origin=origin,
            request_ids=requests[start : start + CHUNK],
            verdict=Verdict(approve=True),
        )
        assert all(outcome.refusal is None for outcome in outcomes)


def _update_one_by_one(requests):
    """Lock each request, check that the value is free, and update both rows."""
    for pk in requests:
        with transaction.atomic():
            request = Request.objects.select_for_update().get(pk=pk)
            assert not Identifier.objects.filter(
                org_id=request.org_id, type="mobile", value=request.new_value
            ).exists()
            Identifier.objects.filter(
                org_id=request.org_id, type="mobile", value=request.old_value
            ).update(value=request.new_value)
            Request.objects.filter(pk=pk).update(changed_at=request.filed_at, failure="done")


def _file_requests(org, maker):
    """Yield lists of a thousand requests each, always for other customers."""
    while True:
        turn = next(_turns)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO approvals_request (org_id, kind, customer_id, old_value, new_value, "
                "payload, sameness, reason, comments, one_step, maker_id, maker_caller_id, "
                "maker_person_id, filed_at, status, changed_at, failure, failure_facts) "
                "SELECT %(org)s, 'MOBILE', customer_id, value, '92' || substr(value, 3), '{}', "
                "%(turn)s || 'x' || id, '', '', false, %(maker)s, %(maker)s, %(maker)s, now(), "
                "'PENDING', now(), '', '{}' FROM customers_identifier "
                "WHERE org_id = %(org)s AND type = 'mobile' ORDER BY id "
                "LIMIT %(many)s OFFSET %(start)s RETURNING id",
                {
                    "org": org.pk,
                    "maker": maker.pk,
                    "turn": turn,
                    "many": BATCH_SIZE,
                    "start": (turn - 1) * BATCH_SIZE,
                },
            )
            yield [pk for (pk,) in cursor.fetchall()]
