"""The German catalogue is complete, and compiled."""

import string

import pytest

from tests.crm.message_catalogue import (
    ROOT,
    compile_entries,
    list_source_messages,
    read_mo,
    read_po,
)

LOCALE = ROOT / "crm/locale/de/LC_MESSAGES"
ENTRIES = read_po(LOCALE / "django.po")


def test_every_text_that_is_marked_has_a_german_one():
    known = {key for key, _, _, _ in ENTRIES}

    assert len(known) > 50
    assert list_source_messages() - known == set()


def test_no_german_text_is_empty_or_a_guess():
    unfinished = [key for key, _, texts, flags in ENTRIES if not all(texts) or flags & {"fuzzy"}]

    assert unfinished == []


def test_the_compiled_catalogue_holds_the_same_texts():
    assert read_mo(LOCALE / "django.mo") == compile_entries(ENTRIES)


@pytest.mark.parametrize(
    ("key", "texts"), [(key, texts) for key, _, texts, _ in ENTRIES if "{" in key]
)
def test_a_german_text_has_the_facts_of_the_english_one(key, texts):
    def facts(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert all(facts(text) <= facts(key) for text in texts)
