"""Filing a request (contract, sections 5.3 and 6)."""

import pytest

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Decision, Request
from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.models import Identifier
from tests.approval_builders import approve, make_person, make_request, reject
from tests.builders import (
    NOON,
    make_customer,
    make_organization,
    make_origin,
    make_store,
    make_till,
)

pytestmark = pytest.mark.django_db


def file(customer, *, maker=None, auto_approve=False, one_step=False, kind="MOBILE", **fields):
    return unit_of_work(file_request)(
        origin=make_origin(actor=maker or make_person(customer.org)),
        new_request=NewRequest(kind=kind, customer_id=customer.pk, **fields),
        auto_approve=auto_approve,
        one_step=one_step,
    )


@pytest.fixture
def tom():
    return make_customer(
        identifiers=[("mobile", "919800000001"), ("email", "tom@example.com"), ("externalId", "T1")]
    )


def test_writes_who_asked_what_and_leaves_the_customer_alone(tom):
    store = make_store()
    till = make_till(parent=store)

    filed = file(
        tom, maker=till, old_value="98000 00001", new_value="+91 98000-00002", reason="new SIM"
    )

    request = Request.objects.get(pk=filed.request.pk)
    assert (request.status, request.kind, request.customer) == ("PENDING", "MOBILE", tom)
    assert (request.old_value, request.new_value) == ("919800000001", "919800000002")
    assert (request.maker, request.maker_person, request.store) == (till, till, store)
    assert (request.reason, request.filed_at, request.decision) == ("new SIM", NOON, None)
    assert Identifier.objects.filter(customer=tom, value="919800000001").exists()
    assert Event.objects.get(kind="request.filed").subject_id == request.pk


def test_counts_a_till_as_its_owner(tom):
    owner = make_person()

    filed = file(
        tom,
        maker=make_till(owner=owner),
        kind="EMAIL",
        old_value="TOM@example.com ",
        new_value="t@x.example",
    )

    assert filed.request.maker_person_id == owner.pk
    assert filed.request.old_value == "tom@example.com"


@pytest.mark.parametrize(
    ("kind", "old", "new", "refusal"),
    [
        ("MOBILE", "919800000001", "", errors.NewValueMissing),
        ("MOBILE", "919800000001", None, errors.NewValueMissing),
        ("MOBILE", "919800000001", "12", errors.NewMobileInvalid),
        ("MOBILE", "919800000001", "919800000001", errors.NewMobileInvalid),
        ("MOBILE", "919800000009", "919800000002", errors.OldValueNotHeld),
        ("MOBILE", "", "919800000002", errors.OldValueNotHeld),
        ("MOBILE", "x", "919800000002", errors.OldValueNotHeld),
        ("EMAIL", "tom@example.com", "nowhere", errors.NewEmailInvalid),
        ("EMAIL", "tom@example.com", {"a": 1}, errors.NewEmailInvalid),
        ("EXTERNAL_ID", "T1", "\x00", errors.NewExternalIdInvalid),
        ("NOTHING", "T1", "T2", errors.RequestBaseTypeInvalid),
    ],
)
def test_refuses_at_once_what_cannot_be_done(tom, kind, old, new, refusal):
    with pytest.raises(refusal):
        file(tom, kind=kind, old_value=old, new_value=new)

    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("kind", "old", "taken", "refusal"),
    [
        ("MOBILE", "919800000001", "919800000005", errors.NewMobileInvalid),
        ("EMAIL", "tom@example.com", "ann@example.com", errors.NewEmailInvalid),
        ("EXTERNAL_ID", "T1", "A1", errors.NewExternalIdInvalid),
    ],
)
def test_refuses_a_new_value_that_somebody_has(tom, kind, old, taken, refusal):
    make_customer(
        identifiers=[("mobile", "919800000005"), ("email", "ann@example.com"), ("externalId", "A1")]
    )

    with pytest.raises(refusal):
        file(tom, kind=kind, old_value=old, new_value=taken)


def test_refuses_the_same_again_while_it_waits_and_takes_it_after_the_decision(tom):
    first = make_request(tom)

    with pytest.raises(errors.SameRequestPending) as refused:
        make_request(tom)

    assert refused.value.facts == {"request_id": first.pk}
    reject(first)
    assert make_request(tom).status == "PENDING"


def test_refuses_somebody_elses_customer_a_stranger_and_a_victim(tom):
    theirs = make_customer(make_organization("other"))
    victim = make_customer(merged_into=tom)
    maker = make_person()

    for customer_id, refusal in (
        (theirs.pk, errors.RequestCustomerUnknown),
        (2**62, errors.RequestCustomerUnknown),
        (victim.pk, errors.VictimMerged),
    ):
        with pytest.raises(refusal):
            unit_of_work(file_request)(
                origin=make_origin(actor=maker),
                new_request=NewRequest(
                    kind="EMAIL", customer_id=customer_id, new_value="a@b.example"
                ),
            )


def test_refuses_text_that_cannot_be_kept_whole(tom):
    with pytest.raises(errors.ValueTooLong):
        make_request(tom, reason="x" * 256)
    with pytest.raises(errors.ValueTooLong):
        make_request(tom, comments="\x00")


def test_a_switch_of_the_organization_approves_at_once_and_says_so(tom):
    unit_of_work(change_settings)(org_id=tom.org_id, values={"CI_MOBILE_AUTO_APPROVE": 1})
    maker = make_person()

    request = make_request(tom, maker=maker, new_value="919800000002", old_value="919800000001")
    waiting = make_request(tom, "EMAIL", old_value="tom@example.com", new_value="t@x.example")

    assert (request.status, waiting.status) == ("APPROVED", "PENDING")
    decision = Decision.objects.get()
    assert (decision.actor, decision.auto_approved) == (maker, True)
    assert decision.comments == f"auto approved by {maker.pk}"
    assert Identifier.objects.get(customer=tom, type="mobile").value == "919800000002"


def test_the_caller_may_have_it_approved_at_once(tom):
    by_client = file(tom, old_value="919800000001", new_value="919800000002", auto_approve=True)
    one_step = file(tom, old_value="919800000002", new_value="919800000003", one_step=True)

    assert [by_client.request.status, by_client.request.one_step] == ["APPROVED", False]
    assert [one_step.request.status, one_step.request.one_step] == ["APPROVED", True]


def test_gives_a_first_email_to_somebody_who_has_none():
    ann = make_customer(identifiers=[("mobile", "919800000001")])

    approve(make_request(ann, "EMAIL", new_value="ann@example.com"))

    assert set(ann.identifiers.values_list("type", "value")) == {
        ("mobile", "919800000001"),
        ("email", "ann@example.com"),
    }
