"""Text that means the same has one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.kernel.text import fold, unify


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Łukasz", "lukasz"),
        ("Søren", "soren"),
        ("Đặng", "dang"),
        ("Ħal", "hal"),
        ("Æsa", "aesa"),
        ("Œuvre", "oeuvre"),
        ("Iş\u0131k", "isik"),
        ("İstanbul", "istanbul"),
        ("Straße", "strasse"),
        ("STRASSE", "straße"),
        ("Guðrún Þórsdóttir", "gudrun thorsdottir"),
        ("Ŋuni", "nuni"),
        ("Ǿ", "o"),
        ("ﬁn", "fin"),
        ("\uff34\uff4f\uff4d", "tom"),
        ("O\u2019Brien", "o'brien"),
        ("O\u2018Brien", "O`Brien"),
        ("O\u02bcBrien", "O\u00b4Brien"),
        ("Anne\u2010Marie", "anne-marie"),
        ("Anne\u2011Marie", "anne\u2013marie"),
        ("Anne\u2014Marie", "anne\u2212marie"),
        ("Anna\u00a0Maria", "anna maria"),
        ("An\u200bna\ufeff", "anna"),
        ("\u200fAn\u00adna\u2060\u200d", "anna"),
    ],
)
def test_a_name_is_found_as_people_type_it(written, typed):
    assert fold(written) == fold(typed)


def test_a_folded_name_is_plain():
    assert fold("  Łukasz  O\u2019Søren\u2013Æ ") == "lukasz o'soren-ae"


@given(text=st.text())
def test_folding_and_unifying_are_idempotent(text):
    assert fold(fold(text)) == fold(text)
    assert unify(unify(text)) == unify(text)


@given(text=st.text())
def test_folding_does_not_see_what_unifying_changes(text):
    assert fold(unify(text)) == fold(text)


def test_unifying_keeps_case_and_accents():
    assert unify("Łukasz é\u00b4") == "Łukasz é\u00b4"
