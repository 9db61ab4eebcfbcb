"""Requests for mobile reallocation (contract, section 6)."""

import pytest

from crm.approvals import errors
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.errors import IdentifierNotHeld, IdentifierTaken, LastIdentifier
from customers.models import Channel, Identifier, ProfileIdentifier
from customers.queries.customers.search import find_customer_ids
from tests.approval_builders import approve, make_person, make_request
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_origin,
    make_profile,
)

pytestmark = pytest.mark.django_db
OLD, NEW = "919800000001", "919800000002"


@pytest.fixture
def tom():
    return make_customer(identifiers=[("mobile", OLD)], channels=[("mobile", OLD)])


@pytest.fixture
def ann():
    """The holder of the number, in two sources."""
    ann = make_customer(
        identifiers=[("mobile", NEW), ("email", "ann@example.com")], channels=[("mobile", NEW)]
    )
    web = get_or_make_source_account("WEBSITE")
    make_profile(ann, web, identifiers=[("mobile", NEW)], channels=[("mobile", NEW)])
    return ann


def make_reallocation_request(customer, **fields):
    return make_request(customer, "MOBILE_REALLOC", **{"new_value": NEW, **fields})


def plan_of(request):
    [plan] = plan_requests(org=request.org, requests=[request], now=NOON).values()
    return plan


def search(customer, text):
    return find_customer_ids(org_id=customer.org_id, text=text, limit=5)


def test_the_number_goes_over_in_every_profile_with_its_channels(tom, ann):
    wechat = get_or_make_source_account("WECHAT", "22")
    make_profile(tom, wechat, identifiers=[("mobile", OLD)])
    request = make_reallocation_request(tom, old_value=OLD)

    decided = approve(request)

    assert (request.other_customer, decided.refusal) == (ann, None)
    assert [i.value for i in tom.identifiers.all()] == [NEW]
    assert [i.value for i in ann.identifiers.all()] == ["ann@example.com"]
    held = ProfileIdentifier.objects.filter(identifier__value=NEW)
    assert set(held.values_list("profile__customer", "profile__source_account__source")) == {
        (tom.pk, "INSTORE"),
        (tom.pk, "WECHAT"),
    }
    assert set(Channel.objects.values_list("profile__customer", "value")) == {(tom.pk, NEW)}
    assert (search(tom, NEW), search(tom, OLD)) == ([tom.pk], [])
    assert dict(
        Event.objects.filter(kind__startswith="customer.identifier").values_list(
            "subject_id", "kind"
        )
    ) == {tom.pk: "customer.identifier_replaced", ann.pk: "customer.identifier_given_up"}


def test_without_an_old_number_it_is_added_to_the_instore_profile(tom, ann):
    approve(make_reallocation_request(tom))

    assert set(tom.identifiers.values_list("value", flat=True)) == {OLD, NEW}
    held = ProfileIdentifier.objects.get(identifier__value=NEW)
    assert held.profile == tom.profiles.get()


@pytest.fixture
def giver():
    """Has a number in two sources, and an email address."""
    giver = make_customer(
        identifiers=[("mobile", OLD), ("email", "giver@example.com")], channels=[("mobile", OLD)]
    )
    web = get_or_make_source_account("WEBSITE")
    make_profile(giver, web, identifiers=[("mobile", OLD)], channels=[("mobile", OLD)])
    return giver


@pytest.mark.parametrize("written", [None, "", "id", NEW, f"+{NEW}"])
def test_the_old_number_goes_to_the_target_in_every_profile(giver, ann, written):
    new_value = str(ann.pk) if written == "id" else written
    request = make_reallocation_request(
        giver, old_value=f"+{OLD}", new_value=new_value, target_id=ann.pk
    )

    decided = approve(request)

    assert (request.old_value, request.new_value, request.other_customer) == (OLD, NEW, ann)
    assert decided.refusal is None
    assert [i.value for i in giver.identifiers.all()] == ["giver@example.com"]
    assert {i.value for i in ann.identifiers.all()} == {OLD, NEW, "ann@example.com"}
    held = ProfileIdentifier.objects.filter(identifier__value=OLD)
    assert set(held.values_list("profile__customer", "profile__source_account__source")) == {
        (ann.pk, "INSTORE"),
        (ann.pk, "WEBSITE"),
    }
    assert not Channel.objects.filter(profile__customer=giver, value=OLD).exists()
    assert search(giver, OLD) == [ann.pk]
    kinds = Event.objects.filter(kind__startswith="customer.identifier").values_list(
        "subject_id", "kind"
    )
    assert set(kinds) == {
        (giver.pk, "customer.identifier_given_up"),
        (ann.pk, "customer.identifier_replaced"),
    }


def test_a_target_without_a_mobile_is_named_by_its_id(giver):
    target = make_customer(identifiers=[("email", "new@example.com")])

    request = make_reallocation_request(giver, old_value=OLD, new_value=None, target_id=target.pk)

    assert request.new_value == str(target.pk)
    plan = plan_of(request)
    assert [(d.name, d.before, d.after) for d in plan.differences] == [
        ("Mobile number", OLD, "(none)"),
        (f"Mobile number of customer {target.pk}", "(none)", OLD),
    ]
    assert [(f.words, f.customer_id) for f in plan.facts] == [
        (f"Customer {giver.pk}", giver.pk),
        ("email giver@example.com", None),
        ("INSTORE", None),
    ]
    assert approve(request).refusal is None
    assert {i.value for i in target.identifiers.all()} == {OLD, "new@example.com"}


def test_gives_no_number_that_cannot_go(giver, ann):
    last = make_customer(identifiers=[("mobile", "919800000007")])
    merged = make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=ann.pk, victim_id=merged.pk, cause="REQUEST"
    )
    for customer, fields, refusal in (
        (giver, {"old_value": "", "target_id": ann.pk}, errors.OldValueNotHeld),
        (giver, {"old_value": NEW, "target_id": ann.pk}, errors.OldValueNotHeld),
        (giver, {"old_value": OLD, "target_id": giver.pk}, errors.TargetUnknown),
        (giver, {"old_value": OLD, "target_id": 404}, errors.TargetUnknown),
        (giver, {"old_value": OLD, "target_id": 2**70}, errors.TargetUnknown),
        (giver, {"old_value": OLD, "target_id": merged.pk}, errors.TargetUnknown),
        (last, {"old_value": "919800000007", "target_id": ann.pk}, LastIdentifier),
    ):
        with pytest.raises(refusal):
            make_reallocation_request(customer, new_value=None, **fields)
    assert not Request.objects.exists()


def test_the_plan_says_whom_it_belongs_to_and_what_they_keep(tom, ann):
    plan = plan_of(make_reallocation_request(tom, old_value=OLD))

    assert [(d.name, d.before, d.after) for d in plan.differences] == [
        ("Mobile number", OLD, NEW),
        (f"Mobile number of customer {ann.pk}", NEW, "(none)"),
    ]
    assert [(f.words, f.customer_id) for f in plan.facts] == [
        (f"Customer {ann.pk}", ann.pk),
        ("email ann@example.com", None),
        ("INSTORE", None),
    ]
    assert list(plan.blockers) == []


def test_refuses_at_once_what_cannot_be_done(tom, ann):
    last = make_customer(identifiers=[("mobile", "919800000007")])
    for fields, refusal in (
        ({"new_value": ""}, errors.NewValueMissing),
        ({"new_value": "x"}, errors.NewMobileInvalid),
        ({"new_value": "919800000009"}, errors.NewMobileInvalid),
        ({"new_value": OLD}, errors.NewMobileInvalid),
        ({"old_value": "919800000009"}, errors.OldValueNotHeld),
        ({"target_id": last.pk}, errors.TargetUnknown),
        ({"new_value": "919800000007"}, LastIdentifier),
    ):
        with pytest.raises(refusal):
            make_reallocation_request(tom, **fields)
    assert not Request.objects.exists()
    assert make_reallocation_request(tom, target_id=ann.pk).status == "PENDING"


def test_what_changed_since_fails_the_request_and_says_so(tom, ann):
    request = make_reallocation_request(tom, old_value=OLD)
    mail = Identifier.objects.filter(value="ann@example.com")

    mail.update(customer=tom)
    ProfileIdentifier.objects.filter(identifier__in=mail).delete()
    assert list(plan_of(request).blockers) == [f"Customer {ann.pk} would have no identifier left."]
    assert approve(request).refusal == LastIdentifier()

    third = make_customer()
    Identifier.objects.filter(value=NEW).update(customer=third)
    ProfileIdentifier.objects.filter(identifier__value=NEW).delete()
    assert list(plan_of(request).blockers) == [f"Customer {third.pk} has {NEW} now."]
    assert approve(request).refusal == IdentifierTaken(kind="mobile", customer_id=third.pk)

    Identifier.objects.filter(value=NEW).update(value="919800000099")
    assert approve(request).refusal == IdentifierNotHeld(kind="mobile")
    assert [i.value for i in tom.identifiers.filter(type="mobile")] == [OLD]


def test_the_holder_may_have_been_merged_since(tom, ann):
    request, survivor = make_reallocation_request(tom, old_value=OLD), make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=ann.pk, cause="REQUEST"
    )

    assert approve(request).refusal is None
    assert tom.identifiers.get().value == NEW
    assert not survivor.identifiers.filter(value=NEW).exists()


def test_two_take_two_numbers_from_one_holder_and_the_second_may_not(tom):
    """Together they would leave the holder with nothing."""
    other = make_customer()
    make_customer(identifiers=[("mobile", NEW), ("mobile", "919800000003")])
    requests = [
        make_reallocation_request(tom),
        make_reallocation_request(other, new_value="919800000003"),
    ]

    outcomes = unit_of_work(decide_requests)(
        origin=make_origin(actor=make_person()),
        request_ids=[r.pk for r in requests],
        verdict=Verdict(approve=True),
    )

    assert [outcome.refusal for outcome in outcomes] == [None, LastIdentifier()]
