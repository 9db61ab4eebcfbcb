"""The demo: the requests of the documents work with it as they are, and it can be filled anew."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from crm.audit.models import Event
from crm.demo.filling import fill, fill_anew, is_filled
from crm.demo.secrets import OAUTH_KEY, OAUTH_SECRET, STAFF_PASSWORD, TILL_PASSWORD, hash_secrets
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Credential, Organization, OrgEntity, Scope, StaffUser
from crm.tenancy.operations.logging_in import log_in
from customers.models import Customer, Identifier, Profile, SearchKey, SourceAccount
from customers.queries.fields import list_extended_fields
from customers.queries.search import find_customers
from customers.queries.source_accounts import get_source_accounts
from customers.queries.statuses import current_label
from tests.builders import make_customer
from tests.crm.callers import basic

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _filled(django_db_setup, django_db_blocker):
    """Fill once for all tests here; each works in a savepoint above it."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        # Like the wrapper of a test case: no unit of work, so one may be opened inside.
        around._from_testcase = True
        around.__enter__()
        try:
            unit_of_work(fill)(hashed=hash_secrets(), now=NOW)
            yield
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _within_the_database(db):
    pass


@pytest.fixture
def demo():
    return Organization.objects.get(code="demo")


@pytest.fixture
def ask(client):
    def ask(method, path, body=None, login="demo.till", **headers):
        said = {} if body is None else {"content_type": "application/json"}
        answer = getattr(client, method)(
            f"/v2/{path}",
            *([] if body is None else [orjson.dumps(body)]),
            **said,
            **basic(login, TILL_PASSWORD),
            **headers,
        )
        return answer.status_code, orjson.loads(answer.content)

    return ask


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
    keys = Identifier.objects.order_by("type", "value").values_list("customer_id", "type", "value")
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


def test_filling_anew_brings_the_same_people_back_and_nothing_else(demo, ask):
    before, rows, keys = people(), tables(), configuration()
    make_customer(demo, source_account=SourceAccount.objects.get(org=demo, source="INSTORE"))
    ask("put", "customers/329?source=WECHAT&accountId=22232", {"profiles": [{"firstName": "X"}]})

    unit_of_work(fill_anew)(hashed=hash_secrets(), now=NOW)

    assert people() == before
    assert tables() == rows
    assert configuration() == keys
    connection.check_constraints()


def test_filling_anew_gives_no_customer_the_number_of_one_who_is_gone(ask):
    body = {"profiles": [{"identifiers": [{"type": "mobile", "value": "919010000022"}]}]}
    first = ask("post", "customers?source=INSTORE", body)[1]["createdId"]

    unit_of_work(fill_anew)(hashed=hash_secrets(), now=NOW)

    status, answer = ask("post", "customers?source=INSTORE", body)
    assert status == 200
    assert answer["createdId"] > first


def test_resetting_keeps_the_log_append_only():
    unit_of_work(fill_anew)(hashed=hash_secrets(), now=NOW)

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
    label = current_label(org_id=demo.pk, customer_id=418)

    assert label is not None
    assert (label.label, label.status) == ("Active", "ACTIVE")


# --- The documents' requests ------------------------------------------------------------


def profile(*identifiers, **more):
    return {
        "firstName": "Tom",
        "lastName": "Sawyer",
        "identifiers": [{"type": kind, "value": value} for kind, value in identifiers],
        **more,
    }


def test_registers_the_newest_documents_customer(ask):
    status, answer = ask(
        "post",
        "customers",
        {
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "associatedWith": "bukl.till",
            "profiles": [
                profile(
                    ("mobile", "919010000022"),
                    ("cuid", "cuid_91901000002"),
                    ("unionId", "unionId_91901000002"),
                    commChannels=[
                        {
                            "type": "mobilePush",
                            "meta": {"lastViewedDate": "2019-10-10T22:04:38+05:30"},
                            "verified": "true",
                            "primary": "true",
                            "value": "abc123456",
                        },
                        {"type": "mobile", "value": "91901000001", "primary": True},
                    ],
                    source="MOBILE_APP",
                    accountId="400",
                    fields={"employee": "true", "dateofbirth": "22-10-2000"},
                )
            ],
            "extendedFields": {"gender": "Male", "city": "Bangalore"},
        },
    )

    assert (status, answer["warnings"]) == (200, [])
    assert answer["createdId"] > 500_002_000


@pytest.mark.parametrize("loyalty_type", ["loyalty", "non_loyalty"])
def test_registers_the_older_documents_customer(ask, loyalty_type):
    status, answer = ask(
        "post",
        "customers?source=WECHAT&accountId=22232",
        {
            "profiles": [
                profile(
                    ("email", "tom.sayer@example.com"),
                    fields={"Favorite Color": "Green", "Favorite Sport": "Cricket"},
                    commChannels=[
                        {"type": "wechat", "value": "ojOPTwFOX-aBmdRlE9MHptPjt2w19"},
                    ],
                )
            ],
            "loyaltyInfo": {
                "loyaltyType": loyalty_type,
                "attributionV2": {"createDate": "2016-06-23T19:11:18+08:00"},
            },
            "extendedFields": {"gender": "Male", "city": "Bangalore"},
        },
    )

    assert (status, answer["warnings"]) == (200, [])


@pytest.mark.parametrize(
    ("path", "body_account"),
    [
        ("customers/329?source=WECHAT&accountId=22232", "1234"),
        (
            "customers/lookup?source=INSTORE&identifierName=mobile&identifierValue=919999000001",
            "WeChat1234",
        ),
    ],
)
def test_updates_names_fields_and_channels(ask, path, body_account):
    status, answer = ask(
        "put",
        path,
        {
            "profiles": [
                profile(
                    ("email", "tom.sawyer@example.com"),
                    ("wechat", "wc_2"),
                    fields={"gender": "Male", "city": "Bangalore"},
                    commChannels=[
                        {
                            "type": "wechat",
                            "value": "wc_2",
                            "primary": "true",
                            "verified": "true",
                            "meta": {"residence": True},
                        }
                    ],
                    source="WECHAT",
                    accountId=body_account,
                )
            ],
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "extendedFields": {"gender": "MALE", "city": "Bangalore"},
        },
    )

    assert status == 200
    assert {warning["code"] for warning in answer["warnings"]} == {91006}


def test_changes_the_identifiers_of_418(ask):
    status, answer = ask(
        "post",
        "customers/418/changeIdentifier?source=WECHAT&accountId=22232",
        {
            "add": [{"type": "wechat", "value": "ray11"}],
            "remove": [{"type": "email", "value": "tom.sawyer@example.com"}],
        },
    )

    assert (status, answer["createdId"], answer["warnings"]) == (200, 418, [])


@pytest.mark.parametrize(
    ("query", "customer_id"),
    [
        ("source=INSTORE&identifierName=mobile&identifierValue=919111111111", 306),
        ("identifierName=mobile&identifierValue=919111111111", 306),
        ("source=ALL&identifierName=mobile&identifierValue=44700900000", 418),
        ("source=INSTORE&identifierName=email&identifierValue=tom.sawyer@example.com", 418),
        ("source=INSTORE&identifierName=externalId&identifierValue=ts1234", 418),
        ("source=INSTORE&identifierName=mobile&identifierValue=447700900000", 29372667),
        ("source=INSTORE&identifierName=externalId&identifierValue=888555888555898855", 481220846),
        (
            "source=WECHAT&accountId=WeChat1234&identifierName=mobile&identifierValue=919999000001",
            481220846,
        ),
        (
            "source=WECHAT&accountId=WECHAT-CM&identifierName=mobile&identifierValue=917169721931",
            409967643,
        ),
        ("source=INSTORE&identifierName=mobile&identifierValue=44700900990", 430000001),
        ("source=INSTORE&identifierName=mobile&identifierValue=44700900999", 430000002),
        ("source=INSTORE&identifierName=mobile&identifierValue=19889999999", 430000003),
        ("source=INSTORE&identifierName=mobile&identifierValue=919740798372", 430000004),
        ("source=INSTORE&identifierName=mobile&identifierValue=918867710031", 420007388),
    ],
)
def test_finds_the_documents_people_by_their_identifiers(ask, query, customer_id):
    assert ask("get", f"customers/lookup?{query}") == (
        200,
        {"entity": customer_id, "warnings": []},
    )


@pytest.mark.parametrize(
    "customer_id",
    [
        *(9113108, 130238908, 161670039, 343014824, 343015431, 343015432, 343040815),
        *(368881003, 379061018, 401031250, 420007388),
    ],
)
def test_knows_the_documents_people_by_their_ids(ask, customer_id):
    status, answer = ask("get", f"customers/{customer_id}?source=INSTORE")

    assert (status, answer["id"], len(answer["profiles"])) == (200, customer_id, 1)


def test_shows_17742_as_the_documents_do(ask):
    _, answer = ask("get", "customers/17742?source=WECHAT&accountId=22232&embed=subscriptions")

    [shown] = answer["profiles"]
    assert (shown["firstName"], shown["lastName"], shown["accountId"]) == ("Tom", "Sawyer", "22232")
    assert shown["fields"].items() >= {"Gender": "Male", "Favorite Color": "Green"}.items()
    assert {identifier["type"] for identifier in shown["identifiers"]} == {"line", "email"}
    assert {identifier["type"] for identifier in shown["identifiersAll"]} >= {"mobile", "email"}
    assert [
        (channel["type"], channel["verified"], channel["meta"], channel["attributes"])
        for channel in shown["commChannels"]
    ] == [
        ("wechat", True, {"residence": False, "office": False}, {}),
        ("email", False, {"residence": False, "office": False}, {}),
    ]
    assert shown["attribution"]["createdBy"]["code"] == "rr.till"
    assert shown["attribution"]["createDate"] == "2016-06-23T16:41:18+05:30"
    assert shown["attribution"]["modifiedDate"] == "2016-08-12T16:20:23+05:30"
    assert answer["loyaltyInfo"]["loyaltyType"] == "non_loyalty"
    assert answer["extendedFields"].items() >= {"city": "Bangalore", "gender": "Male"}.items()
    assert {row["type"] for row in answer["subscriptionInfo"]["subscriptions"]} == {"OPTIN"}


def test_shows_919999000001_as_the_documents_do(ask):
    _, answer = ask(
        "get",
        "customers/lookup/customerDetails?source=WECHAT&accountId=22232"
        "&identifierName=mobile&identifierValue=919999000001&embed=mlp",
    )

    [shown] = answer["profiles"]
    assert shown["fields"].keys() >= {"ihcl_active", "tcp_active", "tierup_airasia"}
    assert {identifier["type"] for identifier in shown["identifiers"]} == {
        "externalId",
        "line",
        "mobile",
    }
    assert answer["associatedWith"] == "sit.admin"
    assert answer["extendedFields"].keys() >= {"city", "gender"}
    assert answer["fraudDetails"]["status"] == "NOT_FRAUD"


def test_shows_343014824_as_the_documents_do(ask):
    _, answer = ask("get", "customers/343014824?source=INSTORE")

    [shown] = answer["profiles"]
    assert {(one["type"], one["value"]) for one in shown["identifiers"]} == {
        ("email", "jimc@example.com"),
        ("externalId", "0RE100003436"),
        ("mobile", "919750000000"),
    }
    assert shown["fields"].keys() >= {"age_group", "birthday"}
    assert shown["attribution"]["modifiedBy"]["code"] == "krishna.till01"
    assert answer["associatedWith"] == "admin.till01"
    assert answer["extendedFields"].keys() >= {"dob", "gender"}


def test_reads_the_fields_of_17742_in_another_language(ask):
    _, answer = ask("get", "customers/17742?source=ALL", HTTP_LANGUAGE="zh")

    assert (answer["extendedFields"]["gender"], answer["extendedFields"]["city"]) == (
        "男",
        "班加罗尔",
    )


def test_finds_toms(ask):
    _, answer = ask("get", "customers/search?limit=10&offset=0&q=tom")

    assert {found["userId"] for found in answer["data"]} >= {329, 418, 17742}


@pytest.mark.parametrize("names_unit", [True, False])
def test_changes_the_subscriptions_of_17742(ask, names_unit):
    unit = {"orgUnitId": 200031782} if names_unit else {}
    status, answer = ask(
        "post",
        "customers/17742/subscriptions",
        {
            "communicationId": -1,
            "campaignId": -1,
            "reason": "Example reason",
            "scope": {"scope": "USER", "subScope": "NONE"},
            "subscriptions": [
                {"channel": "EMAIL", "accountId": "", "priority": "BULK", "type": "OPTOUT", **unit},
                {"channel": "MOBILE", "accountId": "123", "priority": "TRANS", "type": "OPTIN"}
                | unit,
            ],
        },
    )

    assert (status, answer["warnings"]) == (200, [])


def test_labels_919999000001(ask):
    status, answer = ask(
        "put",
        "customers/lookup/status?source=INSTORE&identifierName=mobile&identifierValue=919999000001",
        {"reason": "testing2", "createdOn": "2021-09-16T12:10:45Z", "label": "Active"},
    )

    assert (status, answer["warnings"]) == (200, [])


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("customers/481220846/statusLog", 2),
        ("customers/17742/subscriptionStatusChangeLog", 4),
        ("customers/29372667/subscriptionStatusChangeLog", 5),
    ],
)
def test_has_something_in_the_logs(ask, path, least):
    status, answer = ask("get", path)

    assert status == 200
    assert len(answer["data"]) >= least


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mobile", "919010000022"),
        ("cuid", "cuid_91901000002"),
        ("unionId", "unionId_91901000002"),
        ("email", "tom.sayer@example.com"),
        ("mobile", "44700900090"),
        ("mobile", "917979000000"),
        ("cuid", "cuid_917979000000"),
        ("unionId", "unionId_917979000000"),
        ("mobile", "917875000000"),
        ("wechat", "ray11"),
        ("email", "rita.john@example.com"),
        ("externalId", "XYPZ001"),
        ("externalId", "XYPZ006"),
        ("mobile", "918867710032"),
    ],
)
def test_leaves_free_what_the_documents_register_anew(kind, value):
    assert not Identifier.objects.filter(type=kind, value=value).exists()


# --- The second organization ------------------------------------------------------------


def test_shows_the_other_organization_its_own_namesake_only(ask):
    path = "customers/lookup?source=INSTORE&identifierName=mobile&identifierValue=44700900000"

    assert ask("get", path, login="other.till") == (200, {"entity": 480000001, "warnings": []})
    assert ask("get", "customers/418", login="other.till")[0] == 404


# --- The crowd --------------------------------------------------------------------------


def test_has_two_thousand_more_above_500000000(demo):
    crowd = Customer.objects.filter(pk__gt=500_000_000)

    assert crowd.count() == 2_000
    assert set(crowd.values_list("org", flat=True)) == {demo.pk}


def test_lets_them_join_over_the_last_two_years(demo):
    joined = Customer.objects.filter(pk__gt=500_000_000).values_list("registered_at", flat=True)

    by_month = Counter((moment.year, moment.month) for moment in joined)
    assert max(joined) <= NOW
    assert min(joined) >= NOW - timedelta(days=745)
    assert len(by_month) >= 24
    assert sum(moment > NOW - timedelta(days=30) for moment in joined) > 60


def test_has_people_of_every_kind(demo):
    crowd = Customer.objects.filter(pk__gt=500_000_000)
    sources = Profile.objects.filter(customer__in=crowd).values_list(
        "customer_id", "source_account__source"
    )

    assert {source for _, source in sources} == {
        account.source for account in get_source_accounts(org_id=demo.pk)
    }
    assert sum(count > 1 for count in Counter(key for key, _ in sources).values()) > 200
    assert crowd.filter(merged_into__isnull=False).count() == 12
    assert crowd.filter(loyalty_type="NON_LOYALTY").count() > 200
    assert crowd.filter(subscriptions__status="OPTOUT").distinct().count() > 100
    assert set(crowd.values_list("status_label__label", flat=True)) == {
        None,
        "Active",
        "Suspended",
        "Deleted",
    }


def test_finds_people_with_accents_by_their_names_without(demo):
    found = find_customers(org_id=demo.pk, text="zoe", limit=10, offset=0)

    assert found.total > 0


def test_answers_gone_for_somebody_who_was_merged(ask):
    victim = Customer.objects.filter(merged_into__isnull=False).earliest("pk")

    status, answer = ask("get", f"customers/{victim.pk}")

    assert status == 410
    assert answer["errors"][0]["code"] == 8069


def test_is_whole_in_search_and_in_the_log():
    everybody = set(Customer.objects.filter(merged_into=None).values_list("pk", flat=True))

    assert set(SearchKey.objects.values_list("customer_id", flat=True)) == everybody
    assert Event.objects.filter(kind="customer.registered").count() == Customer.objects.count()
