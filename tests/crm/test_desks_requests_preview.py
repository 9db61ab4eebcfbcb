"""The preview of a request, and its decision."""

import pytest
from django.urls import reverse

from crm.approvals.models import Decision, Request
from customers.models import Identifier
from tests.approval_builders import make_person, make_request, reject
from tests.builders import make_customer, make_organization, make_till
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:approvals_request_changelist")


@pytest.fixture
def tom():
    return make_customer(
        identifiers=[("mobile", "919800000001"), ("email", "tom@example.com")], first_name="Tom"
    )


@pytest.fixture
def approver():
    return log_in("approver")


def change(customer, new="919800000002", **attributes):
    return make_request(customer, old_value="919800000001", new_value=new, **attributes)


def panel(client, request):
    return client.get(f"{QUEUE}?selected={request.pk}").context["panel"]


def fragment(client, request):
    return client.get(reverse("admin:approvals_request_preview", args=[request.pk]))


def decide(client, request, verdict="approve", **fields):
    """Submit the preview's form, with its current digest."""
    plan = panel(client, request)["plan"]
    data = {"verdict": verdict, "digest": plan["digest"] if plan else "", **fields}
    return client.post(
        reverse("admin:approvals_request_decide", args=[request.pk]), data, follow=True
    )


def list_messages(answer):
    return [str(message) for message in answer.context["messages"]]


def test_it_shows_before_and_after_and_who_has_the_new_value(tom, approver):
    request = change(tom, reason="New SIM")

    shown = panel(approver, request)

    [difference] = shown["plan"]["differences"]
    assert (difference.before, difference.after) == ("919800000001", "919800000002")
    assert shown["plan"]["facts"][0]["words"] == "None"
    assert ("Reason", "New SIM") in shown["facts"]
    assert shown["plan"]["blockers"] == []
    assert Request.objects.get().status == "PENDING"


def test_it_says_in_words_what_stands_in_the_way_and_links_to_whom(tom, approver):
    request = change(tom)
    owner = make_customer(identifiers=[("mobile", "919800000002")])

    shown = panel(approver, request)["plan"]

    assert shown["blockers"] == [f"Customer {owner.pk} has 919800000002 now."]
    assert shown["facts"][0]["url"] == reverse("admin:customers_customer_change", args=[owner.pk])


@pytest.mark.parametrize("page", ["beside", "fragment", "alone"])
def test_it_is_the_same_beside_the_list_as_a_fragment_and_as_a_page(tom, approver, page):
    request = change(tom)
    url = {
        "beside": f"{QUEUE}?selected={request.pk}",
        "fragment": reverse("admin:approvals_request_preview", args=[request.pk]),
        "alone": reverse("admin:approvals_request_change", args=[request.pk]),
    }[page]

    answer = approver.get(url)

    shown = answer.content.decode()
    assert shown.count("data-approve") == 1
    assert "919800000002" in shown
    assert ("<html" in shown) == (page != "fragment")


def test_approving_applies_it_keeps_the_list_and_opens_the_next_row(tom, approver):
    request = change(tom)
    following = make_request(tom, "EMAIL", old_value="tom@example.com", new_value="t@x.example")

    answer = decide(approver, request, next=following.pk, back=f"sort=newest&selected={request.pk}")

    assert Identifier.objects.get(type="mobile").value == "919800000002"
    decision = Decision.objects.get()
    assert (decision.verdict, decision.actor) == ("APPROVED", approver.user.entity)
    assert (len(decision.digest), decision.door) == (64, "CONSOLE")
    assert answer.redirect_chain == [(f"{QUEUE}?sort=newest&selected={following.pk}", 302)]
    assert answer.context["panel"]["id"] == following.pk
    assert list_messages(answer) == [f"Request {request.pk} was approved."]


def test_the_row_behind_follows_without_a_script_too(tom, approver):
    request = change(tom)
    following = make_request(tom, "EMAIL", old_value="tom@example.com", new_value="t@x.example")

    page = approver.get(f"{QUEUE}?selected={request.pk}")

    assert page.context["next"] == following.pk
    assert f'name="next" value="{following.pk}"' in page.content.decode()


def test_rejecting_needs_a_reason_and_keeps_it(tom, approver):
    request = change(tom)

    refused = decide(approver, request, "reject", reason="  ")
    still = Request.objects.get().status
    decide(approver, request, "reject", reason="Not the same person")

    assert (still, list_messages(refused)) == (
        "PENDING",
        [f"Request {request.pk}: Enter a reason."],
    )
    decision = Decision.objects.get()
    assert (decision.verdict, decision.reason) == ("REJECTED", "Not the same person")
    assert Identifier.objects.filter(value="919800000001").exists()


def test_what_has_changed_since_the_preview_is_not_approved_and_shown_anew(tom, approver):
    request = change(tom)
    seen = panel(approver, request)["plan"]["digest"]
    owner = make_customer(identifiers=[("mobile", "919800000002")])

    answer = approver.post(
        reverse("admin:approvals_request_decide", args=[request.pk]),
        {"verdict": "approve", "digest": seen, "next": 1, "back": ""},
        follow=True,
    )

    assert "has changed since the preview" in list_messages(answer)[0]
    assert answer.context["panel"]["id"] == request.pk
    assert f"Customer {owner.pk}" in answer.context["panel"]["plan"]["blockers"][0]
    assert Request.objects.get().status == "PENDING"
    assert not Decision.objects.exists()


def test_approving_without_having_looked_is_refused(tom, approver):
    request = change(tom)

    answer = approver.post(
        reverse("admin:approvals_request_decide", args=[request.pk]),
        {"verdict": "approve"},
        follow=True,
    )

    assert "has changed since the preview" in list_messages(answer)[0]
    assert Request.objects.get().status == "PENDING"


@pytest.mark.parametrize("by", ["person", "till"])
def test_ones_own_is_shown_without_buttons_and_refused_all_the_same(tom, approver, by):
    me = approver.user.entity
    request = change(tom, maker=me if by == "person" else make_till(owner=me))

    page = fragment(approver, request).content.decode()
    answer = decide(approver, request)

    assert "You filed this request. Another person must decide it." in page
    assert "data-approve" not in page
    assert "data-reject" not in page
    assert list_messages(answer) == [
        f"Request {request.pk}: You filed this request. Another person must decide it."
    ]
    assert Request.objects.get().status == "PENDING"


def test_whoever_comes_second_hears_who_decided(tom, approver):
    request = change(tom)
    digest = panel(approver, request)["plan"]["digest"]
    reject(request, make_person(name="Priya"))

    answer = approver.post(
        reverse("admin:approvals_request_decide", args=[request.pk]),
        {"verdict": "approve", "digest": digest},
        follow=True,
    )

    assert list_messages(answer) == [
        f"Request {request.pk}: Priya has already decided this request: REJECTED."
    ]
    assert Decision.objects.count() == 1


def test_a_decided_request_shows_who_decided_and_why(tom, approver):
    request = change(tom)
    reject(request, make_person(name="Priya"), reason="No papers")

    shown = panel(approver, request)

    assert shown["plan"] is None
    assert (shown["words"][0]["verdict"], shown["words"][0]["who"]) == ("Rejected", "Priya")
    assert shown["words"][0]["texts"] == ["No papers"]
    assert "data-approve" not in fragment(approver, request).content.decode()


def test_an_approval_that_breaks_a_rule_stays_open_and_says_so(tom, approver):
    request = change(tom)
    owner = make_customer(identifiers=[("mobile", "919800000002")])

    answer = decide(approver, request)

    assert Request.objects.get().status == "FAILED"
    assert list_messages(answer) == [
        f"Request {request.pk}: Customer {owner.pk} now has this value."
    ]
    assert answer.context["panel"]["words"][0]["verdict"] == "Failed"


@pytest.mark.parametrize(
    "data",
    [
        {"verdict": "maybe"},
        {"verdict": "approve", "points": "NaN"},
        {"verdict": "approve", "points": "-5"},
        {"verdict": "reject", "reason": "x" * 256},
        {"verdict": "reject", "reason": "a\0b"},
        {"verdict": "reject", "reason": "no", "next": "x"},
    ],
)
def test_a_form_made_by_hand_decides_nothing(tom, approver, data):
    request = change(tom)

    answer = approver.post(
        reverse("admin:approvals_request_decide", args=[request.pk]), data, follow=True
    )

    assert answer.status_code == 200
    assert list_messages(answer)
    assert Request.objects.get().status == "PENDING"


def test_the_address_that_comes_back_cannot_lead_elsewhere(tom, approver):
    request = change(tom)

    answer = decide(approver, request, back="//evil.example/?x=1&selected=5")

    assert answer.redirect_chain[0][0].startswith(f"{QUEUE}?")


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_who_may_only_look_cannot_decide(tom, role):
    request, client = change(tom), log_in(role)

    answer = client.post(
        reverse("admin:approvals_request_decide", args=[request.pk]),
        {"verdict": "reject", "reason": "no"},
    )

    assert answer.status_code == 403
    assert Request.objects.get().status == "PENDING"


def test_a_decision_is_never_a_link(tom, approver):
    request = change(tom)

    assert approver.get(f"{QUEUE}{request.pk}/decide/").status_code == 403
    assert Request.objects.get().status == "PENDING"


@pytest.mark.parametrize("page", ["preview", "decide", "change", "history"])
def test_another_organizations_request_is_not_there(approver, page):
    theirs = make_customer(make_organization(), identifiers=[("mobile", "919800000001")])
    request = change(theirs)
    url = reverse(f"admin:approvals_request_{page}", args=[request.pk])

    assert approver.get(url).status_code == 404
    assert approver.post(url, {"verdict": "reject", "reason": "no"}).status_code in (403, 404)
    assert approver.get(f"{QUEUE}?selected={request.pk}").context["panel"] is None
    assert Request.objects.get().status == "PENDING"


def test_a_preview_takes_few_queries(tom, approver, django_assert_max_num_queries):
    request = change(tom)
    fragment(approver, request)

    with django_assert_max_num_queries(16):
        fragment(approver, request)


def test_deciding_makes_the_number_in_the_menu_true_at_once(tom, approver):
    request = change(tom)
    assert ">1</span>" in approver.get(QUEUE).content.decode()

    answer = decide(approver, request, "reject", reason="no")

    assert "console-count" not in answer.content.decode()
