"""Setting a status label: it is stored, logged with its reason, and audited."""

from datetime import UTC, datetime

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import (
    CustomerMerged,
    CustomerUnknown,
    ReasonInvalid,
    ReasonMissing,
    StatusLabelUnknown,
)
from customers.models import StatusChange
from customers.operations.status_labels import label_customer
from customers.queries.status_labels import StatusLine, get_current_label, list_status_changes
from tests.builders import (
    NOON,
    get_or_make_organization,
    make_customer,
    make_organization,
    make_origin,
    make_source_account,
    make_status_label,
    make_till,
)

pytestmark = pytest.mark.django_db

EARLIER = datetime(2021, 9, 16, 12, 10, 45, tzinfo=UTC)


def set_label(customer, name, reason="testing", created_at=None, **origin):
    unit_of_work(label_customer)(
        origin=make_origin(**origin),
        customer_id=customer.pk,
        label=name,
        reason=reason,
        created_at=created_at,
    )


def list_log(customer, limit=10, offset=0):
    return list_status_changes(
        org_id=customer.org_id, customer_id=customer.pk, limit=limit, offset=offset
    )


def test_sets_the_label_and_logs_it_on_behalf_of_the_till():
    till = make_till(name="Till 1")
    make_status_label("Active")
    suspended = make_status_label("Suspended", "SUSPENDED")
    customer = make_customer(at=EARLIER)
    set_label(customer, "active")

    set_label(customer, " SUSPENDED ", " chargeback ", EARLIER, actor=till, request_id="r-1")

    customer.refresh_from_db()
    assert customer.status_label == suspended
    assert (customer.modified_by, customer.modified_at) == (till, NOON)
    second, first = list_log(customer)
    assert second == StatusLine(
        id=second.id,
        customer_id=customer.pk,
        label="Suspended",
        previous_label="Active",
        status="SUSPENDED",
        reason="chargeback",
        created_by_id=till.pk,
        created_by="Till 1",
        created_at=EARLIER,
        recorded_at=NOON,
        is_current=True,
    )
    assert (first.label, first.previous_label, first.is_current) == ("Active", None, False)
    assert (first.created_at, first.created_by) == (NOON, None)


def test_tells_the_audit_what_it_was_and_what_it_is():
    make_status_label("Active")
    make_status_label("Deleted", "DELETED")
    customer = make_customer()
    till = make_till()

    set_label(customer, "Active", actor=till)
    set_label(customer, "Deleted", "asked to", actor=till, request_id="r-2")

    assert list(
        Event.objects.order_by("pk").values_list(
            "kind", "subject_type", "subject_id", "actor_id", "request_id", "before", "after"
        )
    ) == [
        (
            "customer.labelled",
            "customer",
            customer.pk,
            till.pk,
            "",
            {"label": None},
            {"label": "Active", "reason": "testing"},
        ),
        (
            "customer.labelled",
            "customer",
            customer.pk,
            till.pk,
            "r-2",
            {"label": "Active"},
            {"label": "Deleted", "reason": "asked to"},
        ),
    ]


def assert_refused(refusal, customer, name="Active", reason="testing", **origin):
    """Assert that the error is raised and nothing is written."""
    before = type(customer).objects.filter(pk=customer.pk).values().get()
    with pytest.raises(refusal) as caught:
        set_label(customer, name, reason, **origin)
    assert type(customer).objects.filter(pk=customer.pk).values().get() == before
    assert not StatusChange.objects.exists()
    assert not Event.objects.exists()
    return caught.value


@pytest.mark.parametrize("name", ["Gold", "", "Act\x00ive", "Retired", "Theirs", "x" * 5000])
def test_refuses_a_label_that_the_organization_lacks_or_has_retired(name):
    make_status_label("Active")
    make_status_label("Retired", is_active=False)
    make_status_label("Theirs", org=make_organization())

    assert_refused(StatusLabelUnknown, make_customer(), name)


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("", ReasonMissing),
        (" \n", ReasonMissing),
        (None, ReasonMissing),
        ("x" * 256, ReasonInvalid),
        ("x\x00", ReasonInvalid),
    ],
)
def test_refuses_to_go_without_a_reason_that_can_be_kept(reason, refusal):
    make_status_label("Active")

    assert_refused(refusal, make_customer(), reason=reason)


def test_refuses_strangers_and_names_the_survivor_of_victims():
    other = make_organization()
    make_status_label("Active", org=other)
    make_status_label("Active")
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)

    assert_refused(CustomerUnknown, survivor, org=other)
    assert assert_refused(CustomerMerged, victim).facts == {"survivor_id": survivor.pk}


def test_takes_five_queries(django_assert_num_queries):
    make_status_label("Active")
    customer = make_customer()
    origin = make_origin()

    with django_assert_num_queries(7):  # two of them are the savepoint of the test
        unit_of_work(label_customer)(
            origin=origin, customer_id=customer.pk, label="Active", reason="testing"
        )


def test_shows_the_log_page_by_page_in_few_queries(django_assert_num_queries):
    make_status_label("Active")
    customer = make_customer()
    stranger = make_customer(source_account=make_source_account(org=make_organization()))
    for reason in ("one", "two", "three"):
        set_label(customer, "Active", reason)

    with django_assert_num_queries(1):
        first_page = list_log(customer, limit=2)
    with django_assert_num_queries(2):
        second_page = list_log(customer, limit=2, offset=2)

    assert [(line.reason, line.is_current) for line in first_page] == [
        ("three", True),
        ("two", False),
    ]
    assert [(line.reason, line.is_current) for line in second_page] == [("one", False)]
    assert list_log(customer, offset=3) == []
    assert list_status_changes(org_id=stranger.org_id, customer_id=customer.pk, limit=10) == []


def test_shows_the_default_label_until_one_is_set():
    org_id = get_or_make_organization().pk
    customer = make_customer()
    assert get_current_label(org_id=org_id, customer_id=customer.pk) is None

    default = make_status_label("Active", is_default=True)
    suspended = make_status_label("Suspended", "SUSPENDED")
    assert get_current_label(org_id=org_id, customer_id=customer.pk) == default

    set_label(customer, "Suspended")
    assert get_current_label(org_id=org_id, customer_id=customer.pk) == suspended
