"""The commands that expire points, review tiers and verify the ledger."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.utils import timezone

from loyalty.append_only import lifted_triggers
from loyalty.models import Enrollment, PointsEntry, PointsLot
from loyalty.queries.ledger_check import LedgerViolation, find_ledger_violations
from tests.builders import make_enrollment

pytestmark = pytest.mark.django_db


def run(name):
    out = StringIO()
    call_command(name, stdout=out)
    return out.getvalue().strip()


def test_settle_what_is_due_and_say_how_many():
    long_ago = timezone.now() - timedelta(days=30)
    make_enrollment(
        points=10, at=long_ago, expires_at=long_ago + timedelta(days=1), tier_expires_at=long_ago
    )

    assert run("expire_points") == "1 members settled."
    assert run("expire_points") == "0 members settled."
    # Settling a member looks at the tier as well.
    assert run("review_tiers") == "0 tiers reviewed."
    assert Enrollment.objects.get().expired == 10


def test_prove_that_the_sums_hold():
    make_enrollment(points=10)

    assert run("verify_ledger") == "Every balance is the sum of its entries."


def test_name_the_rows_that_contradict_the_ledger():
    member = make_enrollment(points=10)
    Enrollment.objects.update(points=11, redeemed=1)
    PointsLot.objects.update(remaining=4)
    lot, entry = PointsLot.objects.get(), PointsEntry.objects.get()

    assert find_ledger_violations() == [
        LedgerViolation("balances are the sums of the entries", member.pk),
        LedgerViolation("balances are what is left in the lots", member.pk),
        LedgerViolation("a lot holds what was not taken from it", lot.pk),
    ]
    with pytest.raises(CommandError, match="not true that a lot holds"):
        run("verify_ledger")
    with lifted_triggers(connection):
        PointsEntry.objects.update(points=9)
    assert (
        LedgerViolation("an entry is what it put into lots less what it took from them", entry.pk)
        in find_ledger_violations()
    )


def refused(change):
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        change()
    return True


def test_find_an_entry_that_nobody_can_change_but_a_merge_can_move():
    member = make_enrollment(points=10)
    other = make_enrollment(program=member.program)
    entries = PointsEntry.objects.filter(enrollment=member)

    assert refused(lambda: entries.update(points=11))
    assert refused(lambda: entries.update(notes="x", enrollment=other))
    assert refused(lambda: entries._raw_delete("default"))
    assert entries.update(enrollment=other) == 1


@pytest.mark.parametrize("name", ["points", "delayed", "lifetime", "purchases"])
def test_cannot_meet_a_negative_balance(name):
    make_enrollment()

    with pytest.raises(Error, match="not_negative"), transaction.atomic():
        Enrollment.objects.update(**{name: -1})
