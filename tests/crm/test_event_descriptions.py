"""Descriptions of audit events."""

import pytest

from crm.adminkit.event_descriptions import Difference, describe_event_kind, list_differences
from tests.builders import get_or_make_source_account


def test_what_is_equal_on_both_sides_is_left_out():
    before, after = {"city": "Pune", "name": "Tom"}, {"city": "Pune", "name": "Thomas"}

    assert list_differences(before, after) == [Difference("name", "Tom", "Thomas")]


def test_lines_that_stand_one_for_one_are_compared_line_by_line():
    line = {"channel": "SMS", "priority": "BULK", "source_account": 1, "org_unit": None}

    changes = list_differences(
        {"subscriptions": [{**line, "status": None}]},
        {"subscriptions": [{**line, "status": "OPTOUT"}]},
    )

    assert changes == [Difference("SMS BULK status", "-", "OPTOUT")]


def test_what_is_new_is_told_without_its_blanks():
    changes = list_differences(None, {"profiles": [{"first_name": "Tom", "last_name": ""}]})

    assert changes == [Difference("profiles", "-", "first name: Tom")]


def test_a_kind_without_a_sentence_reads_well_enough():
    assert describe_event_kind("source_account.changed") == "Source account changed"
    assert describe_event_kind("customer.labelled") == "Status label changed"


@pytest.mark.django_db
def test_calls_profiles_by_their_source_accounts():
    account = get_or_make_source_account("WECHAT", "22232")
    written = {"first_name": "Tom", "last_name": "", "identifiers": [["line", "l"]]}

    changes = list_differences(
        None, {"profiles": {str(account.pk): written}}, org_id=account.org_id
    )

    assert changes == [
        Difference("WECHAT 22232: first name", "-", "Tom"),
        Difference("WECHAT 22232: identifiers", "-", "line l"),
    ]
