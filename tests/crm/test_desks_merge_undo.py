"""Requesting an unmerge from the survivor's page."""

import pytest
from django.urls import reverse

from crm.approvals.errors import OwnRequest
from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.models import Customer, MergeJournal
from tests.approval_builders import approve, make_person
from tests.builders import make_customer, make_enrollment, make_organization, make_origin
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def make_merged_customers(org=None):
    """Two customers, of whom the second, with 70 points, was merged into the first."""
    survivor, victim = make_customer(org), make_customer(org)
    make_enrollment(victim, points=70)
    unit_of_work(merge_customers)(
        origin=make_origin(org), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )
    return survivor, victim


def get_page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def get_unmerge_url(survivor):
    merge = MergeJournal.objects.get(survivor=survivor)
    return reverse("admin:customers_customer_undo_merge", args=[survivor.pk, merge.pk])


@pytest.mark.parametrize("role", ["approver", "organization admin"])
def test_the_survivors_page_leads_to_a_preview_that_writes_nothing(role):
    survivor, victim = make_merged_customers()
    client = log_in(role)

    [entry] = client.get(get_page_url(survivor)).context["merges"]
    page = client.get(entry["undo_url"])

    assert entry["undo_url"] == get_unmerge_url(survivor)
    assert page.context["blockers"] == []
    assert ("Identifiers", 1) in page.context["counts"]
    assert [points for _, points in page.context["points"]] == ["70"]
    victim.refresh_from_db()
    assert victim.merged_into == survivor


def test_a_reason_files_a_request_and_somebody_else_undoes_the_merge():
    survivor, victim = make_merged_customers()
    client = log_in("approver")

    answer = client.post(get_unmerge_url(survivor), {"reason": "Mother and daughter"}, follow=True)

    request = Request.objects.get()
    assert "The unmerge was requested" in answer.content.decode()
    assert (request.kind, request.maker, request.status) == (
        "MERGE_UNDO",
        client.user.entity,
        "PENDING",
    )
    assert MergeJournal.objects.get().undone_at is None
    assert approve(request, client.user.entity).refusal == OwnRequest()

    other = make_person()
    assert approve(request, other).refusal is None

    merge = MergeJournal.objects.get()
    assert (merge.undone_by, merge.undo_reason) == (other, "Mother and daughter")
    page = client.get(get_page_url(survivor)).context
    assert page["history"][0].what.startswith("A merge was undone")
    assert page["merges"][0]["undo_url"] == ""
    theirs = client.get(get_page_url(victim)).context
    assert theirs["survivor"] is None
    assert theirs["history"][0].what == "The merge into another customer was undone"


def test_what_was_asked_for_is_not_asked_for_again():
    survivor, _ = make_merged_customers()
    log_in("approver").post(get_unmerge_url(survivor), {"reason": "A mistake"})
    client = log_in("organization admin")

    page = client.get(get_unmerge_url(survivor)).content.decode()
    again = client.post(get_unmerge_url(survivor), {"reason": "A mistake"}, follow=True)

    assert "waits for approval by another member of staff" in page
    assert "Request unmerge</button>" not in page
    assert "The same request is already pending" in again.content.decode()
    assert Request.objects.count() == 1


def test_without_a_reason_nothing_is_asked_for():
    survivor, _ = make_merged_customers()

    page = log_in("approver").post(get_unmerge_url(survivor), {"reason": " "})

    assert page.context["form"].errors
    assert not Request.objects.exists()


def test_what_is_in_the_way_is_shown_and_refused_when_sent_all_the_same():
    survivor, victim = make_merged_customers()
    url, later = get_unmerge_url(survivor), make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=later.pk, cause="REQUEST"
    )
    client = log_in("approver")

    page = client.get(url)
    answer = client.post(url, {"reason": "All the same"}, follow=True)

    assert len(page.context["blockers"]) == 1
    assert "Request unmerge</button>" not in page.content.decode()
    assert "Unmerge those first" in answer.content.decode()
    assert Customer.objects.get(pk=victim.pk).merged_into == survivor
    assert not Request.objects.exists()


def test_a_merge_that_was_undone_says_so():
    survivor, _ = make_merged_customers()
    client = log_in("approver")
    client.post(get_unmerge_url(survivor), {"reason": "A mistake"})
    approve(Request.objects.get())

    again = client.post(get_unmerge_url(survivor), {"reason": "A mistake"}, follow=True)

    assert "already undone" in client.get(get_unmerge_url(survivor)).content.decode()
    assert "The merge was undone before." in again.content.decode()


@pytest.mark.parametrize("role", ["support agent", "import operator", "auditor"])
def test_others_see_the_merge_but_may_not_ask_for_its_undo(role):
    survivor, victim = make_merged_customers()
    client = log_in(role)

    [entry] = client.get(get_page_url(survivor)).context["merges"]

    assert (entry["other"]["id"], entry["undo_url"]) == (victim.pk, "")
    assert client.get(get_unmerge_url(survivor)).status_code == 403
    assert client.post(get_unmerge_url(survivor), {"reason": "x"}).status_code == 403


def test_a_merge_is_found_at_its_survivor_of_ones_own_organization_only():
    survivor, victim = make_merged_customers()
    theirs, _ = make_merged_customers(make_organization())
    merge = MergeJournal.objects.get(survivor=survivor)
    client = log_in()

    assert client.get(get_unmerge_url(theirs)).status_code == 404
    wrong = reverse("admin:customers_customer_undo_merge", args=[victim.pk, merge.pk])
    assert client.get(wrong).status_code == 404
