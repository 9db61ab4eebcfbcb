"""Admin of configuration: saving, validation and audit events."""

import pytest

from crm.audit.models import Event
from crm.tenancy.models import OrgEntity, RateLimit
from customers.models import FieldDefinition, SourceAccount, StatusLabel
from tests.builders import (
    make_field,
    make_organization,
    make_source_account,
    make_status_label,
    make_till,
)
from tests.crm.desk_pages import NO_OPTIONS, get_url, list_events
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def test_a_new_row_belongs_to_ones_own_organization():
    make_organization("first")
    client = log_in("organization admin")

    client.post(get_url("customers_sourceaccount_add"), {"source": "WECHAT", "account_id": "22"})

    account = SourceAccount.objects.get()
    assert account.org == client.user.org
    assert list_events() == [
        ("source_account.added", None, {"source": "WECHAT", "account_id": "22", "is_active": False})
    ]


def test_what_the_database_forbids_is_said_beside_the_form():
    make_source_account("WECHAT", "22")

    answer = log_in("organization admin").post(
        get_url("customers_sourceaccount_add"), {"source": "WECHAT", "account_id": "22"}
    )

    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert SourceAccount.objects.count() == 1


def test_a_change_is_recorded_with_what_it_was():
    label = make_status_label("Active", is_active=True)
    client = log_in("organization admin")

    client.post(
        get_url("customers_statuslabel_change", label.pk),
        {"label": "Good", "status": "ACTIVE", "is_active": "on"},
    )

    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("status_label.changed", label.pk)
    assert (event.before, event.after) == ({"label": "Active"}, {"label": "Good"})
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")
    assert StatusLabel.objects.get().label == "Good"


def test_saving_without_a_change_leaves_no_record():
    label = make_status_label("Active")
    data = {"label": "Active", "status": "ACTIVE", "is_active": "on"}

    log_in("organization admin").post(get_url("customers_statuslabel_change", label.pk), data)

    assert list_events() == []


def test_the_lines_of_a_field_are_recorded_with_it():
    field = make_field("size", options=["S", "M"])
    small, medium = field.options.order_by("pk")
    client = log_in("organization admin")

    client.post(
        get_url("customers_fielddefinition_change", field.pk),
        {
            **NO_OPTIONS,
            "label": "Size",
            "max_length": 255,
            "is_active": "on",
            "options-TOTAL_FORMS": 3,
            "options-INITIAL_FORMS": 2,
            "options-0-id": small.pk,
            "options-0-definition": field.pk,
            "options-0-value": "Small",
            "options-0-position": 0,
            "options-1-id": medium.pk,
            "options-1-definition": field.pk,
            "options-1-value": "M",
            "options-1-position": 1,
            "options-1-DELETE": "on",
            "options-2-definition": field.pk,
            "options-2-value": "L",
            "options-2-position": 2,
        },
    )

    assert sorted(FieldDefinition.objects.get().options.values_list("value", flat=True)) == [
        "L",
        "Small",
    ]
    assert list_events() == [
        (
            "field_definition.changed",
            {"label": "", "field options": ["M", "S"]},
            {"label": "Size", "field options": ["L", "Small"]},
        )
    ]


def test_a_new_field_counts_at_once():
    from customers.queries.fields import get_field_rules

    client = log_in("organization admin")
    lookup = {"org_id": client.user.org_id, "kind": "CUSTOM", "scope": "PROFILE"}
    assert get_field_rules(**lookup) == {}

    client.post(
        get_url("customers_fielddefinition_add"),
        {
            **NO_OPTIONS,
            "kind": "CUSTOM",
            "scope": "PROFILE",
            "name": "Age",
            "data_type": "INTEGER",
            "max_length": 3,
            "is_active": "on",
        },
    )

    assert list(get_field_rules(**lookup)) == ["age"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"type": "TILL", "code": "t"}, "A till belongs to a store"),
        ({"type": "STORE", "code": "s", "parent": "till"}, "cannot belong to"),
        ({"type": "ADMIN_USER", "code": "a"}, "Select a valid choice"),
    ],
)
def test_an_entity_stands_where_it_may(data, sentence):
    till = make_till()
    before = OrgEntity.objects.count()
    if "parent" in data:
        data = {**data, "parent": till.pk}

    answer = log_in().post(get_url("tenancy_orgentity_add"), {"name": "x", **data})

    assert sentence in answer.content.decode()
    assert OrgEntity.objects.count() == before + 1  # the member of staff who asked


def test_a_rate_limit_may_go_after_a_question_and_is_recorded():
    client = log_in("organization admin")
    limit = RateLimit.objects.create(org=client.user.org, operation="*", calls_per_hour=10)
    url = get_url("tenancy_ratelimit_delete", limit.pk)

    assert "Are you sure" in client.get(url).content.decode()
    client.post(url, {"post": "yes"})

    assert not RateLimit.objects.exists()
    assert list_events() == [
        ("rate_limit.deleted", {"credential": None, "operation": "*", "calls_per_hour": 10}, None)
    ]


def test_configuration_is_never_deleted():
    label = make_status_label()

    assert log_in().get(get_url("customers_statuslabel_delete", label.pk)).status_code == 403


def test_the_history_of_a_row_is_the_audits():
    label = make_status_label("Active", is_active=True)
    client = log_in("organization admin")
    data = {"label": "Good", "status": "ACTIVE", "is_active": "on"}
    client.post(get_url("customers_statuslabel_change", label.pk), data)

    page = client.get(get_url("customers_statuslabel_history", label.pk)).content.decode()

    assert "Status label changed" in page
    assert "<del>Active</del>" in page
    assert "<ins>Good</ins>" in page
