"""Filing requests from a customer's page, and the requests on that page."""

import pytest
from django.urls import reverse

from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from tests.approval_builders import approve, make_person, make_request, reject
from tests.builders import make_customer, make_enrollment, make_organization, make_program
from tests.card_builders import make_coupon_series
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom():
    return make_customer(
        identifiers=[("mobile", "919800000001"), ("email", "tom@example.com")], first_name="Tom"
    )


@pytest.fixture
def agent():
    return log_in("support agent")


def form_of(customer, kind):
    return reverse("admin:approvals_request_file", args=[customer.pk, kind])


def page_of(client, customer):
    return client.get(reverse("admin:customers_customer_change", args=[customer.pk]))


def list_messages(answer):
    return [str(message) for message in answer.context["messages"]]


def test_an_agent_asks_for_another_mobile_and_the_page_says_that_it_waits(tom, agent):
    data = {"old_value": "919800000001", "new_value": "+91 98000 00002", "reason": "New SIM"}

    answer = agent.post(form_of(tom, "MOBILE"), data, follow=True)

    request = Request.objects.get()
    assert (request.old_value, request.new_value) == ("919800000001", "919800000002")
    assert (request.maker, request.reason) == (agent.user.entity, "New SIM")
    assert list_messages(answer) == [
        f"Request {request.pk} was filed. Another person must decide it."
    ]
    [line] = answer.context["requests"]["waiting"]
    assert (line["after"], line["is_own"]) == ("919800000002", True)
    assert tom.identifiers.filter(value="919800000001").exists()


def test_each_kind_is_filed_by_its_form(tom, agent):
    other, program = make_customer(), make_program()
    make_enrollment(tom, program)
    series = make_coupon_series("welcome")
    data_by_kind = {
        "EMAIL": {"old_value": "tom@example.com", "new_value": "t@x.example"},
        "EXTERNAL_ID": {"old_value": "", "new_value": "T-1"},
        "MERGE": {"target_id": other.pk},
        "POINTS": {"points": "50", "program_id": program.pk},
        "COUPON": {"series_id": series.pk},
    }

    for kind, data in data_by_kind.items():
        answer = agent.post(form_of(tom, kind), {**data, "reason": "Asked"}, follow=True)
        assert answer.redirect_chain, (kind, answer.context["form"].errors)

    assert set(Request.objects.values_list("kind", flat=True)) == set(data_by_kind)


@pytest.mark.parametrize(
    ("kind", "data", "place", "words"),
    [
        (
            "MOBILE",
            {"old_value": "919800000001", "new_value": "12"},
            "new_value",
            "mobile number is invalid",
        ),
        (
            "EMAIL",
            {"old_value": "tom@example.com", "new_value": "x"},
            "new_value",
            "email address is invalid",
        ),
        ("MERGE", {"target_id": 999_999}, "target_id", "target customer is missing or unknown"),
        ("POINTS", {"points": "0", "program_id": "{program}"}, "points", "above zero"),
        ("POINTS", {"points": "5", "program_id": "{program}"}, None, "not enrolled"),
        ("RETRO", {"transaction_id": "1"}, "transaction_id", "no such transaction"),
        ("MOBILE", {"old_value": "1", "new_value": "919800000003"}, "old_value", "valid choice"),
        ("MOBILE", {"new_value": "919800000003"}, "old_value", "does not have"),
        ("COUPON", {"series_id": "77"}, "series_id", "valid choice"),
    ],
)
def test_a_refusal_stands_in_words_where_it_belongs(tom, agent, kind, data, place, words):
    program = make_program()
    filled = {name: str(value).format(program=program.pk) for name, value in data.items()}

    page = agent.post(form_of(tom, kind), {**filled, "reason": "Asked"})

    form = page.context["form"]
    errors = form.non_field_errors() if place is None else form.errors.get(place, [])
    assert words in " ".join(errors)
    assert not Request.objects.exists()


def test_the_same_twice_names_the_one_that_waits(tom, agent):
    data = {"old_value": "919800000001", "new_value": "919800000002", "reason": "New SIM"}
    agent.post(form_of(tom, "MOBILE"), data)

    page = agent.post(form_of(tom, "MOBILE"), data)

    first = Request.objects.get()
    assert f"request {first.pk}" in page.content.decode()


def test_what_the_organization_lets_through_by_itself_is_said(tom, agent):
    unit_of_work(change_settings)(org_id=tom.org_id, values={"CI_EMAIL_AUTO_APPROVE": 1})
    data = {"old_value": "tom@example.com", "new_value": "t@x.example", "reason": "Asked"}

    answer = agent.post(form_of(tom, "EMAIL"), data, follow=True)

    assert "approved automatically" in list_messages(answer)[0]
    assert answer.context["requests"]["decided"][0]["why"] == "Automatic"


def test_the_page_shows_what_waits_and_what_was_decided_and_why(tom, agent):
    survivor = make_customer()
    rejected = make_request(tom, "EMAIL", old_value="tom@example.com", new_value="t@x.example")
    reject(rejected, make_person(name="Priya"), reason="Not his")
    merge = make_request(tom, "MERGE", target_id=survivor.pk)

    mine = page_of(agent, tom).context["requests"]
    theirs = page_of(agent, survivor).context["requests"]

    assert [line["id"] for line in mine["waiting"]] == [merge.pk]
    assert [line["why"] for line in mine["decided"]] == ["By Priya: Not his"]
    assert [line["id"] for line in theirs["waiting"]] == [merge.pk]
    assert mine["asks"]


def test_a_merged_customer_is_asked_nothing(tom, agent):
    survivor = make_customer()
    approve(make_request(tom, "MERGE", target_id=survivor.pk))

    page = page_of(agent, tom)
    answer = agent.get(form_of(tom, "EMAIL"), follow=True)

    assert page.context["requests"]["asks"] == []
    assert list_messages(answer) == ["This customer is merged into another customer."]


def test_who_may_not_file_is_offered_nothing_and_refused(tom):
    auditor = log_in("auditor")

    assert page_of(auditor, tom).context["requests"]["asks"] == []
    assert auditor.get(form_of(tom, "EMAIL")).status_code == 403


def test_a_form_of_theirs_or_of_nothing_is_not_there(tom, agent):
    theirs = make_customer(make_organization())

    assert agent.get(form_of(theirs, "EMAIL")).status_code == 404
    assert agent.get(form_of(tom, "NOTHING")).status_code == 404
    assert agent.get(f"/admin/approvals/request/file/{2**70}/EMAIL/").status_code == 404


def test_the_queue_is_exported_with_its_filters_and_that_is_written_down():
    from crm.audit.models import Event

    client = log_in("approver")
    make_request(make_customer(), "EMAIL", new_value="a@example.com", reason="=1+1")
    make_request(make_customer(identifiers=[("mobile", "919800000001")]))
    export = reverse("admin:approvals_request_export")

    answer = client.get(f"{export}?kind=EMAIL")

    header, *rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert header.startswith("id,baseType,status,customerId")
    assert len(rows) == 1
    assert "a@example.com" in rows[0]
    assert ",=1+1" not in rows[0]
    assert Event.objects.get(kind="requests.exported").after["filters"] == {"kind": "EMAIL"}
    assert log_in("support agent").get(export).status_code == 403


def test_home_tells_how_many_wait_and_for_how_long(tom):
    make_request(tom)
    client = log_in("approver")

    waiting = client.get(reverse("admin:index")).context["waiting"]

    assert waiting["count"] == "1"
    assert waiting["words"].endswith("days")
    assert "waiting" not in log_in("support agent").get(reverse("admin:index")).context


def test_the_form_says_whether_the_organization_approves_at_once():
    customer = make_customer()
    client = log_in("support agent")
    url = reverse("admin:approvals_request_file", args=[customer.pk, "MOBILE"])
    assert "until another person approves" in client.get(url).context["explanation"]

    unit_of_work(change_settings)(org_id=customer.org_id, values={"CI_MOBILE_AUTO_APPROVE": 1})

    assert "approves such requests at once" in client.get(url).context["explanation"]
