"""The field rules of an organization: few queries, cached, and up to date."""

import pytest
from django.db import transaction

from customers.models import FieldDefinition
from customers.queries.fields import ListedField, get_field_rules, list_extended_fields
from customers.rules.fields import FieldRule
from tests.builders import NOON, get_or_make_organization, make_field, make_organization

pytestmark = pytest.mark.django_db

CUSTOM = FieldDefinition.Kind.CUSTOM
EXTENDED = FieldDefinition.Kind.EXTENDED
PROFILE = FieldDefinition.Scope.PROFILE
CUSTOMER = FieldDefinition.Scope.CUSTOMER
CARD = FieldDefinition.Scope.CARD


def get_rules(org=None, kind=EXTENDED, scope=CUSTOMER):
    return get_field_rules(org_id=(org or get_or_make_organization()).pk, kind=kind, scope=scope)


def test_are_those_of_the_kind_and_scope_by_folded_name():
    make_field("Gender", options=["Male", "Female"])
    make_field("Nickname", kind=CUSTOM, scope=PROFILE, max_length=20)
    make_field("card_balance", scope=CARD, data_type="DOUBLE")

    assert get_rules() == {
        "gender": FieldRule("Gender", "ENUM", {"male": "Male", "female": "Female"}, 255)
    }
    assert get_rules(kind=CUSTOM, scope=PROFILE) == {
        "nickname": FieldRule("Nickname", "STRING", {}, 20)
    }
    assert get_rules(kind=CUSTOM, scope=CARD) == {}


def test_leave_out_inactive_fields_and_those_of_other_organizations():
    make_field("city", is_active=False)
    make_field("town", make_organization())

    assert get_rules() == {}


def test_take_two_queries_and_then_none(django_assert_num_queries):
    org = get_or_make_organization()
    for number in range(5):
        make_field(f"field {number}", org, options=["one", "two"])

    with django_assert_num_queries(2):
        get_rules(org)
    with django_assert_num_queries(0):
        get_rules(org)
        get_rules(org, kind=CUSTOM, scope=PROFILE)


def test_are_forgotten_by_whoever_writes_definitions():
    assert get_rules() == {}

    make_field("city")

    assert list(get_rules()) == ["city"]


def test_are_forgotten_again_once_the_unit_that_wrote_is_safe(django_capture_on_commit_callbacks):
    org = get_or_make_organization()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        field = make_field("city", org)
        get_rules(org)
        # As another process would see it: the row is not there, the memory is.
        FieldDefinition.objects.filter(pk=field.pk).update(name="town")

    assert list(get_rules(org)) == ["town"]


def test_lists_extended_fields_by_scope_with_their_options(django_assert_num_queries):
    org = get_or_make_organization()
    gender = make_field("gender", org, options=["Male", "Female"], label="Gender")
    city = make_field("city", org, parent=gender, data_type="STRING")
    balance = make_field("card_balance", org, scope=CARD, data_type="DOUBLE")
    make_field("old", org, is_active=False)
    make_field("nickname", org, kind=CUSTOM, scope=CUSTOMER)
    make_field("theirs", make_organization())

    with django_assert_num_queries(2):
        listed = list_extended_fields(org_id=org.pk)

    assert listed == {
        "CUSTOMER": [
            _field(city.pk, "CUSTOMER", "city", "", "STRING", gender.pk),
            _field(gender.pk, "CUSTOMER", "gender", "Gender", "ENUM", options=("Male", "Female")),
        ],
        "TRANSACTION": [],
        "LINE_ITEM": [],
        "CARD": [_field(balance.pk, "CARD", "card_balance", "", "DOUBLE")],
    }


def _field(pk, scope, name, label, data_type, parent_id=None, options=()):
    return ListedField(
        id=pk,
        scope=scope,
        name=name,
        label=label,
        data_type=data_type,
        max_length=255,
        is_mandatory=False,
        parent_id=parent_id,
        created_at=NOON,
        modified_at=NOON,
        options=options,
    )
