"""What a spreadsheet does to cells: errors, lost digits, and numbers kept as text."""

import pytest

from customers.models import Identifier
from tests.customers.import_helpers import check_file, import_file, list_counts, list_remarks

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!", "#value!", "#NV", "#BEZUG!", "####"])
def test_an_error_of_the_spreadsheet_is_no_value_and_nobody_s_id(cell):
    upload = check_file(f"External id,First name\n{cell},Ann\nX-1,{cell}\n")

    assert list_remarks(upload) == {
        2: [("External id", f"“{cell}” is an error of the spreadsheet and no value.")],
        3: [("First name", f"“{cell}” is an error of the spreadsheet and no value.")],
    }


@pytest.mark.parametrize("cell", ["9.198E+11", "9,19800000001235E+18", "1.2e+05"])
def test_digits_that_a_spreadsheet_lost_are_refused(cell):
    upload = check_file(f'Mobile,External id\n"{cell}",X-1\n9800000001,"{cell}"\n')

    lost = f"“{cell}” has lost digits in a spreadsheet; format the column as text."
    assert list_remarks(upload) == {2: [("Mobile", lost)], 3: [("External id", lost)]}


def test_an_error_in_a_column_that_is_left_out_harms_nobody():
    upload = check_file("Mobile,Rating\n9800000001,#N/A\n")

    assert list_counts(upload.dry_run) == {"create": 1}


def test_digits_that_excel_was_told_to_take_as_text_are_read():
    upload = check_file('External id,Mobile\n="00981",9800000001\n"=""00982""",9800000002\n')

    import_file(upload)

    ids = Identifier.objects.filter(type="externalId").values_list("value", flat=True)
    assert sorted(ids) == ["00981", "00982"]
