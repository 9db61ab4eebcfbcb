"""Admin of staff, and the permissions of each role."""

import pytest
from django.contrib.auth.models import Group

from crm.tenancy.models import StaffUser
from tests.builders import (
    make_credential,
    make_source_account,
    make_staff,
    make_status_label,
    make_store,
)
from tests.crm.desk_pages import get_url, list_events
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def test_a_new_member_of_staff_gets_an_entity_and_their_roles():
    client = log_in("organization admin")
    role = Group.objects.get(name="auditor")

    client.post(
        get_url("tenancy_staffuser_add"),
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
    assert "a-long-enough-1" not in str(list_events())


def test_an_admin_of_the_organization_cannot_make_or_touch_a_superuser():
    root = make_staff(username="root", is_superuser=True)
    client = log_in("organization admin")
    admin = client.user

    client.post(
        get_url("tenancy_staffuser_change", admin.pk), {"is_superuser": "on", "is_active": "on"}
    )
    change = client.post(get_url("tenancy_staffuser_change", root.pk), {"is_active": ""})
    password = client.get(get_url("auth_user_password_change", root.pk))

    assert not StaffUser.objects.get(pk=admin.pk).is_superuser
    assert (change.status_code, password.status_code) == (403, 403)
    assert StaffUser.objects.get(pk=root.pk).is_active


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
    ("role", "visible"),
    [
        ("support agent", {"customers_customer"}),
        ("approver", {"customers_customer", "audit_event"}),
        ("import operator", {"customers_customer", "runs_run"}),
        ("organization admin", ALL_LISTS),
        ("auditor", ALL_LISTS),
    ],
)
def test_a_role_sees_its_desks_and_no_other(role, visible):
    client = log_in(role)

    answers = {name: client.get(get_url(f"{name}_changelist")).status_code for name in ALL_LISTS}

    assert answers == {name: 200 if name in visible else 403 for name in ALL_LISTS}


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

    get_statuses = {
        n: client.get(get_url(f"{n}_change", row.pk)).status_code for n, row in rows.items()
    }
    post_statuses = {
        n: client.post(get_url(f"{n}_change", row.pk)).status_code for n, row in rows.items()
    }
    secret = client.post(get_url("tenancy_credential_switch", rows["tenancy_credential"].pk))

    assert get_statuses == dict.fromkeys(rows, 200)
    assert post_statuses == dict.fromkeys(rows, 403)
    assert secret.status_code == 403
    assert list_events() == []
