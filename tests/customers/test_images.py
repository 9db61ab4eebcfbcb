"""Setting a customer's picture ..."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers import errors
from customers.models import CustomerImage
from customers.operations.images import set_image
from customers.queries.images import find_image
from customers.rules.images import clean_image
from tests.builders import (
    NOON,
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_origin,
    make_till,
)
from tests.crm.dumping import dump_rows
from tests.pictures import make_picture

pytestmark = pytest.mark.django_db


def upload(customer, colour="teal", **origin):
    return unit_of_work(set_image)(
        origin=make_origin(**origin),
        customer_id=customer.pk,
        image=clean_image(make_picture(colour=colour)),
    )


def find_shown_image(customer):
    return find_image(org_id=customer.org_id, customer_id=customer.pk)


def list_versions(customer):
    return list(
        CustomerImage.objects.filter(customer=customer)
        .order_by("version")
        .values_list("version", "is_current")
    )


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def unmerge(key):
    later = make_origin(at=NOON + timedelta(days=1))
    return unit_of_work(unmerge_customers)(origin=later, merge_id=key, reason="A mistake")


@pytest.fixture
def pair():
    return make_customer(), make_customer(source_account=get_or_make_source_account("WECHAT", "22"))


def test_shows_it_from_then_on_and_keeps_the_versions_before():
    customer, till = make_customer(), make_till()

    first = upload(customer)
    second = upload(customer, actor=till, at=NOON + timedelta(hours=1))

    image = find_shown_image(customer)
    assert (image.version, image.latest_version, image.path) == (2, 2, second.path)
    assert list_versions(customer) == [(1, False), (2, True)]
    assert default_storage.size(first.path) == first.size
    assert default_storage.size(second.path) == second.size
    customer.refresh_from_db()
    assert (customer.modified_by, customer.modified_at) == (till, NOON + timedelta(hours=1))


def test_is_told_in_the_audit():
    customer = make_customer()
    upload(customer)
    upload(customer)

    event = Event.objects.order_by("pk").values_list("kind", "subject_id", "before", "after")
    size = {"width": 40, "height": 30}
    assert list(event) == [
        ("customer.picture_set", customer.pk, None, {"version": 1, **size}),
        ("customer.picture_set", customer.pk, {"version": 1}, {"version": 2, **size}),
    ]


def test_is_refused_for_who_is_not_there():
    stranger = make_customer(org=make_organization())
    with pytest.raises(errors.CustomerUnknown):
        upload(stranger, org=get_or_make_organization())
    assert CustomerImage.objects.count() == 0


def test_is_refused_for_who_was_merged(pair):
    survivor, victim = pair
    merge(survivor, victim)

    with pytest.raises(errors.CustomerMerged):
        upload(victim)


def test_leaves_no_row_when_the_file_cannot_be_kept(monkeypatch):
    customer = make_customer()
    before = dump_rows()

    def full(*args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(OSError, match="no space"):
        upload(customer)

    assert dump_rows() == before


def test_moves_to_the_survivor_in_a_merge_and_back(pair):
    survivor, victim = pair
    upload(victim, "red")
    upload(victim, "blue")
    apart = dump_rows()

    key = merge(survivor, victim)

    assert list_versions(survivor) == [(1, False), (2, True)]
    assert find_shown_image(victim) is None
    unmerge(key)
    assert dump_rows() == apart


def test_of_a_survivor_stays_shown_and_the_victims_are_counted_on(pair):
    survivor, victim = pair
    own = upload(survivor)
    upload(victim, "red")
    upload(victim, "blue")
    apart = dump_rows()

    key = merge(survivor, victim)

    assert list_versions(survivor) == [(1, True), (2, False), (3, False)]
    assert find_shown_image(survivor).path == own.path
    assert ("Customer images", 2) in plan_unmerge(org_id=own.org_id, merge_id=key).counts
    unmerge(key)
    assert dump_rows() == apart


def test_after_a_merge_blocks_its_undo_where_the_one_that_moved_was_shown(pair):
    survivor, victim = pair
    upload(victim)
    key = merge(survivor, victim)
    upload(survivor)

    [blocker] = plan_unmerge(org_id=survivor.org_id, merge_id=key).blockers

    assert (blocker.kind, blocker.message) == (
        "edited",
        "Version 1 of the picture was changed since.",
    )
