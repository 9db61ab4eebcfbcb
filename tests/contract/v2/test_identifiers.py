"""POST /v2/customers/{id}/changeIdentifier ..."""

import pytest

from crm.approvals.models import Request as MergeRequest
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.models import Customer, Identifier, MergeJournal, Profile, ProfileIdentifier
from tests.approval_builders import approve
from tests.builders import get_or_make_source_account, make_customer, make_profile
from tests.contract.v2.answers import list_warning_codes, read_refusal

pytestmark = pytest.mark.django_db

EMAIL = ("email", "tom@example.com")
MOBILE = ("mobile", "919800000001")
IN_WECHAT = "changeIdentifier?source=WECHAT&accountId=22232"


@pytest.fixture
def person(till):
    return make_customer(
        source_account=get_or_make_source_account("WECHAT", "22232"), identifiers=[EMAIL]
    )


def build_change(add=(), remove=()):
    return {
        "add": [{"type": kind, "value": value} for kind, value in add],
        "remove": [{"type": kind, "value": value} for kind, value in remove],
    }


def list_identifiers(customer):
    return sorted(customer.identifiers.values_list("type", "value"))


def list_stored_rows():
    return [
        list(rows.order_by("pk").values())
        for rows in (
            Customer.objects,
            Profile.objects,
            Identifier.objects,
            ProfileIdentifier.objects,
            MergeJournal.objects,
        )
    ]


def test_swaps_one_for_another(till, person):
    answer = till.post(
        f"customers/{person.pk}/{IN_WECHAT}&use_async=false",
        build_change(add=[("wechat", "ray11")], remove=[EMAIL]),
    )

    assert answer.json() == {"createdId": person.pk, "success": True, "warnings": []}
    assert list_identifiers(person) == [("wechat", "ray11")]


def test_needs_only_one_of_the_lists(till, person):
    body = {"add": [{"type": "mobile", "value": 919800000001}]}

    assert list_warning_codes(till.post(f"customers/{person.pk}/{IN_WECHAT}", body)) == []
    assert list_identifiers(person) == [EMAIL, MOBILE]


def test_merges_into_whoever_has_the_identifier_elsewhere(till, person):
    survivor = make_customer(identifiers=[MOBILE])

    answer = till.post(f"customers/{person.pk}/{IN_WECHAT}", build_change(add=[MOBILE]))

    assert list_warning_codes(answer) == [8051]
    assert (answer.json()["createdId"], answer.json()["success"]) == (survivor.pk, True)
    assert list_identifiers(survivor) == [EMAIL, MOBILE]
    again = till.post(f"customers/{person.pk}/{IN_WECHAT}", build_change(add=[("wechat", "w")]))
    assert read_refusal(again) == (410, 8069)
    assert again.json()["errors"][0]["survivorId"] == survivor.pk


def test_a_merge_waits_for_an_approver_where_the_organization_says_so(till, person):
    survivor = make_customer(identifiers=[MOBILE])
    unit_of_work(change_settings)(org_id=person.org_id, values={"CONF_MERGE_BY_REQUEST": 1})
    url, body = f"customers/{person.pk}/{IN_WECHAT}", build_change(add=[MOBILE, ("wechat", "w")])

    answer, again = till.post(url, body), till.post(url, body)

    request = MergeRequest.objects.get()
    assert (request.kind, request.customer, request.other_customer) == ("MERGE", person, survivor)
    assert request.comments == "To change identifiers: add mobile 919800000001, add wechat w"
    assert (answer.json()["createdId"], answer.json()["success"]) == (person.pk, False)
    assert list_warning_codes(answer) == list_warning_codes(again) == [1040]
    assert str(request.pk) in answer.json()["warnings"][0]["message"]
    assert list_identifiers(person) == [EMAIL]

    approve(request)
    merge_answer = till.post(f"customers/{survivor.pk}/{IN_WECHAT}", body)
    assert (list_warning_codes(merge_answer), merge_answer.json()["success"]) == ([], True)


def test_a_merge_that_is_approved_by_itself_is_done_and_on_record(till, person):
    survivor = make_customer(identifiers=[MOBILE])
    unit_of_work(change_settings)(
        org_id=person.org_id, values={"CONF_MERGE_BY_REQUEST": 1, "CI_MERGE_AUTO_APPROVE": 1}
    )

    answer = till.post(f"customers/{person.pk}/{IN_WECHAT}", build_change(add=[MOBILE]))

    assert (list_warning_codes(answer), answer.json()["createdId"]) == ([8051], survivor.pk)
    assert list_identifiers(survivor) == [EMAIL, MOBILE]
    assert MergeRequest.objects.get().status == "APPROVED"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (build_change(add=[EMAIL]), (409, 8007)),
        (build_change(add=[("wechat", "taken")]), (409, 8008)),
        (build_change(add=[("mobile", "919800000009")]), (409, 8066)),
        (build_change(add=[MOBILE, ("externalId", "E-1")]), (409, 8053)),
        (build_change(remove=[EMAIL]), (400, 8013)),
        (build_change(remove=[MOBILE]), (400, 8013)),
        (build_change(), (400, 8013)),
        ({}, (400, 8013)),
        (build_change(add=[("cardnumber", "TTM001")]), (400, 8013)),
        (build_change(add=[("mobile", "x")]), (400, 8056)),
        (build_change(add=[("email", "x")]), (400, 8055)),
        (build_change(add=[("externalId", "")]), (400, 8064)),
        ({"add": {"type": "mobile", "value": "1"}}, (400, 400)),
        ({"add": [{"type": "mobile", "value": None}]}, (400, 400)),
        ({"remove": [{"type": ["mobile"], "value": "1"}]}, (400, 400)),
        ({"add": [{"type": "mobile", "value": "1"}] * 101}, (400, 400)),
    ],
)
def test_refuses_and_changes_nothing(till, person, body, expected):
    wechat = get_or_make_source_account("WECHAT", "22232")
    make_customer(identifiers=[MOBILE])
    make_customer(identifiers=[("externalId", "E-1")])
    make_customer(identifiers=[("wechat", "taken")], source_account=wechat)
    both = make_customer(identifiers=[("mobile", "919800000009")])
    make_profile(both, wechat)
    before = list_stored_rows()

    assert read_refusal(till.post(f"customers/{person.pk}/{IN_WECHAT}", body)) == expected
    assert list_stored_rows() == before


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (400, 8011)),
        ("?source=ALL", (400, 8011)),
        ("?source=WECHAT", (400, 8045)),
        ("?source=WECHAT&accountId=nope", (400, 8011)),
        ("?source=INSTORE", (404, 8065)),
        ("?source=INSTORE&seriesId=x", (400, 400)),
    ],
)
def test_refuses_sources(till, person, query, expected):
    path = f"customers/{person.pk}/changeIdentifier{query}"

    assert read_refusal(till.post(path, build_change(add=[MOBILE]))) == expected


def test_never_reaches_another_organization(till, stranger, person):
    path = f"customers/{person.pk}/changeIdentifier?source=INSTORE"
    before = list_stored_rows()

    assert read_refusal(stranger.post(path, build_change(add=[MOBILE]))) == (404, 8009)
    assert read_refusal(till.post(f"customers/404/{IN_WECHAT}", build_change(add=[MOBILE]))) == (
        404,
        8009,
    )
    assert list_stored_rows() == before
