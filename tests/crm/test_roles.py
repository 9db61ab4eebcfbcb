"""The roles of staff have the rights of one table, given after every migrate."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal

from crm.tenancy.operations.roles import sync_roles
from crm.tenancy.rules.roles import ROLES

pytestmark = pytest.mark.django_db


def _get_rights(role):
    rights = Group.objects.get(name=role).permissions
    return {
        f"{app}.{code}" for app, code in rights.values_list("content_type__app_label", "codename")
    }


def _sync():
    sync_roles(apps=apps, using="default")


def test_every_declared_right_exists():
    rows = Permission.objects.values_list("content_type__app_label", "codename")

    assert frozenset().union(*ROLES.values()) <= {f"{app}.{code}" for app, code in rows}


@pytest.mark.parametrize("role", ROLES)
def test_a_fresh_installation_has_exactly_the_table(role):
    assert _get_rights(role) == ROLES[role]


def test_an_auditor_only_reads():
    assert all(right.split(".")[1].startswith("view_") for right in ROLES["auditor"])


def test_migrating_gives_a_new_right():
    approver = Group.objects.get(name="approver")
    approver.permissions.remove(Permission.objects.get(codename="undo_merge"))

    call_command("migrate", verbosity=0)

    assert _get_rights("approver") == ROLES["approver"]


def test_a_right_given_by_hand_and_other_roles_stay():
    by_hand = Permission.objects.get(codename="delete_company")
    Group.objects.get(name="approver").permissions.add(by_hand)
    own_role = Group.objects.create(name="night shift")
    own_role.permissions.add(by_hand)

    _sync()

    assert _get_rights("approver") == ROLES["approver"] | {"customers.delete_company"}
    assert _get_rights("night shift") == {"customers.delete_company"}


def test_a_deleted_role_stays_deleted():
    Group.objects.filter(name="auditor").delete()

    _sync()

    assert not Group.objects.filter(name="auditor").exists()


def test_a_right_that_does_not_exist_yet_is_left_out():
    Permission.objects.filter(codename="undo_merge").delete()

    _sync()

    assert _get_rights("approver") == ROLES["approver"] - {"customers.undo_merge"}


def test_syncing_twice_costs_three_queries(django_assert_num_queries):
    with django_assert_num_queries(3):
        _sync()


def test_a_flush_which_names_no_apps_syncs_as_well():
    Group.objects.get(name="auditor").permissions.clear()

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

    assert _get_rights("auditor") == ROLES["auditor"]
