"""Concurrent decisions and requests: one wins, and the other sees the outcome."""

from collections import Counter

import pytest

from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Decision, Request
from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from customers.models import Customer, Identifier, MergeJournal
from customers.operations.customers.register import register_customer
from customers.rules.identifier_change import IdentityChange
from loyalty.models import Enrollment
from loyalty.operations.points.post import post_movement
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.movements import Movement
from tests.approval_builders import make_person, make_request
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_origin,
    make_program,
)
from tests.races.test_identities import make_registration
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def make_decide_call(request, *, approve=True):
    """Return a call that decides the request and returns the name of the error, or None."""
    origin = make_origin(actor=make_person())
    verdict = Verdict(approve=approve, reason="" if approve else "no proof")

    def decide():
        [outcome] = unit_of_work(decide_requests)(
            origin=origin, request_ids=[request.pk], verdict=verdict
        )
        return outcome.refusal and outcome.refusal.code

    return decide


def make_file_call(victim, survivor):
    ask = NewRequest(kind="MERGE", customer_id=victim.pk, target_id=survivor.pk)
    origin = make_origin(actor=make_person())
    return lambda: unit_of_work(file_request)(origin=origin, new_request=ask).request.pk


def make_merge_call(victim, survivor):
    return make_request(victim, "MERGE", target_id=survivor.pk)


def is_fully_merged():
    """Return whether all merges are complete: victims have no rows left."""
    victims = Customer.objects.filter(merged_into__isnull=False)
    assert not Identifier.objects.filter(customer__in=victims).exists()
    assert not Enrollment.objects.filter(customer__in=victims).exclude(points=0).exists()
    assert not Customer.objects.filter(merged_into__in=victims).exists()
    assert find_ledger_violations() == []
    return True


def test_of_four_checkers_one_decides_and_the_others_learn_of_it():
    for n in range(3):
        customer = make_customer()
        old = customer.identifiers.get().value
        request = make_request(customer, old_value=old, new_value=f"9198123{n:05}")

        words = at_once(
            make_decide_call(request),
            make_decide_call(request, approve=False),
            make_decide_call(request),
            make_decide_call(request, approve=False),
        )

        assert Counter(words) == {None: 1, "approvals.request_decided": 3}
        decision = Decision.objects.get(request=request)
        request.refresh_from_db()
        assert (request.status, request.decision) == (decision.verdict, decision)
        changed = Identifier.objects.filter(value=request.new_value).exists()
        assert changed == (request.status == "APPROVED")


def test_a_number_that_is_registered_meanwhile_fails_the_request_or_the_registration():
    account = get_or_make_source_account()
    for n in range(5):
        value = f"9198123456{n:02}"
        customer = make_customer()
        old = customer.identifiers.get().value
        request = make_request(customer, old_value=old, new_value=value)

        word, registered = at_once(
            make_decide_call(request),
            lambda value=value: unit_of_work(register_customer)(
                origin=make_origin(), registration=make_registration(account, ("mobile", value))
            ),
        )

        request.refresh_from_db()
        owner = Identifier.objects.get(value=value).customer_id
        if word is None:
            assert registered == "customers.identifier_registered"
            assert (request.status, owner) == ("APPROVED", customer.pk)
        else:
            assert (word, request.status) == ("customers.identifier_taken", "FAILED")
            assert (request.failure, request.decision) == (word, None)
            assert owner != customer.pk
            assert customer.identifiers.get().value == old


def test_points_that_are_spent_while_two_are_merged_are_spent_once():
    program = make_program(is_default=True)
    for who in ("survivor", "victim") * 2:
        customers = {
            "survivor": make_enrollment(program=program, points=10).customer,
            "victim": make_enrollment(program=program, points=7).customer,
        }
        spender = customers[who]
        request = make_merge_call(customers["victim"], customers["survivor"])
        spend = Movement(customer_id=spender.pk, program_id=program.pk, kind="REDEEM", points=6)

        word, spent = at_once(
            make_decide_call(request),
            lambda spend=spend: unit_of_work(post_movement)(origin=make_origin(), movement=spend),
        )

        assert word is None
        left = Enrollment.objects.get(customer=customers["survivor"], program=program).points
        if isinstance(spent, str):
            # The victim was somebody else's by then.
            assert (who, left) == ("victim", 17)
        else:
            assert left == 11
        assert is_fully_merged()


def test_of_merges_that_cross_each_other_one_waits():
    for _ in range(5):
        first, two = make_customer(), make_customer()

        filed = at_once(make_file_call(first, two), make_file_call(two, first))

        assert Counter(isinstance(f, str) for f in filed) == {True: 1, False: 1}
        assert "approvals.victim_pending" in filed
        assert Request.objects.filter(customer__in=(first, two)).count() == 1


def test_of_the_same_merge_asked_for_by_four_one_waits():
    first, two = make_customer(), make_customer()

    filed = at_once(*[make_file_call(first, two)] * 4)

    assert Counter(f for f in filed if isinstance(f, str)) == {"approvals.victim_pending": 3}
    assert Request.objects.count() == 1


def test_a_victim_who_is_merged_elsewhere_meanwhile_is_merged_once():
    wechat = get_or_make_source_account("WECHAT", "22")
    for n in range(5):
        victim = make_customer(source_account=wechat, identifiers=[("wechat", f"v{n}")])
        survivor = make_customer(identifiers=[("mobile", f"9198000000{n:02}")])
        third = make_customer(identifiers=[("email", f"{n}@example.com")])
        request = make_merge_call(victim, survivor)
        change = IdentityChange(
            customer_id=victim.pk, source_account_id=wechat.pk, add=[("email", f"{n}@example.com")]
        )

        word, changed = at_once(
            make_decide_call(request),
            lambda change=change: unit_of_work(change_identifiers)(
                origin=make_origin(), change=change
            ),
        )

        victim.refresh_from_db(), request.refresh_from_db()
        if word is None:
            assert changed == "customers.customer_merged"
            assert (victim.merged_into, request.status) == (survivor, "APPROVED")
        else:
            assert (word, request.status) == ("approvals.victim_merged", "FAILED")
            assert victim.merged_into == third
        assert MergeJournal.objects.filter(victim=victim).count() == 1
        assert is_fully_merged()


def test_two_who_are_given_one_number_do_not_both_get_it():
    for n in range(5):
        value = f"9198765432{n:02}"
        make_customer(identifiers=[("mobile", value), ("email", f"{n}@example.com")])
        requests = [
            make_request(make_customer(), "MOBILE_REALLOC", new_value=value) for _ in range(2)
        ]

        words = at_once(*(make_decide_call(request) for request in requests))

        assert Counter(words) == {None: 1, "customers.identifier_taken": 1}
        owner = Identifier.objects.get(value=value).customer_id
        assert owner in {request.customer_id for request in requests}


def test_a_merge_and_the_undo_of_one_that_meet_leave_both_whole():
    for _ in range(3):
        survivor, victim, third = make_customer(), make_customer(), make_customer()
        first = make_merge_call(victim, survivor)
        assert make_decide_call(first)() is None
        undo = make_request(
            survivor,
            "MERGE_UNDO",
            merge_id=MergeJournal.objects.get(victim=victim).pk,
            reason="A mistake",
        )
        later = make_merge_call(survivor, third)

        words = at_once(make_decide_call(undo), make_decide_call(later))

        victim.refresh_from_db(), survivor.refresh_from_db()
        assert words[1] is None
        assert survivor.merged_into == third
        assert words[0] in (None, "customers.merge_undo_blocked")
        assert victim.merged_into == (None if words[0] is None else third)
        assert is_fully_merged()
