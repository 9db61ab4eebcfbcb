"""Bulk decisions: the totals on the confirmation page, and the outcomes."""

import csv
import io
import uuid

import pytest
from django.urls import reverse

from crm.approvals.admin import bulk_decision, request_desk
from crm.approvals.domain import batches
from crm.approvals.models import Batch, BatchItem, Decision, Request
from crm.runs.models import Run
from tests.approval_builders import approve, make_person, make_request
from tests.builders import make_customer, make_enrollment, make_organization, make_program
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:approvals_request_changelist")
BULK = reverse("admin:approvals_request_bulk")
DECIDE = reverse("admin:approvals_request_decide_bulk")


@pytest.fixture
def approver():
    return log_in("approver")


def email_changes(count, *, maker=None, prefix="new"):
    maker = maker or make_person()
    return [
        make_request(make_customer(), "EMAIL", maker=maker, new_value=f"{prefix}{n}@example.com")
        for n in range(count)
    ]


def open_confirmation(client, requests=(), query="", **fields):
    data = {"ids": [item.pk for item in requests], "verdict": "approve", **fields}
    return client.post(f"{BULK}?{query}", data, follow=True)


def confirm(client, page, **fields):
    """Submit the confirmation form of the page."""
    data = {
        "once": page.context["form"]["once"].value(),
        "verdict": page.context["form"]["verdict"].value(),
        "ids": page.context["ids"],
        "reason": "",
        **fields,
    }
    return client.post(DECIDE, data, follow=True)


def list_messages(answer):
    return [str(message) for message in answer.context["messages"]]


def test_a_confirmation_shows_the_sums_and_decides_nothing(approver):
    customer = make_customer()
    program = make_program()
    make_enrollment(customer, program)
    goodwill = make_request(customer, "POINTS", points="250", program_id=program.pk)
    requests = [goodwill, *email_changes(2)]

    page = open_confirmation(approver, requests)

    assert page.context["title"] == "Approve 3 requests"
    assert page.context["sums"] == [
        ("Email address", "2", ""),
        ("Goodwill points", "1", "250 points"),
    ]
    assert not Decision.objects.exists()


def test_a_confirmed_list_is_approved_with_an_outcome_for_each(approver):
    requests = email_changes(3)
    make_customer(identifiers=[("email", "new1@example.com")])

    page = confirm(approver, open_confirmation(approver, requests))

    assert [r.status for r in Request.objects.order_by("pk")] == ["APPROVED", "FAILED", "APPROVED"]
    assert page.context["title"] == "Approval of 3 requests"
    assert [(words, count) for words, count, *_ in page.context["counts"]] == [
        ("All", "3"),
        ("Approved", "2"),
        ("Not done", "1"),
    ]
    [row] = approver.get(f"{page.request['PATH_INFO']}?outcome=failed").context["rows"]
    assert row["id"] == requests[1].pk
    assert row["explanation"].startswith("Customer ")


def test_rejecting_many_needs_one_reason_for_all(approver):
    requests = email_changes(2)
    page = open_confirmation(approver, requests, verdict="reject")

    refused = confirm(approver, page, reason=" ")
    still = Decision.objects.count()
    confirm(approver, refused, reason="Asked by nobody")

    assert refused.context["form"].errors == {"reason": ["Enter a reason."]}
    assert still == 0
    assert set(Decision.objects.values_list("verdict", "reason")) == {
        ("REJECTED", "Asked by nobody")
    }
    assert Decision.objects.count() == 2


def test_all_that_match_are_all_and_not_the_page(approver, monkeypatch):
    monkeypatch.setattr(request_desk.RequestDesk, "list_per_page", 2)
    monkeypatch.setattr("crm.approvals.admin.request_desk.COUNT_LIMIT", 2)
    email_changes(5)
    make_request(make_customer(identifiers=[("mobile", "919800000001")]))

    of_kind = open_confirmation(approver, query="kind=EMAIL", all="yes")
    by_search = open_confirmation(approver, query="q=new", all="yes")

    assert of_kind.context["title"] == "Approve 5 requests"
    assert by_search.context["title"] == "Approve 5 requests"


def test_beyond_the_most_the_page_says_how_many_are_taken(approver, monkeypatch):
    monkeypatch.setattr(bulk_decision, "MAX_BATCH_SIZE", 2)
    requests = email_changes(3)

    page = open_confirmation(approver, all="yes")

    assert page.context["most"] == "2"
    assert page.context["ids"] == ",".join(str(item.pk) for item in requests[:2])


def test_ones_own_and_decided_ones_are_left_out_and_counted(approver):
    [mine] = email_changes(1, maker=approver.user.entity)
    decided = make_request(make_customer(), "EMAIL", new_value="z@example.com")
    approve(decided)
    other = make_request(make_customer(), "EMAIL", new_value="y@example.com")

    page = open_confirmation(approver, [mine, decided, other])
    nothing = open_confirmation(approver, [mine])

    assert page.context["ids"] == str(other.pk)
    assert [words[:2] for words in page.context["left_out"]] == ["1 ", "1 "]
    assert "You cannot decide any of these requests." in list_messages(nothing)[0]


def test_what_was_sent_around_the_page_is_refused_item_by_item(approver):
    [mine] = email_changes(1, maker=approver.user.entity)
    theirs = make_request(make_customer(make_organization()), "EMAIL", new_value="t@example.com")
    other = make_request(make_customer(), "EMAIL", new_value="y@example.com")
    page = open_confirmation(approver, [other])

    confirm(approver, page, ids=f"{mine.pk},{theirs.pk},{other.pk}")

    assert {r.pk: r.status for r in Request.objects.all()} == {
        mine.pk: "PENDING",
        theirs.pk: "PENDING",
        other.pk: "APPROVED",
    }
    assert BatchItem.objects.get(request=mine).refusal == "approvals.own_request"
    assert not BatchItem.objects.filter(request=theirs).exists()


def test_sent_twice_it_is_done_once(approver):
    page = open_confirmation(approver, email_changes(2))

    first = confirm(approver, page)
    second = confirm(approver, page)

    assert first.redirect_chain == second.redirect_chain
    assert (Batch.objects.count(), Decision.objects.count()) == (1, 2)


def test_the_outcomes_are_a_file_too(approver):
    requests = email_changes(2)
    make_customer(identifiers=[("email", "new0@example.com")])
    page = confirm(approver, open_confirmation(approver, requests))

    answer = approver.get(page.context["csv_url"])

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["id"], row["outcome"]) for row in rows] == [
        (str(requests[0].pk), "Broke a rule"),
        (str(requests[1].pk), "Approved"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_large_one_is_done_by_a_worker_piece_by_piece(tasks_run_at_once, monkeypatch, db):
    from django.contrib.auth.models import Group, Permission

    group, _ = Group.objects.get_or_create(name="approver")
    group.permissions.set(Permission.objects.filter(content_type__app_label="approvals"))
    monkeypatch.setattr(batches, "MAX_INLINE_SIZE", 3)
    monkeypatch.setattr(batches, "CHUNK_SIZE", 2)
    client = log_in("approver")
    page = open_confirmation(client, email_changes(5))

    page = confirm(client, page)

    assert Run.objects.get().state == "DONE"
    assert Decision.objects.count() == 5
    assert page.context["is_running"] is False
    assert client.get(page.context["progress_url"]).json()["over"] is True


def test_what_was_interrupted_goes_on_where_it_stopped(approver, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK_SIZE", 2)
    page = open_confirmation(approver, email_changes(4))
    with monkeypatch.context() as broken:
        broken.setattr(bulk_decision, "decide_next_chunk", lambda **_: 0)
        stopped = confirm(approver, page)

    resumed = approver.post(stopped.context["go_on_url"], follow=True)

    assert stopped.context["can_go_on"] is True
    assert resumed.context["can_go_on"] is False
    assert Decision.objects.count() == 4


def test_only_whoever_confirmed_goes_on_and_only_who_decides_looks(approver):
    page = confirm(approver, open_confirmation(approver, email_changes(1)))
    here = page.request["PATH_INFO"]

    assert log_in("approver").post(f"{here}go-on/").status_code == 403
    assert log_in("approver").get(here).status_code == 200
    assert log_in("support agent").get(here).status_code == 403
    assert log_in(org=make_organization()).get(here).status_code == 404
    assert approver.get(f"{here}nothing/").status_code == 404


@pytest.mark.parametrize("role", ["support agent", "auditor"])
def test_who_may_only_look_cannot_decide_many(role):
    [request] = email_changes(1)
    client = log_in(role)

    assert open_confirmation(client, [request]).status_code == 403
    sent = {"once": uuid.uuid4(), "verdict": "approve", "ids": request.pk}
    assert client.post(DECIDE, sent).status_code == 403
    assert client.get(BULK).status_code == 403
    assert Request.objects.get().status == "PENDING"


@pytest.mark.parametrize(
    "sent",
    [
        {"ids": "1,x"},
        {"ids": ""},
        {"ids": "9" * 30},
        {"ids": "1", "verdict": "maybe"},
        {"verdict": "approve"},
    ],
)
def test_a_form_made_by_hand_is_refused(approver, sent):
    answer = approver.post(DECIDE, {"once": uuid.uuid4(), "verdict": "approve", **sent})

    assert answer.status_code == 400
    assert not Batch.objects.exists()


def test_nothing_ticked_is_said(approver):
    email_changes(1)

    assert list_messages(open_confirmation(approver)) == ["Select at least one request."]


def test_many_are_decided_in_as_few_statements_as_two(approver, django_assert_max_num_queries):
    few = open_confirmation(approver, email_changes(2))
    with django_assert_max_num_queries(80) as of_few:
        confirm(approver, few)
    many = open_confirmation(approver, email_changes(40, prefix="more"))
    with django_assert_max_num_queries(80) as of_many:
        confirm(approver, many)

    assert len(of_many) <= len(of_few) + 2
