"""Receipts of dashboard forms."""

from datetime import timedelta
from uuid import uuid4

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import FormReceipt
from crm.tenancy.operations.form_receipts import (
    KeptResult,
    claim_form,
    keep_form_result,
    purge_form_receipts,
)
from tests.builders import NOON, make_staff

pytestmark = pytest.mark.django_db


def _act(staff, key, now=NOON):
    def act():
        kept = claim_form(staff_id=staff.pk, key=key, now=now)
        if kept is None:
            keep_form_result(staff_id=staff.pk, key=key, message="Done.", url="/there/")
        return kept

    return unit_of_work(act)()


def test_a_form_that_took_effect_gives_its_result_again():
    staff, key = make_staff(), uuid4()

    assert _act(staff, key) is None
    assert _act(staff, key) == KeptResult("Done.", "/there/")


def test_forms_of_two_members_of_staff_never_meet():
    key = uuid4()

    assert _act(make_staff(), key) is None
    assert _act(make_staff(), key) is None


def test_a_unit_that_is_rolled_back_leaves_no_receipt():
    staff, key = make_staff(), uuid4()

    def fail():
        claim_form(staff_id=staff.pk, key=key, now=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        unit_of_work(fail)()

    assert not FormReceipt.objects.exists()
    assert _act(staff, key) is None


def test_old_receipts_are_dropped():
    staff = make_staff()
    old, young = uuid4(), uuid4()
    _act(staff, old, NOON - timedelta(days=2))
    _act(staff, young)

    assert unit_of_work(purge_form_receipts)(NOON - timedelta(days=1)) == 1

    assert FormReceipt.objects.get().key == young
