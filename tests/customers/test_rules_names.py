"""Cleaning names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.registration import clean_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Tom \t  Sawyer\n", "Tom Sawyer"),
        ("Jose\u0301", "Jos\u00e9"),
        ("To\x07m", "Tom"),
        ("\u202emoT\u202c", "moT"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("", ""),
        (None, ""),
        (7, "7"),
        ("x" * 100, "x" * 100),
        ("x" * 101, None),
        ("To\x00m", None),
        ("To\ud800m", None),
        (1.5, None),
        (True, None),
        pytest.param(10**5000, None, id="endless number"),
        (["Tom"], None),
        pytest.param("x" * 100_000, None, id="endless"),
    ],
)
def test_a_name_is_trimmed_or_refused(raw, name):
    assert clean_name(raw) == name


@given(raw=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()))
def test_a_clean_name_is_clean(raw):
    name = clean_name(raw)

    if name is not None:
        assert (clean_name(name), len(name) <= 100, "\x00" in name) == (name, True, False)
