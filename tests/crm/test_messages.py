"""What staff are told of a refusal ..."""

from decimal import Decimal

from django.utils.translation import override

from crm import messages
from crm.adminkit.translated_texts import translate_refusal
from crm.approvals.errors import OwnRequest, PlanBlocked
from customers import notices
from customers.errors import CustomerMerged, MergeUndone
from loyalty.errors import InsufficientPoints

DEFAULT = MergeUndone()


def test_is_the_sentence_of_the_refusal_with_its_facts():
    assert messages.explain(DEFAULT) == MergeUndone.message
    sentence = "The customer was merged into customer 7."
    assert messages.explain(CustomerMerged(survivor_id=7)) == sentence


def test_is_in_other_words_where_staff_need_them():
    sentence = "You filed this request. Another person must decide it."
    assert messages.explain(OwnRequest()) == sentence


def test_shows_amounts_and_lists_as_people_write_them():
    points = InsufficientPoints(available=Decimal("1250.500"), asked=Decimal("2000"))

    sentence = "Only 1,250.5 points are available; 2,000 were requested."
    assert messages.explain(points) == sentence
    assert messages.explain(PlanBlocked(blockers=["No.", "Never."])) == "No. Never."


def test_is_found_by_a_code_that_was_stored():
    facts = {"name": "size"}
    sentence = "Left out: the custom field size is unknown or its value does not fit."
    assert messages.explain_code(notices.FIELD_INVALID, facts) == sentence
    assert messages.explain_code(CustomerMerged.code, {}) == (
        "The customer was merged into customer ."
    )
    assert messages.explain_code("loyalty.moon_in_the_way", {}) == "Not done: moon in the way."


def test_is_english_until_a_page_translates_it():
    refusal = InsufficientPoints(available=Decimal("1250.500"), asked=Decimal("2000"))
    sentence = "Only 1,250.5 points are available; 2,000 were requested."

    with override("de"):
        assert messages.explain(refusal) == sentence
        assert translate_refusal(refusal) != sentence
        assert "1.250,5" in translate_refusal(refusal)
        assert translate_refusal(DEFAULT) != DEFAULT.message
