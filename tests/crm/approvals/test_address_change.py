"""Requests for another address (contract, sections 5.3 and 6)."""

import pytest

from crm.approvals import errors
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.models import FieldDefinition, Profile
from customers.queries.fields import forget_field_rules
from tests.approval_builders import approve, make_person, make_request
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_field,
    make_origin,
    make_profile,
)

pytestmark = pytest.mark.django_db
OLD, NEW = "1 Mill Lane, Pune", "2 Quay Street, Kochi"


@pytest.fixture
def field():
    return make_field("Address", kind="CUSTOM", scope="PROFILE", max_length=60)


@pytest.fixture
def tom(field):
    """At home in a shop and on WeChat; the website knows another address."""
    tom = make_customer(fields={"Address": OLD, "city": "Pune"})
    make_profile(tom, get_or_make_source_account("WECHAT", "22"), fields={"Address": OLD})
    make_profile(tom, get_or_make_source_account("WEBSITE"), fields={"Address": "elsewhere"})
    return tom


def make_address_request(customer, **fields):
    return make_request(customer, "ADDRESS", **{"new_value": NEW, **fields})


def plan_of(request):
    [plan] = plan_requests(org=request.org, requests=[request], now=NOON).values()
    return plan


def addresses(customer):
    rows = Profile.objects.filter(customer=customer).order_by("pk")
    return [fields.get("Address") for fields in rows.values_list("fields", flat=True)]


def test_every_profile_with_the_old_address_gets_the_new_one(tom):
    request = make_address_request(tom, old_value=f" {OLD} ")

    plan = plan_of(request)
    decided = approve(request)

    assert [(d.before, d.after) for d in plan.differences] == [(OLD, NEW)]
    assert [fact.words for fact in plan.facts] == ["INSTORE, WECHAT 22"]
    assert decided.refusal is None
    assert addresses(tom) == [NEW, NEW, "elsewhere"]
    assert tom.profiles.order_by("pk").first().fields["city"] == "Pune"
    assert Event.objects.filter(kind="customer.updated", subject_id=tom.pk).exists()


def test_without_an_old_one_the_profile_that_speaks_for_the_customer_gets_it(tom):
    request = make_address_request(tom)

    plan = plan_of(request)
    approve(request)

    assert [(d.before, d.after) for d in plan.differences] == [(OLD, NEW)]
    assert addresses(tom) == [NEW, OLD, "elsewhere"]


def test_refuses_at_once_what_cannot_be_done(tom):
    for fields, refusal in (
        ({"new_value": None}, errors.NewValueMissing),
        ({"new_value": " "}, errors.NewValueMissing),
        ({"new_value": OLD, "old_value": OLD}, errors.NewValueMissing),
        ({"new_value": "x" * 61}, errors.ValueTooLong),
        ({"new_value": "\x00"}, errors.ValueTooLong),
        ({"new_value": {"a": 1}}, errors.ValueTooLong),
        ({"old_value": "nowhere"}, errors.OldValueNotHeld),
    ):
        with pytest.raises(refusal):
            make_address_request(tom, **fields)
    assert not Request.objects.exists()


def test_an_organization_that_keeps_no_addresses_takes_no_such_request():
    with pytest.raises(errors.RequestBaseTypeInvalid):
        make_address_request(make_customer())


def test_what_changed_since_fails_the_request(tom, field):
    request = make_address_request(tom, old_value=OLD)
    Profile.objects.filter(customer=tom).update(fields={"Address": "moved"})

    assert list(plan_of(request).blockers) == [f"No profile has {OLD} any more."]
    assert approve(request).refusal == errors.OldValueNotHeld()

    FieldDefinition.objects.update(is_active=False)
    forget_field_rules(tom.org_id)
    assert approve(request).refusal == errors.RequestBaseTypeInvalid(base_type="ADDRESS")
    assert addresses(tom) == ["moved"] * 3


def test_several_of_one_customer_are_done_one_after_another(tom):
    requests = [
        make_address_request(tom, old_value=OLD),
        make_address_request(tom, old_value=OLD, new_value="late"),
        make_address_request(tom, old_value="elsewhere", new_value="web"),
    ]

    outcomes = unit_of_work(decide_requests)(
        origin=make_origin(actor=make_person()),
        request_ids=[r.pk for r in requests],
        verdict=Verdict(approve=True),
    )

    assert [o.refusal for o in outcomes] == [None, errors.OldValueNotHeld(), None]
    assert addresses(tom) == [NEW, NEW, "web"]
