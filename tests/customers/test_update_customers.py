"""Updating customers: what changes, what stays, what is refused."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.models import Channel, Customer, Profile
from customers.operations.customers.update import plan_updates, update_customer, update_customers
from customers.rules.customer_update import CustomerChange
from customers.rules.identifiers import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_profile,
    make_till,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def make_change(customer, **more):
    profile = {
        name: more.pop(name)
        for name in ("first_name", "last_name", "fields", "channels", "identifiers")
        if name in more
    }
    account = more.pop("account", None) or get_or_make_source_account()
    entry = ProfileEntry(source_account_id=account.pk, **profile)
    return CustomerChange(customer_id=customer.pk, profiles=[entry] if profile else [], **more)


def update(*changes, origin=None):
    return unit_of_work(update_customers)(origin=origin or make_origin(at=LATER), changes=changes)


def update_one(change, origin=None):
    return unit_of_work(update_customer)(origin=origin or make_origin(at=LATER), change=change)


def test_changes_names_fields_and_loyalty_type():
    till = make_till()
    make_field("gender")
    make_field("Favorite Color", kind="CUSTOM", scope="PROFILE")
    make_field("Size", kind="CUSTOM", scope="PROFILE")
    customer = make_customer(
        fields={"Favorite Color": "Green", "Size": "M"},
        loyalty_type="NON_LOYALTY",
        extended_fields={"gender": "Female"},
    )

    outcome = update_one(
        make_change(
            customer,
            first_name="Anita",
            fields={"favorite color": "Red", "Size": None},
            loyalty_type="LOYALTY",
            extended_fields={"gender": ""},
        ),
        make_origin(actor=till, at=LATER),
    )

    customer.refresh_from_db()
    profile = customer.profiles.get()
    assert (profile.first_name, profile.last_name) == ("Anita", "Rao")
    assert profile.fields == {"Favorite Color": "Red"}
    assert (profile.modified_by, profile.modified_at) == (till, LATER)
    assert (customer.loyalty_type, customer.extended_fields) == ("LOYALTY", {})
    assert (customer.modified_by, customer.modified_at) == (till, LATER)
    assert outcome.changed
    assert outcome.before == {
        "loyalty_type": "NON_LOYALTY",
        "extended_fields": {"gender": "Female"},
        "profiles": {
            str(profile.source_account_id): {
                "first_name": "Asha",
                "fields": {"Favorite Color": "Green", "Size": "M"},
            }
        },
    }
    assert Event.objects.get().after == outcome.after
    assert set(customer.search_keys.exclude(kind="mobile").values_list("kind", "text")) == {
        ("firstName", "anita"),
        ("lastName", "rao"),
        ("fullName", "anita rao"),
    }


def test_writes_nothing_when_nothing_differs():
    customer = make_customer()

    outcome = update_one(make_change(customer, first_name="Asha", loyalty_type="LOYALTY"))

    customer.refresh_from_db()
    assert (outcome.changed, outcome.before, outcome.after) == (False, {}, {})
    assert customer.modified_at == NOON
    assert not Event.objects.exists()


def test_upserts_channels_by_type_and_value_and_keeps_one_primary():
    customer = make_customer(channels=[("email", "a@example.com"), ("email", "b@example.com")])
    Channel.objects.filter(value="a@example.com").update(is_primary=True, meta={"office": True})

    update_one(
        make_change(
            customer,
            channels=[
                ChannelEntry(type="email", value="B@example.com", is_primary=True),
                ChannelEntry(type="email", value="a@example.com", is_verified=True),
                ChannelEntry(type="wechat", value="wc_2", meta={"residence": True}),
            ],
        )
    )

    columns = ("type", "value", "is_primary", "is_verified", "meta")
    assert list(Channel.objects.order_by("value").values_list(*columns)) == [
        ("email", "a@example.com", False, True, {"office": True}),
        ("email", "b@example.com", True, False, {}),
        ("wechat", "wc_2", False, False, {"residence": True}),
    ]


def test_notices_identifiers_that_differ_and_changes_none():
    customer = make_customer(identifiers=[("mobile", "919010000022")])

    outcome = update_one(
        make_change(
            customer,
            identifiers=[("mobile", "9010000022"), ("email", "new@example.com"), ("mobile", "1")],
        )
    )

    assert outcome.notices == [
        Notice("customers.identifier_unchanged", kind="mobile"),
        Notice("customers.identifier_unchanged", kind="email"),
    ]
    assert list(customer.identifiers.values_list("type", "value")) == [("mobile", "919010000022")]


def test_refuses_a_loyalty_customer_leaving_loyalty():
    customer = make_customer()

    with pytest.raises(errors.LoyaltyDowngrade):
        update_one(make_change(customer, first_name="Anita", loyalty_type="NON_LOYALTY"))

    assert customer.profiles.get().first_name == "Asha"


def test_refuses_a_source_account_without_a_profile():
    customer = make_customer()
    wechat = get_or_make_source_account("WECHAT", "22232")

    with pytest.raises(errors.NoProfileInSource):
        update_one(make_change(customer, account=wechat, first_name="Anita"))

    assert Profile.objects.get().first_name == "Asha"


def test_refuses_a_stranger_and_a_victim():
    stranger = make_customer(make_organization())
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)

    outcomes = update(
        make_change(stranger, loyalty_type="LOYALTY"),
        make_change(victim, loyalty_type="LOYALTY"),
        CustomerChange(customer_id=2**62),
    )

    assert [outcome.refusal for outcome in outcomes] == [
        errors.CustomerUnknown(customer_id=stranger.pk),
        errors.CustomerMerged(survivor_id=survivor.pk),
        errors.CustomerUnknown(customer_id=2**62),
    ]


def test_applies_items_for_one_customer_in_their_order():
    customer = make_customer()

    first, second = update(
        make_change(customer, first_name="Anita"),
        make_change(customer, first_name="Anu", last_name="R"),
    )

    account = str(get_or_make_source_account().pk)
    assert first.after == {"profiles": {account: {"first_name": "Anita"}}}
    assert second.before == {"profiles": {account: {"first_name": "Anita", "last_name": "Rao"}}}
    assert Profile.objects.get().first_name == "Anu"


def test_a_plan_says_what_would_change_and_writes_nothing():
    customer = make_customer()

    [plan] = plan_updates(
        origin=make_origin(at=LATER), changes=[make_change(customer, first_name="Anita")]
    )

    assert plan.changed
    assert Profile.objects.get().first_name == "Asha"
    assert Customer.objects.get().modified_at == NOON


@pytest.mark.parametrize("size", [1, 30])
def test_needs_the_same_number_of_queries_for_one_and_for_many(size, django_assert_max_num_queries):
    origin = make_origin(at=LATER)
    channel = ChannelEntry(type="email", value="a@example.com", is_primary=True)
    changes = [
        make_change(make_customer(), first_name="Anita", channels=[channel]) for _ in range(size)
    ]
    update(make_change(make_customer(), last_name="Warm"), origin=origin)

    with django_assert_max_num_queries(18):
        outcomes = update(*changes, origin=origin)

    assert all(outcome.changed for outcome in outcomes)


def test_changes_the_named_profile_only():
    customer = make_customer()
    wechat = get_or_make_source_account("WECHAT", "22232")
    make_profile(customer, wechat)

    update_one(make_change(customer, account=wechat, first_name="Anita"))

    assert customer.profiles.get(source_account=wechat).first_name == "Anita"
    assert customer.profiles.exclude(source_account=wechat).get().first_name == "Asha"
