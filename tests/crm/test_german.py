"""The German catalogue is complete, and compiled."""

import string

import pytest
from django.contrib import admin

from crm.console.translated_names import list_our_models
from tests.crm.message_catalogue import (
    ROOT,
    compile_entries,
    list_source_messages,
    read_mo,
    read_po,
)

# Who logs in sees one organization.
NEVER_SHOWN = {"org", "id"}
# Of its abstract user, translated by Django.
FROM_DJANGO = {
    "active",
    "date joined",
    "email address",
    "first name",
    "last login",
    "last name",
    "password",
    "staff status",
    "superuser status",
    "username",
}
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


def test_every_name_of_a_model_on_a_desk_has_a_german_one():
    known = {key for key, _, _, _ in ENTRIES}
    models = set(admin.site._registry)
    models |= {inline.model for desk in admin.site._registry.values() for inline in desk.inlines}

    names = {
        str(named.verbose_name)
        for model in models & set(list_our_models())
        for named in (model._meta, *model._meta.local_fields)
        if getattr(named, "name", "") not in NEVER_SHOWN
    }

    names |= {
        str(name)
        for model in list_our_models()
        for name in (model._meta.verbose_name, model._meta.verbose_name_plural)
    }
    assert names - known - FROM_DJANGO == set()
