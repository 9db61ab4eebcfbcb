"""Side effects of registrations: recorded with the write, run once after it."""

from datetime import timedelta

import pytest

from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from loyalty import notices
from loyalty.models import Effect, Enrollment, PointsEntry
from loyalty.operations import effects as effects_module
from loyalty.operations.effects import record_effects, retry_effects, run_effects
from loyalty.rules.effects import AwardedPoints, EffectRequest
from loyalty.rules.enrollments import EnrollmentRequest
from tests.builders import (
    NOON,
    make_customer,
    make_organization,
    make_origin,
    make_program,
    make_till,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def record(*orders, origin=None):
    return unit_of_work(record_effects)(origin=origin or make_origin(), requests=orders)


def run(*effect_ids, org=None, at=NOON):
    return unit_of_work(run_effects)(origin=make_origin(org, at=at), effect_ids=effect_ids)


def order(customer, *enrollment_requests, **attributes):
    return EffectRequest(
        customer_id=customer.pk,
        enrollment_requests=enrollment_requests,
        **{"enrolls_in_default": True, "earns_bonus": True, **attributes},
    )


def test_enrol_in_the_default_program_with_its_bonus_on_behalf_of_who_registered():
    till = make_till()
    program = make_program(is_default=True, registration_bonus=100)
    customer = make_customer()
    [effect_id] = record(order(customer), origin=make_origin(actor=till))

    [outcome] = run(effect_id)

    assert (outcome.is_done, outcome.result.points) == (
        True,
        [AwardedPoints(100, program.pk, NOON, None)],
    )
    member = Enrollment.objects.get()
    assert (member.customer, member.enrolled_by, member.points) == (customer, till, 100)


def test_are_run_once_and_tell_the_same_again():
    make_program(is_default=True, registration_bonus=100)
    [effect_id] = record(order(make_customer()))

    first, again = run(effect_id), run(effect_id, at=NOON + MINUTE)

    assert first == again
    assert PointsEntry.objects.count() == 1


def test_say_what_could_not_be_done_as_asked():
    program = make_program(is_default=True, registration_bonus=5)
    customer = make_customer()
    enrollment_requests = [
        EnrollmentRequest(
            customer_id=customer.pk, program_id=program.pk, tier_number=234, points=75
        ),
        EnrollmentRequest(customer_id=customer.pk, program_id=program.pk),
        EnrollmentRequest(customer_id=customer.pk, program_id=2**40),
    ]
    [effect_id] = record(order(customer, *enrollment_requests))

    [outcome] = run(effect_id)

    assert outcome.result.notices == [
        Notice(notices.TIER_UNKNOWN, program_id=program.pk, tier=234),
        Notice(notices.ENROLLED_ALREADY, program_id=program.pk),
        Notice(notices.ENROLLMENT_REFUSED, program_id=2**40, reason="loyalty.program_unknown"),
    ]
    assert Enrollment.objects.get().points == 80


def test_do_nothing_where_there_is_no_default_program():
    [effect_id] = record(order(make_customer()))

    [outcome] = run(effect_id)

    assert (outcome.is_done, outcome.result.points, outcome.result.notices) == (True, [], [])


def test_leave_the_others_alone_when_one_fails_and_are_tried_again(monkeypatch):
    make_program(is_default=True, registration_bonus=5)
    unlucky = make_customer()
    ids = record(order(make_customer()), order(unlucky), order(make_customer()))
    enroll = effects_module.enroll_customers

    def fails_for_one(*, origin, enrollment_requests, newcomers):
        enrolled = enroll(
            origin=origin, enrollment_requests=enrollment_requests, newcomers=newcomers
        )
        if any(joining.customer_id == unlucky.pk for joining in enrollment_requests):
            raise ZeroDivisionError("engine on fire")
        return enrolled

    monkeypatch.setattr(effects_module, "enroll_customers", fails_for_one)
    outcomes = run(*ids)

    assert [outcome.is_done for outcome in outcomes] == [True, False, True]
    effect = Effect.objects.get(customer=unlucky)
    assert (effect.state, effect.attempts) == ("WAITING", 1)
    assert (effect.failure, effect.due_at) == (
        "ZeroDivisionError: engine on fire",
        NOON + 2 * MINUTE,
    )
    assert not unlucky.enrollments.exists()

    monkeypatch.undo()
    assert unit_of_work(retry_effects)(now=NOON + MINUTE) == 0
    assert unit_of_work(retry_effects)(now=NOON + 2 * MINUTE) == 1
    assert unit_of_work(retry_effects)(now=NOON + 9 * MINUTE) == 0
    assert unlucky.enrollments.get().points == 5


def test_go_with_the_unit_that_noted_them():
    customer = make_customer()

    def register_and_stumble():
        record_effects(origin=make_origin(), requests=[order(customer)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        unit_of_work(register_and_stumble)()

    assert Effect.objects.count() == 0


def test_of_another_organization_are_not_run():
    [effect_id] = record(order(make_customer()))

    assert run(effect_id, org=make_organization()) == []


def test_of_many_cost_as_many_queries_as_of_one(django_assert_max_num_queries):
    make_program(is_default=True, registration_bonus=5)
    ids = record(*[order(make_customer()) for _ in range(20)])

    with django_assert_max_num_queries(30):
        run(*ids)

    assert Enrollment.objects.filter(points=5).count() == 20
