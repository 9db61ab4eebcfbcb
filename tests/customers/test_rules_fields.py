"""Custom and extended fields: good values are kept, others are named with a reason."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.fields import (
    BOOLEAN,
    DATA_TYPES,
    DATE,
    DATETIME,
    DOUBLE,
    ENUM,
    INTEGER,
    STRING,
    FieldProblem,
    FieldRule,
    check_values,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
GENDERS = {"male": "Male", "female": "Female"}
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)


def make_rule(data_type: str) -> FieldRule:
    return FieldRule(name="Field", data_type=data_type, options=GENDERS, max_length=20)


@pytest.mark.parametrize(
    ("data_type", "raw", "kept"),
    [
        (STRING, "  Pune  city ", "Pune  city"),
        (STRING, 18, "18"),
        (STRING, 1.5, "1.5"),
        (STRING, True, "true"),
        (STRING, "two\nlines", "two\nlines"),
        (STRING, "x" * 20, "x" * 20),
        (INTEGER, 18, 18),
        (INTEGER, " 18 ", 18),
        (INTEGER, "-18.0", -18),
        (INTEGER, 18.0, 18),
        (INTEGER, str(2**63 - 1), 2**63 - 1),
        (DOUBLE, 2000, 2000.0),
        (DOUBLE, "2000", 2000.0),
        (DOUBLE, "-1.5e3", -1500.0),
        (DOUBLE, ".5", 0.5),
        (BOOLEAN, True, True),
        (BOOLEAN, "TRUE", True),
        (BOOLEAN, "yes", True),
        (BOOLEAN, 1, True),
        (BOOLEAN, "0", False),
        (BOOLEAN, "No", False),
        (DATE, "22-10-2000", "2000-10-22"),
        (DATE, "2000-10-22", "2000-10-22"),
        (DATE, "2000-10-21T20:00:00Z", "2000-10-21"),
        (DATE, "2000-10-22T00:00:00+08:00", "2000-10-22"),
        (DATE, "2000-10-22 23:59:59-08:00", "2000-10-22"),
        (DATE, "1900-01-01", "1900-01-01"),
        (DATE, 972153000000, "2000-10-22"),
        (DATE, "-1", "1970-01-01"),
        (DATETIME, 5, "1970-01-01T00:00:00.005000+00:00"),
        (DATETIME, "2000-10-22T08:00:00", "2000-10-22T02:30:00+00:00"),
        (DATETIME, "2000-10-22T08:00:00Z", "2000-10-22T08:00:00+00:00"),
        (ENUM, "MALE", "Male"),
        (ENUM, " female", "Female"),
        *((data_type, None, None) for data_type in DATA_TYPES),
        *((data_type, "  ", None) for data_type in DATA_TYPES),
    ],
)
def test_a_value_of_the_type_is_kept_in_one_form(data_type, raw, kept):
    accepted, problems = check_values({"field": raw}, {"field": make_rule(data_type)}, zone=KOLKATA)

    assert (accepted, [type(value) for value in accepted.values()], problems) == (
        {"Field": kept},
        [type(kept)],
        [],
    )


@pytest.mark.parametrize(
    ("data_type", "raw", "reason"),
    [
        (STRING, "x" * 21, "too_long"),
        pytest.param(STRING, 10**5000, "too_long", id="endless number"),
        (STRING, "a\x00b", "ill_typed"),
        (STRING, "a\ud800b", "ill_typed"),
        (STRING, float("nan"), "ill_typed"),
        (INTEGER, 18.5, "ill_typed"),
        (INTEGER, "18.5", "ill_typed"),
        (INTEGER, "eighteen", "ill_typed"),
        (INTEGER, True, "ill_typed"),
        (INTEGER, 2**63, "ill_typed"),
        pytest.param(INTEGER, "9" * 5000, "ill_typed", id="endless digits"),
        (INTEGER, "\u0661", "ill_typed"),
        (INTEGER, float("inf"), "ill_typed"),
        (DOUBLE, "1,5", "ill_typed"),
        (DOUBLE, "nan", "ill_typed"),
        (DOUBLE, "1e999", "ill_typed"),
        (DOUBLE, 10**400, "ill_typed"),
        (DOUBLE, float("-inf"), "ill_typed"),
        (BOOLEAN, "maybe", "ill_typed"),
        (BOOLEAN, 2, "ill_typed"),
        (DATE, "30-02-2000", "ill_typed"),
        (DATE, 10**15, "ill_typed"),
        (DATE, "1899-12-31", "ill_typed"),
        (DATETIME, "soon", "ill_typed"),
        (ENUM, "other", "not_an_option"),
        *((data_type, ["18"], "ill_typed") for data_type in DATA_TYPES),
        *((data_type, {"value": 18}, "ill_typed") for data_type in DATA_TYPES),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_with_its_reason(data_type, raw, reason):
    accepted, problems = check_values({"field": raw}, {"field": make_rule(data_type)}, zone=KOLKATA)

    assert (accepted, problems) == ({}, [FieldProblem("Field", reason)])


def test_names_match_in_any_case_and_the_rest_is_kept_beside_unknown_ones():
    rules = {
        "favorite brand": FieldRule("Favorite Brand", STRING),
        "age": FieldRule("age", INTEGER),
    }
    given_values = {" FAVORITE brand": "Acme", "Age": "x", "shoe\ud800size": 9, "y" * 300: 1}

    accepted, problems = check_values(given_values, rules, zone=UTC)

    assert (accepted, problems) == (
        {"Favorite Brand": "Acme"},
        [
            FieldProblem("age", "ill_typed"),
            FieldProblem("shoe?size", "unknown"),
            FieldProblem("y" * 100, "unknown"),
        ],
    )


@given(name=st.one_of(st.just("field"), st.text()), raw=JSON, data_type=st.sampled_from(DATA_TYPES))
def test_anything_is_kept_or_named_and_a_kept_value_is_kept_as_itself(name, raw, data_type):
    rules = {"field": make_rule(data_type)}

    accepted, problems = check_values({name: raw}, rules, zone=KOLKATA)

    assert len(accepted) + len(problems) == 1
    assert check_values(accepted, rules, zone=KOLKATA) == (accepted, [])
