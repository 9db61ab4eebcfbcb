"""The desks of configuration: what they keep, what they refuse, and the record they leave."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from crm.audit.models import Event
from crm.tenancy.models import Credential, OrgEntity, RateLimit, StaffUser
from customers.models import FieldDefinition, SourceAccount, StatusLabel
from tests.builders import (
    make_credential,
    make_field,
    make_organization,
    make_source_account,
    make_staff,
    make_status_label,
    make_store,
    make_till,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

NO_OPTIONS = {
    f"{prefix}-{key}": value
    for prefix in ("options", "translations")
    for key, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
}


def _url(name, *args):
    return reverse(f"admin:{name}", args=args)


def _events():
    return list(Event.objects.order_by("pk").values_list("kind", "before", "after"))


def test_a_new_row_belongs_to_ones_own_organization():
    make_organization("first")
    client = log_in("organization admin")

    client.post(_url("customers_sourceaccount_add"), {"source": "WECHAT", "account_id": "22"})

    account = SourceAccount.objects.get()
    assert account.org == client.user.org
    assert _events() == [
        ("source_account.added", None, {"source": "WECHAT", "account_id": "22", "is_active": False})
    ]


def test_what_the_database_forbids_is_said_beside_the_form():
    make_source_account("WECHAT", "22")

    answer = log_in("organization admin").post(
        _url("customers_sourceaccount_add"), {"source": "WECHAT", "account_id": "22"}
    )

    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert SourceAccount.objects.count() == 1


def test_a_change_is_recorded_with_what_it_was():
    label = make_status_label("Active", is_active=True)
    client = log_in("organization admin")

    client.post(
        _url("customers_statuslabel_change", label.pk),
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

    log_in("organization admin").post(_url("customers_statuslabel_change", label.pk), data)

    assert _events() == []


def test_the_lines_of_a_field_are_recorded_with_it():
    field = make_field("size", options=["S", "M"])
    small, medium = field.options.order_by("pk")
    client = log_in("organization admin")

    client.post(
        _url("customers_fielddefinition_change", field.pk),
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
    assert _events() == [
        (
            "field_definition.changed",
            {"label": "", "field options": ["M", "S"]},
            {"label": "Size", "field options": ["L", "Small"]},
        )
    ]


def test_a_new_field_counts_at_once():
    from customers.queries.fields import get_field_rules

    client = log_in("organization admin")
    asked = {"org_id": client.user.org_id, "kind": "CUSTOM", "scope": "PROFILE"}
    assert get_field_rules(**asked) == {}

    client.post(
        _url("customers_fielddefinition_add"),
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

    assert list(get_field_rules(**asked)) == ["age"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"type": "TILL", "code": "t"}, "A till stands in a store"),
        ({"type": "STORE", "code": "s", "parent": "till"}, "cannot stand in"),
        ({"type": "ADMIN_USER", "code": "a"}, "Select a valid choice"),
    ],
)
def test_an_entity_stands_where_it_may(data, sentence):
    till = make_till()
    before = OrgEntity.objects.count()
    if "parent" in data:
        data = {**data, "parent": till.pk}

    answer = log_in().post(_url("tenancy_orgentity_add"), {"name": "x", **data})

    assert sentence in answer.content.decode()
    assert OrgEntity.objects.count() == before + 1  # the member of staff who asked


def test_a_rate_limit_may_go_after_a_question_and_is_recorded():
    client = log_in("organization admin")
    limit = RateLimit.objects.create(org=client.user.org, operation="*", calls_per_hour=10)
    url = _url("tenancy_ratelimit_delete", limit.pk)

    assert "Are you sure" in client.get(url).content.decode()
    client.post(url, {"post": "yes"})

    assert not RateLimit.objects.exists()
    assert _events() == [
        ("rate_limit.deleted", {"credential": None, "operation": "*", "calls_per_hour": 10}, None)
    ]


def test_configuration_is_never_deleted():
    label = make_status_label()

    assert log_in().get(_url("customers_statuslabel_delete", label.pk)).status_code == 403


# --- Credentials --------------------------------------------------------------------------


def _secret_on(answer):
    return re.search(r'<code id="secret">([^<]+)<', answer.content.decode())[1]


def test_a_new_credential_shows_its_secret_once_and_keeps_only_a_hash():
    till = make_till(code="till.9")

    answer = log_in("organization admin").post(
        _url("tenancy_credential_add"),
        {"entity": till.pk, "kind": "BASIC", "login": "till.9", "scopes": ["customers.read"]},
    )

    secret, credential = _secret_on(answer), Credential.objects.get()
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert (credential.entity, credential.scopes) == (till, ["customers.read"])
    assert secret not in credential.secret
    assert _events() == [
        (
            "credential.added",
            None,
            {"login": "till.9", "entity": "till.9", "scopes": ["customers.read"]},
        )
    ]


def test_a_log_in_with_a_colon_is_refused_beside_its_field():
    till = make_till()

    answer = log_in().post(
        _url("tenancy_credential_add"), {"entity": till.pk, "kind": "BASIC", "login": "a:b"}
    )

    assert "has no colon" in answer.content.decode()
    assert not Credential.objects.exists()


def test_a_new_secret_is_asked_for_first():
    credential = make_credential()
    client, url = log_in(), _url("tenancy_credential_new_secret", credential.pk)
    assert "stops working at once" in client.get(url).content.decode()
    assert Credential.objects.get().secret == credential.secret

    answer = client.post(url)

    assert len(_secret_on(answer)) == 24
    assert Credential.objects.get().generation == credential.generation + 1
    assert _events() == [("credential.secret_changed", None, None)]


def test_a_credential_is_switched_off_and_on():
    credential = make_credential()
    client, url = log_in(), _url("tenancy_credential_switch", credential.pk)

    client.post(url)
    assert not Credential.objects.get().is_active
    client.post(url)

    assert Credential.objects.get().is_active
    assert [kind for kind, _, _ in _events()] == [
        "credential.switched_off",
        "credential.switched_on",
    ]


# --- Staff --------------------------------------------------------------------------------


def test_a_new_member_of_staff_gets_an_entity_and_their_roles():
    client = log_in("organization admin")
    role = Group.objects.get(name="auditor")

    client.post(
        _url("tenancy_staffuser_add"),
        {
            "username": "mina",
            "first_name": "Mina",
            "last_name": "Rao",
            "usable_password": "true",
            "password1": "a-long-enough-1",
            "password2": "a-long-enough-1",
            "groups": [role.pk],
        },
    )

    mina = StaffUser.objects.get(username="mina")
    assert (mina.org, mina.is_staff, mina.is_superuser) == (client.user.org, True, False)
    assert (mina.entity.type, mina.entity.code) == ("ADMIN_USER", "mina")
    assert list(mina.groups.all()) == [role]
    assert "a-long-enough-1" not in str(_events())


def test_an_admin_of_the_organization_cannot_make_or_touch_a_superuser():
    root = make_staff(username="root", is_superuser=True)
    client = log_in("organization admin")
    me = client.user

    client.post(_url("tenancy_staffuser_change", me.pk), {"is_superuser": "on", "is_active": "on"})
    change = client.post(_url("tenancy_staffuser_change", root.pk), {"is_active": ""})
    password = client.get(_url("auth_user_password_change", root.pk))

    assert not StaffUser.objects.get(pk=me.pk).is_superuser
    assert (change.status_code, password.status_code) == (403, 403)
    assert StaffUser.objects.get(pk=root.pk).is_active


# --- Roles --------------------------------------------------------------------------------

ALL_LISTS = {
    "customers_customer",
    "customers_sourceaccount",
    "customers_fielddefinition",
    "customers_statuslabel",
    "tenancy_orgentity",
    "tenancy_credential",
    "tenancy_ratelimit",
    "tenancy_staffuser",
    "runs_run",
    "audit_event",
    "audit_seal",
}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("support agent", {"customers_customer"}),
        ("approver", {"customers_customer", "audit_event"}),
        ("import operator", {"customers_customer", "runs_run"}),
        ("organization admin", ALL_LISTS),
        ("auditor", ALL_LISTS),
    ],
)
def test_a_role_sees_its_desks_and_no_other(role, seen):
    client = log_in(role)

    answers = {name: client.get(_url(f"{name}_changelist")).status_code for name in ALL_LISTS}

    assert answers == {name: 200 if name in seen else 403 for name in ALL_LISTS}


def test_the_auditor_reads_everything_and_changes_nothing():
    client = log_in("auditor")
    rows = {
        "customers_sourceaccount": make_source_account(),
        "customers_statuslabel": make_status_label(),
        "tenancy_orgentity": make_store(),
        "tenancy_credential": make_credential(),
        "tenancy_staffuser": make_staff(),
        "tenancy_organization": client.user.org,
    }

    read = {n: client.get(_url(f"{n}_change", row.pk)).status_code for n, row in rows.items()}
    written = {n: client.post(_url(f"{n}_change", row.pk)).status_code for n, row in rows.items()}
    secret = client.post(_url("tenancy_credential_switch", rows["tenancy_credential"].pk))

    assert read == dict.fromkeys(rows, 200)
    assert written == dict.fromkeys(rows, 403)
    assert secret.status_code == 403
    assert _events() == []


# --- History and hostile addresses --------------------------------------------------------


def test_the_history_of_a_row_is_the_audits():
    label = make_status_label("Active", is_active=True)
    client = log_in("organization admin")
    data = {"label": "Good", "status": "ACTIVE", "is_active": "on"}
    client.post(_url("customers_statuslabel_change", label.pk), data)

    page = client.get(_url("customers_statuslabel_history", label.pk)).content.decode()

    assert "Status label changed" in page
    assert "<del>Active</del>" in page
    assert "<ins>Good</ins>" in page


@pytest.mark.parametrize("name", sorted(ALL_LISTS))
@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "kind=%00&actor=%00&subject=%00",
        "type__exact=%00",
        "after=x",
        "after=99999999999999999999",
        "before=-1",
        "p=-3",
        "o=99.x",
        "status=999&type=nobody&source=x",
        "registered_at_from=yesterday&happened_at_from=31.31.2026",
        "subject=customer+99999999999999999999",
        "e=1&_facets=True&all=",
    ],
)
def test_no_address_breaks_a_list(name, query):
    answer = log_in().get(f"{_url(name + '_changelist')}?{query}")

    assert answer.status_code in (200, 302, 400)


@pytest.mark.parametrize("key", ["0", "-1", "x", "%00", "99999999999999999999", "1/2"])
@pytest.mark.parametrize("name", sorted(ALL_LISTS))
def test_no_key_breaks_a_page(name, key):
    url = _url(f"{name}_change", "KEY").replace("KEY", key)

    assert log_in().get(url).status_code in (302, 404)


@pytest.mark.parametrize("query", ["s=%00", "s=a&page=x", "s=" + "a" * 3000, "extended=1&s=a"])
def test_no_text_breaks_the_palette(query):
    assert log_in().get(f"{_url('search')}?{query}").status_code == 200
