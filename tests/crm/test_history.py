"""Events of the audit in words."""

import pytest

from crm.adminkit.history import Difference, differences, sentence_of
from tests.builders import the_source_account


def test_what_is_equal_on_both_sides_is_left_out():
    before, after = {"city": "Pune", "name": "Tom"}, {"city": "Pune", "name": "Thomas"}

    assert differences(before, after) == [Difference("name", "Tom", "Thomas")]


def test_lines_that_stand_one_for_one_are_compared_line_by_line():
    line = {"channel": "SMS", "priority": "BULK", "source_account": 1, "org_unit": None}

    told = differences(
        {"subscriptions": [{**line, "status": None}]},
        {"subscriptions": [{**line, "status": "OPTOUT"}]},
    )

    assert told == [Difference("SMS BULK status", "-", "OPTOUT")]


def test_what_is_new_is_told_without_its_blanks():
    told = differences(None, {"profiles": [{"first_name": "Tom", "last_name": ""}]})

    assert told == [Difference("profiles", "-", "first name: Tom")]


def test_a_kind_without_a_sentence_reads_well_enough():
    assert sentence_of("source_account.changed") == "Source account changed"
    assert sentence_of("customer.labelled") == "Status label changed"


@pytest.mark.django_db
def test_calls_profiles_by_their_source_accounts():
    account = the_source_account("WECHAT", "22232")
    written = {"first_name": "Tom", "last_name": "", "identifiers": [["line", "l"]]}

    told = differences(None, {"profiles": {str(account.pk): written}}, org_id=account.org_id)

    assert told == [
        Difference("WECHAT 22232: first name", "-", "Tom"),
        Difference("WECHAT 22232: identifiers", "-", "line l"),
    ]
