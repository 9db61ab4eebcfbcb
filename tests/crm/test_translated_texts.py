"""Sentences of the domain: English where they are kept, translated where they are shown."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from crm.adminkit.localized import format_count
from crm.adminkit.point_formats import format_amount
from crm.adminkit.translated_texts import translate_stored_text, translate_text
from crm.approvals.domain.kinds.formats import format_amount as format_points
from crm.approvals.domain.kinds.formats import format_day
from crm.approvals.rules.plans import Fact, Plan
from crm.kernel.model_names import get_plural_name
from crm.kernel.staff_texts import TextTemplate, join_texts, staff_text, upper_first
from customers.models import Identifier


@pytest.fixture
def _german():
    with translation.override("de"):
        yield


def test_a_text_is_its_english_self_wherever_it_is_kept():
    text = staff_text("Customer {customer_id}", customer_id=7)

    assert text == "Customer 7"
    assert json.dumps([text]) == '["Customer 7"]'
    assert copy.deepcopy(text) == "Customer 7"


@pytest.mark.usefixtures("_german")
def test_a_page_shows_it_in_its_language():
    row = staff_text("Ticket {code}", code="ABC")
    text = staff_text("{row} was {edit} since.", row=row, edit=staff_text("changed"))

    assert text == "Ticket ABC was changed since."
    assert translate_text(text) == "Ticket ABC wurde seither geändert."
    assert translate_text(join_texts([text, staff_text("Never")])).endswith("geändert. Nie")


@pytest.mark.usefixtures("_german")
def test_what_a_customer_or_a_colleague_wrote_is_never_translated():
    assert translate_text("Open") == "Open"
    assert (
        translate_text(staff_text("One of {description}", description="Open")) == "Einer aus Open"
    )


@pytest.mark.usefixtures("_german")
def test_numbers_and_days_are_written_as_the_language_does():
    assert (format_count(12345), format_amount(Decimal("1250.500"))) == ("12.345", "1.250,5")
    points, day = format_points(Decimal("1250.500")), datetime(2026, 11, 5, tzinfo=UTC)

    assert (points, translate_text(points)) == ("1,250.5", "1.250,5")
    assert format_day(day, UTC) == "05 Nov 2026"
    assert translate_text(format_day(day, UTC)) == "05.11.2026"
    assert translate_text(format_day(None, UTC)) == "Nie"


def test_a_plan_has_the_same_digest_in_every_language():
    def plan():
        return Plan(
            facts=[Fact(staff_text("Series"), staff_text("Customer {customer_id}", customer_id=7))],
            moves=[(upper_first(get_plural_name(Identifier)), 2)],
        )

    english = plan()
    with translation.override("de"):
        german = plan()

    assert german.digest == english.digest
    assert german.moves == [("Identifiers", 2)]
    with translation.override("de"):
        assert translate_text(german.moves[0][0]) == "Kennungen"


def test_a_stored_sentence_is_translated_by_its_template():
    template = TextTemplate("Customer {customer_id} has {new} now.")
    try:
        stored = str(template(customer_id=7, new="x@example.com"))
        assert translate_stored_text(stored) == stored
        with translation.override("de"):
            assert translate_stored_text(stored) == "Kunde 7 hat jetzt x@example.com."
            assert translate_stored_text("Nobody knows.") == "Nobody knows."
    finally:
        TextTemplate.known.remove(template)
