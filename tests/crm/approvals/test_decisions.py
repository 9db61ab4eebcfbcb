"""Deciding requests (contract, section 6)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from crm.approvals import errors
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Decision, Request
from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import IdentifierNotHeld, IdentifierTaken, ReasonMissing
from customers.models import Channel, Identifier
from customers.queries.customers.search import find_customer_ids
from tests.approval_builders import approve, make_person, make_request, reject
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_origin,
    make_profile,
    make_till,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom():
    return make_customer(
        identifiers=[("mobile", "919800000001")], channels=[("mobile", "919800000001")]
    )


def file_mobile(tom, new="919800000002", **fields):
    return make_request(tom, old_value="919800000001", new_value=new, **fields)


def test_approving_changes_every_profile_that_holds_the_old_value(tom):
    wechat = get_or_make_source_account("WECHAT", "22232")
    make_profile(tom, wechat, identifiers=[("mobile", "919800000001"), ("wechat", "w1")])
    request, checker = file_mobile(tom), make_person()

    decided = approve(request, checker, comments="seen the bill")

    assert (decided.refusal, decided.request.status) == (None, "APPROVED")
    held = tom.identifiers.filter(type="mobile").values_list(
        "value", "profile_identifiers__profile__source_account__source"
    )
    assert set(held) == {("919800000002", "INSTORE"), ("919800000002", "WECHAT")}
    assert Channel.objects.get().value == "919800000002"
    decision = Decision.objects.get()
    assert (decision.request, decision.verdict, decision.actor) == (request, "APPROVED", checker)
    assert (decision.maker_person_id, decision.auto_approved) == (request.maker_person_id, False)
    assert (decision.comments, decision.decided_at) == ("seen the bill", NOON)
    assert set(Event.objects.values_list("kind", flat=True)) >= {
        "request.approved",
        "customer.identifier_replaced",
    }


def test_the_customer_is_found_by_the_new_value_only(tom):
    approve(file_mobile(tom))

    def search(text):
        return find_customer_ids(org_id=tom.org_id, text=text, limit=5)

    assert (search("919800000002"), search("919800000001")) == ([tom.pk], [])


def test_rejecting_changes_nothing_and_keeps_the_reason(tom):
    request = file_mobile(tom)

    decided = reject(request, reason="no proof")

    assert decided.request.status == "REJECTED"
    assert Decision.objects.get().reason == "no proof"
    assert tom.identifiers.get().value == "919800000001"


def test_a_rejection_needs_a_reason(tom):
    request = file_mobile(tom)

    with pytest.raises(ReasonMissing):
        reject(request, reason="  ")

    request.refresh_from_db()
    assert request.status == "PENDING"


@pytest.mark.parametrize("verdict", [approve, reject])
def test_nobody_decides_what_they_filed(tom, verdict):
    owner = make_person()
    mine, other = make_till(owner=owner), make_till(owner=owner)
    request = file_mobile(tom, maker=mine)

    for checker in (owner, mine, other):
        decided = verdict(request, checker)
        assert decided.refusal == errors.OwnRequest()

    assert not Decision.objects.exists()
    assert tom.identifiers.get().value == "919800000001"


def test_nor_what_their_till_filed_before_it_was_theirs(tom):
    till, person = make_till(), make_person()
    request = file_mobile(tom, maker=till)
    type(till).objects.filter(pk=till.pk).update(owner=person)

    assert approve(request, person).refusal == errors.OwnRequest()


def test_nor_behind_the_name_of_another_entity(tom):
    till, shop = make_till(), make_till()
    request = file_mobile(tom, maker=till)
    origin = make_origin(actor=shop)
    behind = type(origin)(org=origin.org, actor_id=shop.pk, door="API", at=NOON, caller_id=till.pk)

    [decided] = unit_of_work(decide_requests)(
        origin=behind, request_ids=[request.pk], verdict=Verdict(approve=True)
    )

    assert decided.refusal == errors.OwnRequest()


def test_the_database_refuses_a_checker_who_is_the_maker(tom):
    request, other = file_mobile(tom), make_person()
    signed = {
        "org": tom.org,
        "request": request,
        "verdict": "APPROVED",
        "decided_at": NOON,
        "door": "API",
    }
    maker = request.maker

    def write(actor, named):
        with transaction.atomic():
            Decision.objects.create(
                **signed,
                actor=actor,
                actor_caller=actor,
                actor_person=actor,
                maker_caller=named,
                maker_person=named,
            )

    with pytest.raises(DatabaseError, match="maker_is_not_checker"):
        write(maker, maker)
    with pytest.raises(DatabaseError, match="names the maker"):
        write(maker, other)
    assert not Decision.objects.exists()


def test_the_database_keeps_what_was_asked_and_decided(tom):
    request = file_mobile(tom)
    approve(request)

    for change in (
        lambda: Decision.objects.update(comments="never said"),
        lambda: Decision.objects.all().delete(),
        lambda: Request.objects.filter(pk=request.pk).update(new_value="0"),
        lambda: Request.objects.filter(pk=request.pk).update(status="PENDING"),
        lambda: Request.objects.filter(pk=request.pk).update(decision=None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_one_decision_wins_and_the_other_learns_who_made_it(tom):
    request, first = file_mobile(tom), make_person(name="Pat")
    approve(request, first)

    late = reject(request)

    assert late.refusal == errors.RequestDecided(status="APPROVED", by="Pat", at=NOON)
    assert Decision.objects.get().actor == first


def test_a_value_that_was_taken_since_fails_the_request_and_changes_nothing(tom):
    request = file_mobile(tom)
    rival = make_customer(identifiers=[("mobile", "919800000002")])

    decided = approve(request)

    assert decided.refusal == IdentifierTaken(kind="mobile", customer_id=rival.pk)
    request.refresh_from_db()
    assert (request.status, request.failure) == ("FAILED", "customers.identifier_taken")
    assert request.decision is None
    assert Decision.objects.get().verdict == "FAILED"
    assert tom.identifiers.get().value == "919800000001"


def test_a_failed_request_is_still_open_and_may_be_approved_later(tom):
    request, checker = file_mobile(tom), make_person()
    rival = make_customer(identifiers=[("mobile", "919800000002")])
    approve(request, checker)
    Identifier.objects.filter(customer=rival).update(value="919800000007")

    assert approve(request, checker).request.status == "APPROVED"
    assert tom.identifiers.get().value == "919800000002"


def test_what_changed_since_the_preview_is_not_decided(tom):
    request = file_mobile(tom)
    digest = plan_requests(org=tom.org, requests=[request], now=NOON)[request.pk].digest
    make_profile(
        tom, get_or_make_source_account("WECHAT", "1"), identifiers=[("mobile", "919800000001")]
    )

    stale = approve(request, digests={request.pk: digest})
    again = plan_requests(org=tom.org, requests=[request], now=NOON)[request.pk].digest
    fresh = approve(request, digests={request.pk: again})

    assert (stale.refusal, fresh.refusal) == (errors.PlanChanged(), None)
    assert Decision.objects.get().digest == again


def test_another_organization_finds_no_request(tom):
    request = file_mobile(tom)
    stranger = make_person(make_organization("other"))

    [decided] = unit_of_work(decide_requests)(
        origin=make_origin(actor=stranger),
        request_ids=[request.pk],
        verdict=Verdict(approve=True),
    )

    assert decided.refusal == errors.RequestUnknown()


def test_a_list_is_decided_as_one_by_one_with_an_outcome_each():
    """The second frees what the third takes; the fourth comes too late for it."""
    customers = [make_customer(identifiers=[("mobile", f"91980000000{n}")]) for n in range(4)]
    changes = [
        (customers[0], "919800000000", "919800000010"),
        (customers[1], "919800000001", "919800000011"),
        (customers[2], "919800000002", "919800000020"),
        (customers[3], "919800000003", "919800000020"),
    ]
    requests = [
        make_request(customer, old_value=old, new_value=new) for customer, old, new in changes
    ]
    lost = make_request(customers[1], old_value="919800000001", new_value="919800000030")

    outcomes = unit_of_work(decide_requests)(
        origin=make_origin(actor=make_person(), at=NOON + timedelta(hours=1)),
        request_ids=[*(r.pk for r in requests), lost.pk, 2**40, -1],
        verdict=Verdict(approve=True),
    )

    assert [outcome.refusal for outcome in outcomes] == [
        None,
        None,
        None,
        IdentifierTaken(kind="mobile", customer_id=customers[2].pk),
        IdentifierNotHeld(kind="mobile"),
        errors.RequestUnknown(),
        errors.RequestUnknown(),
    ]
    assert set(Identifier.objects.values_list("customer_id", "value")) == {
        (customers[0].pk, "919800000010"),
        (customers[1].pk, "919800000011"),
        (customers[2].pk, "919800000020"),
        (customers[3].pk, "919800000003"),
    }


def test_the_statements_are_as_many_for_fifty_as_for_five():
    def statements(count, start):
        ids = []
        for n in range(start, start + count):
            customer = make_customer(identifiers=[("mobile", f"9198000{n:05}")])
            ids.append(
                make_request(customer, old_value=f"9198000{n:05}", new_value=f"9197000{n:05}").pk
            )
        with CaptureQueriesContext(connection) as captured:
            outcomes = unit_of_work(decide_requests)(
                origin=make_origin(actor=make_person()),
                request_ids=ids,
                verdict=Verdict(approve=True),
            )
        assert all(outcome.refusal is None for outcome in outcomes)
        return len(captured)

    few = statements(5, 0)
    assert statements(50, 100) <= few
