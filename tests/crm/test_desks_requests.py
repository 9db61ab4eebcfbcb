"""The request queue: its rows, order, search and filters."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm.approvals.models import Request
from tests.approval_builders import approve, make_person, make_request, reject
from tests.builders import NOON, make_customer, make_store, make_till
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:approvals_request_changelist")


def list_ids(client, query=""):
    page = client.get(f"{QUEUE}?{query}")
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


def mobile_change(new, *, maker=None, old="", at=NOON, **attributes):
    """File a request to change a mobile number, or an email address without ``old``."""
    customer = make_customer(identifiers=[("mobile", old)] if old else [], **attributes)
    kind = {} if old else {"kind": "EMAIL"}
    value = new if old else f"{new}@example.com"
    return make_request(customer, maker=maker, old_value=old, new_value=value, at=at, **kind)


def test_what_is_open_is_listed_oldest_first_and_what_is_decided_is_not():
    second = mobile_change("b", at=NOON + timedelta(hours=1))
    first = mobile_change("a")
    approve(mobile_change("c"))
    reject(mobile_change("d"))
    client = log_in("approver")

    assert list_ids(client) == [first.pk, second.pk]
    assert list_ids(client, "sort=newest") == [second.pk, first.pk]


def test_a_request_that_failed_waits_on_and_says_why():
    tom = make_customer(identifiers=[("mobile", "919800000001")])
    request = make_request(tom, old_value="919800000001", new_value="919800000002")
    owner = make_customer(identifiers=[("mobile", "919800000002")])
    approve(request)

    page = log_in("approver").get(QUEUE).content.decode()

    assert Request.objects.get().status == "FAILED"
    assert f"Customer {owner.pk} now has this value." in page


def test_a_row_says_who_asked_for_what_for_whom_and_since_when():
    store = make_store(name="Indiranagar")
    maker = make_till(parent=store, name="Till 4")
    mobile_change("919800000002", old="919800000001", maker=maker, first_name="Asha")

    page = log_in("approver").get(QUEUE)

    [line] = page.context["lines"]
    assert (line["before"], line["after"]) == ("919800000001", "919800000002")
    assert (line["customer"], line["maker"], line["store"]) == (
        "Asha Rao",
        "Till 4",
        "Indiranagar",
    )
    assert line["age"].endswith("days")


def test_filters_are_kept_in_the_address_and_add_up():
    store = make_store()
    by_till = mobile_change(
        "919800000002", old="919800000001", maker=make_till(parent=store, code="till-7")
    )
    by_person = mobile_change("b", maker=make_person(code="agent-9"))
    decided = mobile_change("c")
    reject(decided)
    fresh = mobile_change("d", at=NOON + timedelta(days=30_000))
    client = log_in("approver")

    assert list_ids(client, "kind=MOBILE") == [by_till.pk]
    assert list_ids(client, "kind=EMAIL") == [by_person.pk, fresh.pk]
    assert list_ids(client, "status=REJECTED") == [decided.pk]
    assert list_ids(client, "status=all&kind=EMAIL") == [by_person.pk, decided.pk, fresh.pk]
    assert list_ids(client, f"store={store.pk}") == [by_till.pk]
    assert list_ids(client, "maker=till-7") == [by_till.pk]
    assert list_ids(client, "maker=agent-9&kind=MOBILE") == []
    assert list_ids(client, "value=91980000000") == [by_till.pk]
    assert list_ids(client, "age=1h") == [by_till.pk, by_person.pk]


@pytest.mark.parametrize(
    "query", ["kind=NONE", "status=x", "store=x", "age=x", "selected=x", "selected=9999999999"]
)
def test_what_no_filter_offers_is_no_filter(query):
    request = mobile_change("a")

    assert list_ids(log_in("approver"), query) == [request.pk]


@pytest.mark.parametrize("points", ["x", "NaN", "1e999999", "-Infinity"])
def test_points_that_nobody_can_read_match_nothing(points):
    mobile_change("a")

    assert list_ids(log_in("approver"), f"points={points}") == []


@pytest.mark.parametrize(
    "text", ["Asha", "ASHA R", "919800000001", "98000", "+91 98000 00002", "9198000000"]
)
def test_search_finds_a_request_by_its_customer_or_its_values(text):
    request = mobile_change("919800000002", old="919800000001", first_name="Asha")
    mobile_change("b", first_name="Zoe")

    assert list_ids(log_in("approver"), f"q={text.replace('+', '%2B')}") == [request.pk]


@pytest.mark.parametrize("text", ["006591111111", "+65 9111 1111", "+6591111"])
def test_search_finds_a_foreign_number_that_looks_like_one_of_the_country(text):
    request = mobile_change("006591111111", first_name="Asha")

    assert list_ids(log_in("approver"), f"q={text.replace('+', '%2B')}") == [request.pk]


def test_search_finds_a_request_by_its_number_and_its_customers():
    request = mobile_change("a")
    mobile_change("b")
    client = log_in("approver")

    assert request.pk in list_ids(client, f"q={request.pk}")
    assert request.pk in list_ids(client, f"q={request.customer_id}")


def test_badges_count_by_kind_and_by_status():
    mobile_change("919800000002", old="919800000001")
    mobile_change("b")
    mobile_change("c")
    reject(mobile_change("d"))
    client = log_in("approver")

    page = client.get(QUEUE).context
    of_email = client.get(f"{QUEUE}?kind=EMAIL").context

    assert {b["words"]: b["count"] for b in page["kinds"]} == {
        "All kinds": "",
        "Mobile number": "1",
        "Email address": "2",
    }
    assert [(b["words"], b["count"]) for b in page["statuses"]] == [
        ("Open", "3"),
        ("Pending", "3"),
        ("Failed", "0"),
        ("Approved", "0"),
        ("Rejected", "1"),
    ]
    assert of_email["statuses"][0]["count"] == "2"


def test_a_badge_counts_no_further_than_anybody_reads(monkeypatch):
    monkeypatch.setattr("crm.approvals.queries.request_counts.COUNT_LIMIT", 2)
    monkeypatch.setattr("crm.approvals.admin.queue_tabs.COUNT_LIMIT", 2)
    for number in range(4):
        mobile_change(f"a{number}")

    [_, emails] = log_in("approver").get(QUEUE).context["kinds"]

    assert emails["count"] == "2+"


def test_pages_follow_each_other_by_key_and_back(monkeypatch):
    from crm.approvals.admin.request_desk import RequestDesk

    monkeypatch.setattr(RequestDesk, "list_per_page", 2)
    made = [mobile_change(f"a{n}", at=NOON + timedelta(hours=n // 2)).pk for n in range(5)]
    client = log_in("approver")

    pages, query = [], ""
    while query is not None:
        view = client.get(QUEUE + query).context["cl"]
        pages.append([row.pk for row in view.result_list])
        query = view.older_link
    back = client.get(QUEUE + view.newer_link).context["cl"]

    assert [pk for page in pages for pk in page] == made
    assert [row.pk for row in back.result_list] == pages[1]


def test_the_list_takes_the_same_queries_for_one_row_and_for_many(django_assert_max_num_queries):
    client = log_in("approver")
    mobile_change("a")
    client.get(QUEUE)

    with django_assert_max_num_queries(16) as few:
        client.get(QUEUE)
    for number in range(30):
        mobile_change(f"b{number}")
    with django_assert_max_num_queries(16) as many:
        assert len(list_ids(client)) == 31

    assert len(many) == len(few)


def test_the_menu_tells_how_many_wait_for_whoever_could_decide_them():
    client = log_in("approver")
    mobile_change("a")
    mobile_change("b", maker=client.user.entity)
    mobile_change("c", maker=make_till(owner=client.user.entity))

    page = client.get(reverse("admin:index")).content.decode()
    agents = log_in("support agent").get(reverse("admin:index")).content.decode()

    assert ">1</span>" in page.split("Requests</span>")[1][:300]
    assert "console-count" not in agents


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_who_may_look_may_not_always_decide(role):
    request = mobile_change("a")

    page = log_in(role).get(f"{QUEUE}?selected={request.pk}")

    assert page.status_code == 200
    assert "data-approve" not in page.content.decode()


def test_whoever_has_no_role_sees_no_queue():
    client = log_in("approver")
    client.user.groups.clear()

    assert client.get(QUEUE).status_code == 403


def test_a_maker_sees_their_own_with_what_became_of_them():
    client = log_in("support agent")
    mine = mobile_change("a", maker=client.user.entity)
    tills = mobile_change("b", maker=make_till(owner=client.user.entity))
    mobile_change("c")
    reject(mine, make_person(name="Priya"), reason="The number is a stranger's")

    page = client.get(f"{QUEUE}?maker=me&status=all&sort=newest")

    assert [row.pk for row in page.context["cl"].result_list] == [tills.pk, mine.pk]
    assert page.context["lines"][1]["why"] == "By Priya: The number is a stranger's"
