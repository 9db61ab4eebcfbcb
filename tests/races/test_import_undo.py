"""Two who undo an import at once: one run takes it back, and nothing is taken back twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from crm.imports.operations.import_runs import WrongImportStep
from crm.imports.operations.undo import decide_undo, undo_import
from crm.imports.queries.import_states import get_state
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportUndo, Run
from crm.runs.worker_turn import run_turn
from crm.tenancy.operations.settings import change_settings
from customers.models import Customer
from loyalty.models import PointsEntry
from loyalty.operations.points.post import post_movement
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.movements import Movement
from tests.approval_builders import make_person
from tests.builders import get_or_make_organization, make_customer, make_enrollment, make_program
from tests.crm.undo_helpers import import_customers, make_undo_origin
from tests.customers.import_helpers import reload_import, run_to_end
from tests.loyalty.import_helpers import check_file, import_file

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def at_once(*calls):
    together = Barrier(len(calls))

    def in_thread(call):
        try:
            together.wait()
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(in_thread, calls))


def test_undo_twice_at_once_starts_one_run():
    upload = import_customers("Mobile\n9800000001\n9800000002\n")

    def ask():
        return unit_of_work(undo_import)(origin=make_undo_origin(), import_id=upload.pk)

    outcomes = at_once(ask, ask, ask)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "ImportUndo",
        "WrongImportStep",
        "WrongImportStep",
    ]
    assert Run.objects.filter(kind="customers.import_undo").count() == 1
    run_to_end(reload_import(upload).undo_run)
    assert Customer.objects.count() == 0


def test_two_approvers_start_one_run():
    org = get_or_make_organization()
    unit_of_work(change_settings)(org_id=org.pk, values={"CONF_IMPORT_UNDO_APPROVAL_ROWS": 1})
    upload = import_customers("Mobile\n9800000001\n9800000002\n")
    people = [make_person() for _ in range(3)]
    unit_of_work(undo_import)(origin=make_undo_origin(people[0]), import_id=upload.pk)

    def approve(person):
        return lambda: unit_of_work(decide_undo)(
            origin=make_undo_origin(person), import_id=upload.pk, approve=True
        )

    outcomes = at_once(approve(people[1]), approve(people[2]))

    assert sum(isinstance(outcome, WrongImportStep) for outcome in outcomes) == 1
    assert ImportUndo.objects.get().run is not None


def test_a_till_that_redeems_meets_the_undo_and_one_of_them_has_the_points():
    for number in range(6):
        mobile = f"91980000{number:04}"
        customer = make_customer(identifiers=[("mobile", mobile)])
        program = make_program(f"Stars {number}")
        member = make_enrollment(customer, program)
        upload = import_file(
            check_file(
                "points_adjustments",
                f"Mobile,Program,Points,Reason\n{mobile},{program.pk},30,Sorry\n",
            )
        )
        unit_of_work(undo_import)(origin=make_undo_origin(), import_id=upload.pk)
        run = reload_import(upload).undo_run

        def take_back(run=run):
            run_turn(run_id=run.pk, ticket=run.lease_token)

        def redeem(customer=customer, program=program):
            unit_of_work(post_movement)(
                origin=make_undo_origin(),
                movement=Movement(
                    customer_id=customer.pk, program_id=program.pk, kind="REDEEM", points=20
                ),
            )

        at_once(take_back, redeem)

        member.refresh_from_db()
        state = get_state(reload_import(upload))
        assert (state, member.points) in {("UNDONE", 0), ("APPLIED", 10)}
    assert find_ledger_violations() == []
    assert PointsEntry.objects.filter(kind="ADJUST").count() >= 6
