"""The customers' desk: the list, its search, filters and export, and one customer's page."""

import csv
import io
from datetime import timedelta
from itertools import pairwise

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from crm.audit.models import Event
from customers.models import Customer, MergeJournal, StatusChange, Subscription
from tests.builders import (
    NOON,
    make_customer,
    make_field,
    make_organization,
    make_profile,
    make_source_account,
    make_status_label,
    make_till,
    the_source_account,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"


def _page(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _listed(client, query=""):
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [customer.pk for customer in page.context["cl"].result_list]


# --- The list -----------------------------------------------------------------------------


def test_the_list_shows_who_they_are_newest_first():
    account = make_source_account("WECHAT", "22")
    first = make_customer(first_name="Asha", last_name="Rao")
    label = make_status_label("Suspended", "SUSPENDED")
    second = make_customer(
        identifiers=[("mobile", "919811223344"), ("email", "tom@example.com")],
        first_name="Tom",
        last_name="Sawyer",
        status_label=label,
    )
    make_profile(second, account)

    client = log_in("support agent")
    page = client.get(LIST).content.decode()

    assert _listed(client) == [second.pk, first.pk]
    for shown in ["Tom Sawyer", "919811223344", "tom@example.com", "INSTORE, WECHAT 22"]:
        assert shown in page
    assert "Suspended" in page
    assert "02 Mar 2026 17:30" in page  # noon in UTC, on the organization's clock


def test_the_list_takes_the_same_queries_for_one_page_and_for_many(django_assert_max_num_queries):
    client = log_in("support agent")
    for _ in range(51):
        make_customer()
    client.get(LIST)

    with django_assert_max_num_queries(12) as few:
        client.get(LIST)
    for _ in range(60):
        make_customer()
    with django_assert_max_num_queries(12) as many:
        assert len(_listed(client)) == 50

    assert len(many) == len(few)


@pytest.mark.parametrize("dated", ["", "registered_at_from=2020-01-01"])
def test_pages_follow_each_other_by_key_and_back(dated, monkeypatch):
    from customers.admin.customer import CustomerDesk

    monkeypatch.setattr(CustomerDesk, "list_per_page", 3)
    made = [make_customer(at=NOON + timedelta(hours=n // 2)).pk for n in range(8)]
    client = log_in()

    pages, query = [], f"?{dated}"
    while query:
        view = client.get(LIST + query).context["cl"]
        pages.append([customer.pk for customer in view.result_list])
        query = view.older_link
    back = client.get(LIST + view.newer_link).context["cl"]

    assert [pk for page in pages for pk in page] == made[::-1]
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [customer.pk for customer in back.result_list] == pages[1]
    assert all(earlier[-1] > later[0] for earlier, later in pairwise(pages))


def test_a_number_beyond_a_thousand_is_not_counted(monkeypatch):
    monkeypatch.setattr("crm.adminkit.key_paging.COUNTED", 2)
    for _ in range(4):
        make_customer()

    assert "more than 2" in log_in().get(LIST).content.decode()


def test_filters_are_kept_in_the_address_and_add_up():
    wechat = make_source_account("WECHAT", "22")
    label = make_status_label("Gold")
    in_wechat = make_customer(source_account=wechat, status_label=label)
    of_type = make_customer(loyalty_type="NON_LOYALTY", at=NOON - timedelta(days=40))
    plain = make_customer()
    client = log_in("support agent")

    assert _listed(client, f"source={wechat.pk}") == [in_wechat.pk]
    assert _listed(client, "type=NON_LOYALTY") == [of_type.pk]
    assert _listed(client, f"status={label.pk}") == [in_wechat.pk]
    assert _listed(client, "status=none") == [plain.pk, of_type.pk]
    assert _listed(client, "registered_at_from=2026-03-01") == [plain.pk, in_wechat.pk]
    assert _listed(client, "registered_at_to=2026-03-01") == [of_type.pk]
    assert _listed(client, f"source={wechat.pk}&type=NON_LOYALTY") == []


def test_days_are_the_organizations():
    # 20:00 in UTC is the next day in India.
    late = make_customer(at=NOON + timedelta(hours=8))
    client = log_in()

    assert _listed(client, "registered_at_to=2026-03-02") == []
    assert _listed(client, "registered_at_from=2026-03-03") == [late.pk]


def test_who_was_merged_into_another_is_listed_only_when_asked_for():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    client = log_in()

    assert _listed(client) == [survivor.pk]
    assert _listed(client, "merged=yes") == [victim.pk]


@pytest.mark.parametrize(
    "text", ["björn", "BJORN", "berg", "Bjorn B", "98112", "91981122", "b.berg@", "ex-77"]
)
def test_a_customer_is_found_by_the_beginning_of_whatever_they_are_called(text):
    found = make_customer(
        identifiers=[
            ("mobile", "919811223344"),
            ("email", "b.berg@example.com"),
            ("externalId", "EX-77"),
        ],
        first_name="Björn",
        last_name="Berg",
    )
    make_customer(identifiers=[("mobile", "918888888888")], first_name="Zoe", last_name="Zed")
    client = log_in("support agent")

    suggested = client.get(reverse("admin:customers_customer_suggest"), {"q": text}).json()

    assert _listed(client, f"q={text}") == [found.pk]
    assert suggested == {
        "customers": [
            {
                "id": found.pk,
                "name": "Björn Berg",
                "details": "919811223344 · b.berg@example.com · EX-77",
                "url": _page(found),
            }
        ]
    }


def test_suggestions_take_few_queries(django_assert_max_num_queries):
    for _ in range(20):
        make_customer()
    client = log_in("support agent")
    client.get(reverse("admin:customers_customer_suggest"), {"q": "asha"})

    with django_assert_max_num_queries(9):
        answer = client.get(reverse("admin:customers_customer_suggest"), {"q": "asha"})

    assert len(answer.json()["customers"]) == 8


def test_the_palette_finds_customers_registered_a_moment_ago():
    client = log_in("support agent")
    make_customer(first_name="Tom", last_name="One")
    url = reverse("admin:search")
    assert "Tom One" in client.get(url, {"s": "tom", "extended": 1}).content.decode()

    make_customer(first_name="Tom", last_name="Two")

    assert "Tom Two" in client.get(url, {"s": "tom", "extended": 1}).content.decode()


# --- The export ---------------------------------------------------------------------------


def _export(client, kind, query=""):
    return client.get(reverse("admin:customers_customer_export", args=[kind]) + f"?{query}")


def test_the_export_holds_what_is_listed_and_nothing_a_spreadsheet_would_run():
    make_customer(first_name="Left", last_name="Out")
    odd = make_customer(
        identifiers=[("mobile", "919811223344"), ("externalId", "@SUM(A1)")],
        first_name="=1+1",
        last_name="+Two",
    )
    client = log_in("import operator")

    answer = _export(client, "csv", "q=919811")

    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows == [
        [
            "id",
            "firstName",
            "lastName",
            "mobile",
            "email",
            "externalId",
            "sources",
            "loyaltyType",
            "statusLabel",
            "registeredOn",
        ],
        [
            str(odd.pk),
            "'=1+1",
            "'+Two",
            "919811223344",
            "",
            "'@SUM(A1)",
            "INSTORE",
            "LOYALTY",
            "",
            "2026-03-02T17:30:00+05:30",
        ],
    ]
    event = Event.objects.get()
    assert (event.kind, event.actor) == ("customers.exported", client.user.entity)
    assert event.after == {"format": "csv", "filters": {"q": "919811"}}


def test_the_export_is_a_workbook_too():
    customers = [make_customer(first_name=f"N{n}") for n in range(3)]

    answer = _export(log_in("import operator"), "xlsx")

    sheet = load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]
    ids = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert ids == [customer.pk for customer in customers[::-1]]


def test_the_export_reads_batch_by_batch(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("customers.imports.customer_export.ROWS_AT_ONCE", 2)
    customers = [make_customer().pk for _ in range(5)]

    rows = b"".join(_export(log_in(), "csv")).decode("utf-8-sig").splitlines()[1:]

    assert [int(row.split(",")[0]) for row in rows] == customers[::-1]


@pytest.mark.parametrize("role", ["support agent", "approver", "auditor"])
def test_only_those_with_the_right_may_export(role):
    client = log_in(role)

    assert _export(client, "csv").status_code == 403
    assert "/export/" not in client.get(LIST).content.decode()
    assert not Event.objects.exists()


# --- One customer -------------------------------------------------------------------------


def _somebody():
    till = make_till(name="Demo till")
    make_field("gender", label="Gender")
    wechat = make_source_account("WECHAT", "22")
    customer = make_customer(
        identifiers=[("mobile", "919811223344"), ("externalId", "ts1234")],
        first_name="Tom",
        last_name="Sawyer",
        extended_fields={"gender": "Male"},
        fields={"shoe": 44},
        registered_by=till,
    )
    make_profile(customer, wechat, identifiers=[("wechat", "open-id-1")], created_by=till)
    Subscription.objects.create(
        customer=customer,
        source_account=wechat,
        channel="EMAIL",
        priority="BULK",
        status="OPTOUT",
        changed_at=NOON,
    )
    return customer


def test_the_page_tells_the_whole_story():
    customer = _somebody()

    context = log_in("support agent").get(_page(customer)).context

    assert context["customer"]["name"] == "Tom Sawyer"
    assert context["identifiers"] == [
        ("Mobile", "919811223344", "In store"),
        ("External id", "ts1234", "In store"),
        ("WeChat", "open-id-1", "WeChat 22"),
    ]
    assert [(p["source_account"], p["fields"]) for p in context["profiles"]] == [
        ("In store", [("shoe", "44")]),
        ("WeChat 22", []),
    ]
    assert context["extended_fields"] == [("Gender", "Male")]
    assert [
        (row["channel"], [cell["text"] for cell in row["cells"]]) for row in context["consent"]
    ] == [("Email", ["Not set", "Opted out"]), ("SMS", ["Not set", "Not set"])]


def test_the_page_takes_a_constant_number_of_queries(django_assert_max_num_queries):
    customer = _somebody()
    client = log_in("support agent")
    client.get(_page(customer))
    with django_assert_max_num_queries(20) as few:
        client.get(_page(customer))
    for n in range(5):
        account = make_source_account("FACEBOOK", str(n))
        make_profile(customer, account, identifiers=[("fbId", f"fb{n}")])
        victim = make_customer(merged_into=customer)
        MergeJournal.objects.create(
            org=customer.org, survivor=customer, victim=victim, cause="REQUEST", merged_at=NOON
        )

    with django_assert_max_num_queries(20) as many:
        client.get(_page(customer))

    assert len(many) == len(few)


def test_names_are_written_as_text_not_as_markup():
    customer = make_customer(first_name="<script>alert(1)</script>", last_name='"><img src=x>')

    client = log_in()

    for url in (_page(customer), LIST):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_merged_customer_points_at_the_survivor_and_cannot_be_labelled():
    survivor, label = make_customer(), make_status_label("Active")
    victim = make_customer(merged_into=survivor)
    client = log_in("support agent")

    page = client.get(_page(victim))
    refused = client.post(
        reverse("admin:customers_customer_label", args=[victim.pk]),
        {"label": label.label, "reason": "because"},
        follow=True,
    )

    assert page.context["survivor"] == {"id": survivor.pk, "url": _page(survivor)}
    assert "label_form" not in page.context
    assert "merged into another one" in refused.content.decode()
    assert not StatusChange.objects.exists()


def test_the_label_changes_with_a_reason_and_the_page_says_so():
    customer = make_customer()
    make_status_label("Suspended", "SUSPENDED")
    client = log_in("support agent")

    answer = client.post(
        reverse("admin:customers_customer_label", args=[customer.pk]),
        {"label": "Suspended", "reason": "Card lost"},
        follow=True,
    )

    change = StatusChange.objects.get()
    assert (change.label.label, change.reason) == ("Suspended", "Card lost")
    assert change.created_by == client.user.entity
    page = answer.content.decode()
    assert "The status is now Suspended." in page
    assert "Card lost" in page
    assert "Status label changed" in page


@pytest.mark.parametrize(
    ("role", "data", "status"),
    [
        ("support agent", {"label": "Suspended", "reason": " "}, 302),
        ("support agent", {"label": "Nonsense", "reason": "x"}, 302),
        ("support agent", {"label": "Suspended", "reason": "a\0b"}, 302),
        ("auditor", {"label": "Suspended", "reason": "x"}, 403),
        ("import operator", {"label": "Suspended", "reason": "x"}, 403),
    ],
)
def test_a_label_is_not_changed_without_a_reason_or_the_right(role, data, status):
    customer = make_customer()
    make_status_label("Suspended", "SUSPENDED")

    answer = log_in(role).post(reverse("admin:customers_customer_label", args=[customer.pk]), data)

    assert answer.status_code == status
    assert Customer.objects.get(pk=customer.pk).status_label is None
    assert not StatusChange.objects.exists()


def test_the_page_of_another_organizations_customer_is_not_there():
    org = make_organization()
    theirs = make_customer(org, source_account=the_source_account(org=org))

    assert log_in().get(_page(theirs)).status_code == 404
