"""Ids are read by one reader with one limit."""

import pytest

from crm.kernel.ids import LARGEST_ID, read_id, read_number


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("007", 7),
        (7, 7),
        (str(LARGEST_ID), LARGEST_ID),
        (str(LARGEST_ID + 1), None),
        (LARGEST_ID + 1, None),
        ("9" * 5_000, None),
        ("0", None),
        (0, None),
        (-1, None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        (1.0, None),
        ("٣", None),
        ("²", None),
        ("", None),
        (None, None),
        (True, None),
        ([1], None),
    ],
)
def test_an_id_is_a_number_that_a_row_can_have(raw, expected):
    assert read_id(raw) == expected


def test_a_number_may_be_zero_and_has_a_largest_value():
    assert read_number("0") == 0
    assert read_number("100", largest=100) == 100
    assert read_number("101", largest=100) is None
    assert read_number("0099", largest=100) is None  # longer than the largest number
    assert read_number(" 1") is None
