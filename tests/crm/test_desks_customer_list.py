"""The list of customers: its columns, pages, filters and search."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.urls import reverse

from tests.builders import (
    NOON,
    make_customer,
    make_profile,
    make_source_account,
    make_status_label,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"


def _get_page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _list_ids(client, query=""):
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [customer.pk for customer in page.context["cl"].result_list]


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

    assert _list_ids(client) == [second.pk, first.pk]
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
        assert len(_list_ids(client)) == 50

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
    monkeypatch.setattr("crm.adminkit.key_pagination.COUNT_LIMIT", 2)
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

    assert _list_ids(client, f"source={wechat.pk}") == [in_wechat.pk]
    assert _list_ids(client, "type=NON_LOYALTY") == [of_type.pk]
    assert _list_ids(client, f"status={label.pk}") == [in_wechat.pk]
    assert _list_ids(client, "status=none") == [plain.pk, of_type.pk]
    assert _list_ids(client, "registered_at_from=2026-03-01") == [plain.pk, in_wechat.pk]
    assert _list_ids(client, "registered_at_to=2026-03-01") == [of_type.pk]
    assert _list_ids(client, f"source={wechat.pk}&type=NON_LOYALTY") == []


def test_days_are_the_organizations():
    # 20:00 in UTC is the next day in India.
    late = make_customer(at=NOON + timedelta(hours=8))
    client = log_in()

    assert _list_ids(client, "registered_at_to=2026-03-02") == []
    assert _list_ids(client, "registered_at_from=2026-03-03") == [late.pk]


def test_who_was_merged_into_another_is_listed_only_when_asked_for():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    client = log_in()

    assert _list_ids(client) == [survivor.pk]
    assert _list_ids(client, "merged=yes") == [victim.pk]


@pytest.mark.parametrize(
    "text", ["björn", "BJORN", "berg", "Bjorn B", "98112", "91981122", "b.berg@", "ex-77"]
)
def test_a_customer_is_found_by_the_beginning_of_whatever_they_are_called(text):
    customer = make_customer(
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

    assert _list_ids(client, f"q={text}") == [customer.pk]
    assert suggested == {
        "customers": [
            {
                "id": customer.pk,
                "name": "Björn Berg",
                "details": "919811223344 · b.berg@example.com · EX-77",
                "url": _get_page_url(customer),
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
