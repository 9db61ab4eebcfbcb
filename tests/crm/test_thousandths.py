"""Points and money: exact in Python, whole thousandths in the database."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Sum

from crm.kernel.bulk import bulk_update
from crm.kernel.fields import ThousandthsField, thousandths
from crm.kernel.transactions import unit_of_work
from loyalty.models import ProgramGroup
from tests.builders import get_or_make_organization

pytestmark = pytest.mark.django_db


def make_group(worth):
    return ProgramGroup.objects.create(
        org=get_or_make_organization(), title="All", points_to_currency=worth
    )


def stored(group):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT points_to_currency FROM loyalty_programgroup WHERE id = %s", [group.pk]
        )
        return cursor.fetchone()[0]


def test_keeps_what_was_given_to_the_last_thousandth():
    group = make_group(Decimal("1009.89"))

    assert stored(group) == 1_009_890
    group.refresh_from_db()
    assert group.points_to_currency == Decimal("1009.89")
    assert ProgramGroup.objects.get(points_to_currency__gt=Decimal("1009.889")) == group


def test_counts_on_in_the_database():
    group = make_group(Decimal("0.1"))
    make_group(Decimal("0.2"))

    ProgramGroup.objects.filter(pk=group.pk).update(
        points_to_currency=F("points_to_currency") + thousandths(Decimal("0.005"))
    )

    total = ProgramGroup.objects.aggregate(total=Sum("points_to_currency"))["total"]
    assert total == Decimal("0.305")


def test_is_written_by_the_thousand():
    group = make_group(1)

    unit_of_work(bulk_update)(ProgramGroup, ("points_to_currency",), [(group.pk, Decimal("2.125"))])

    assert stored(group) == 2_125


@pytest.mark.parametrize("finer", ["0.0001", "NaN", "Infinity"])
def test_refuses_what_it_cannot_keep(finer):
    with pytest.raises(ArithmeticError):
        make_group(Decimal(finer))
    with pytest.raises(ValidationError):
        ThousandthsField().clean(finer, None)


def test_refuses_a_float():
    with pytest.raises(TypeError):
        make_group(0.1)
