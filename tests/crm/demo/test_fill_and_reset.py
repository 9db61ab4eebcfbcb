"""Filling the demo, once and anew, and who may log in to it."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from crm.audit.models import Event
from crm.demo.fill import is_filled
from crm.demo.reset import reset_demo
from crm.demo.secrets import OAUTH_KEY, OAUTH_SECRET, STAFF_PASSWORD, TILL_PASSWORD, hash_secrets
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Credential, Organization, OrgEntity, Scope, StaffUser
from crm.tenancy.operations.log_in import log_in
from customers.models import Customer, Identifier, Profile, SourceAccount
from customers.queries.fields import list_extended_fields
from customers.queries.source_accounts import get_source_accounts
from customers.queries.status_labels import get_current_label
from tests.builders import make_customer
from tests.crm.demo.moment import NOW


def tables():
    """How many rows each table of ours has."""
    names = [name for name in connection.introspection.table_names() if name != "sqlite_sequence"]
    with connection.cursor() as cursor:
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            [counts[name]] = cursor.fetchone()
    return counts


def people():
    """Everybody, by id, with what they are known by; the same each time."""
    # Two organizations may know the same identifier, so the customer orders them.
    identifiers = Identifier.objects.order_by("type", "value", "customer_id")
    keys = identifiers.values_list("customer_id", "type", "value")
    names = Profile.objects.order_by("customer_id", "first_name").values_list(
        "customer_id", "source_account__source", "first_name", "last_name"
    )
    joined = Customer.objects.order_by("id").values_list(
        "id", "registered_at", "loyalty_type", "status_label__label", "merged_into"
    )
    return list(keys), sorted(names), list(joined)


def configuration():
    """The keys that a request reads when it begins, and writes with when it ends."""
    return (
        list(Organization.objects.order_by("pk").values_list("pk", "code")),
        list(OrgEntity.objects.order_by("pk").values_list("pk", "code")),
        list(Credential.objects.order_by("pk").values_list("pk", "login")),
        list(SourceAccount.objects.order_by("pk").values_list("pk", "source", "account_id")),
    )


# --- Filling ----------------------------------------------------------------------------


def test_filling_twice_changes_nothing():
    before = tables()

    call_command("fill_demo")

    assert tables() == before


def test_filling_twice_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        call_command("fill_demo")


def test_resetting_brings_the_same_people_back_and_nothing_else(demo, ask):
    before, rows, keys = people(), tables(), configuration()
    make_customer(demo, source_account=SourceAccount.objects.get(org=demo, source="INSTORE"))
    ask("put", "customers/329?source=WECHAT&accountId=22232", {"profiles": [{"firstName": "X"}]})

    unit_of_work(reset_demo)(hashed=hash_secrets(), now=NOW)

    assert people() == before
    assert tables() == rows
    assert configuration() == keys
    connection.check_constraints()


def test_resetting_gives_no_customer_the_number_of_one_who_is_gone(ask):
    body = {"profiles": [{"identifiers": [{"type": "mobile", "value": "919010000022"}]}]}
    first = ask("post", "customers?source=INSTORE", body)[1]["createdId"]

    unit_of_work(reset_demo)(hashed=hash_secrets(), now=NOW)

    status, answer = ask("post", "customers?source=INSTORE", body)
    assert status == 200
    assert answer["createdId"] > first


def test_resetting_keeps_the_log_append_only():
    unit_of_work(reset_demo)(hashed=hash_secrets(), now=NOW)

    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Event.objects.update(kind="forged")


@pytest.mark.parametrize("command", ["fill_demo", "reset_demo"])
def test_refuses_where_nobody_asked_for_a_demo(command, settings):
    settings.CRM_DEMO = False
    before = tables()

    with pytest.raises(CommandError, match="CRM_DEMO=1"):
        call_command(command)

    assert tables() == before


def test_refuses_to_fill_beside_other_organizations(demo):
    Organization.objects.filter(pk=demo.pk).update(code="acme")

    with pytest.raises(CommandError, match="empty"):
        call_command("fill_demo")

    assert not is_filled()


# --- Log-ins ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "login", "secret", "scopes"),
    [
        *(
            ("BASIC", login, TILL_PASSWORD, set(Scope.values))
            for login in ("demo.till", "rr.till", "bukl.till", "cm.1", "store.server", "other.till")
        ),
        ("BASIC", "read.till", TILL_PASSWORD, {"customers.read"}),
        ("OAUTH", OAUTH_KEY, OAUTH_SECRET, set(Scope.values)),
    ],
)
def test_lets_each_log_in_do_what_the_contract_says(kind, login, secret, scopes):
    credential = log_in(kind=kind, login=login, secret=secret, address="192.0.2.1")

    assert set(credential.scopes) == scopes


def test_has_no_other_log_in():
    assert Credential.objects.count() == 8


@pytest.mark.parametrize(
    ("username", "role"),
    [
        ("agent", "support agent"),
        ("approver", "approver"),
        ("approver2", "approver"),
        ("importer", "import operator"),
        ("auditor", "auditor"),
        ("admin", "organization admin"),
    ],
)
def test_gives_each_member_of_staff_a_role_and_an_entity_to_act_as(demo, username, role):
    user = StaffUser.objects.get(username=username)

    assert user.check_password(STAFF_PASSWORD)
    assert (user.org, user.is_staff, user.is_superuser) == (demo, True, False)
    assert list(user.groups.values_list("name", flat=True)) == [role]
    assert user.entity is not None
    assert (user.entity.org, user.entity.type, user.entity.code) == (demo, "ADMIN_USER", username)


# --- Configuration ----------------------------------------------------------------------


def test_has_the_stores_and_the_concept_of_the_documents(demo):
    concept = OrgEntity.objects.get(pk=200031782)

    assert (concept.org, concept.type, concept.code) == (demo, "CONCEPT", "demo.brand")
    assert set(OrgEntity.objects.filter(org=demo, type="STORE").values_list("code", flat=True)) > {
        "storecode",
        "store.code",
    }


def test_has_the_source_accounts_of_the_documents(demo):
    accounts = {(a.source, a.account_id) for a in get_source_accounts(org_id=demo.pk)}

    assert accounts == {
        *(("WECHAT", account) for account in ("22232", "1234", "123", "WECHAT-CM")),
        *(("WECHAT", account) for account in ("wechat-con1", "WeChat1234")),
        ("FACEBOOK", "fb-main"),
        ("MOBILE_APP", "400"),
        ("LINE", "line-main"),
        ("WEB_ENGAGE", "we-main"),
        *((source, "") for source in ("INSTORE", "MARTJACK", "TMALL", "TAOBAO", "JD")),
        *((source, "") for source in ("ECOMMERCE", "WEBSITE", "OTHERS")),
    }


def test_defines_fields_in_every_scope_that_integrators_are_told_of(demo):
    fields = list_extended_fields(org_id=demo.pk)

    assert {scope: bool(listed) for scope, listed in fields.items()} == {
        "CUSTOMER": True,
        "TRANSACTION": True,
        "LINE_ITEM": True,
        "CARD": True,
    }


def test_shows_active_where_no_label_was_ever_set(demo):
    label = get_current_label(org_id=demo.pk, customer_id=418)

    assert label is not None
    assert (label.label, label.status) == ("Active", "ACTIVE")
