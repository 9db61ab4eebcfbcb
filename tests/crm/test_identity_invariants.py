"""Whatever is registered, changed and merged, in whatever order: what always holds."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.audit.models import Event
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from customers.models import Channel, Customer, Identifier, Profile, ProfileIdentifier, SearchKey
from customers.operations.customers.register import register_customers
from customers.operations.customers.search_index import reindex_customers
from customers.operations.customers.update import update_customers
from customers.rules.customer_update import CustomerChange
from customers.rules.identifier_change import IdentityChange
from customers.rules.identifiers import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.builders import get_or_make_source_account, make_origin

# Few enough that everybody meets everybody.
PLACES = st.sampled_from([("INSTORE", ""), ("WECHAT", "a"), ("WECHAT", "b"), ("WEBSITE", "")])
KEYS = st.sampled_from(
    [("mobile", f"901000002{n}") for n in range(3)]
    + [("email", f"{letter}@example.com") for letter in "ab"]
    + [("cuid", "c")]
)
NAMES = st.sampled_from(["", "Tom", "René", "tom"])
CHANNELS = st.lists(
    st.builds(
        ChannelEntry,
        type=st.sampled_from(["email", "line"]),
        value=st.sampled_from(["a@example.com", "b@example.com"]),
        is_primary=st.sampled_from([None, True, False]),
    ),
    max_size=3,
)
REGISTER = st.tuples(
    st.just("register"),
    st.lists(st.tuples(PLACES, st.lists(KEYS, max_size=3), NAMES, CHANNELS), max_size=3),
)
IDENTIFY = st.tuples(
    st.just("identify"),
    st.tuples(st.integers(0, 4), PLACES, st.lists(KEYS, max_size=2), st.lists(KEYS, max_size=2)),
)
UPDATE = st.tuples(st.just("update"), st.tuples(st.integers(0, 4), PLACES, NAMES, CHANNELS))


class WhateverHappens(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.one_of(REGISTER, IDENTIFY, UPDATE), max_size=8))
    def test_identities_stay_whole(self, steps):
        origin = make_origin()
        for verb, given_to_it in steps:
            with suppress(DomainError):
                getattr(self, verb)(origin, given_to_it)
            self.check(origin)

    def register(self, origin, customers):
        unit_of_work(register_customers)(
            origin=origin,
            registrations=[
                Registration(
                    profiles=[
                        ProfileEntry(
                            source_account_id=get_or_make_source_account(*place).pk,
                            first_name=name,
                            identifiers=keys,
                            channels=channels,
                        )
                    ]
                )
                for place, keys, name, channels in customers
            ],
        )

    def identify(self, origin, identifiers):
        number, place, add, remove = identifiers
        unit_of_work(change_identifiers)(
            origin=origin,
            change=IdentityChange(
                customer_id=self.nth(number),
                source_account_id=get_or_make_source_account(*place).pk,
                add=add,
                remove=remove,
            ),
        )

    def update(self, origin, values):
        number, place, name, channels = values
        entry = ProfileEntry(
            source_account_id=get_or_make_source_account(*place).pk,
            first_name=name,
            channels=channels,
        )
        unit_of_work(update_customers)(
            origin=origin,
            changes=[CustomerChange(customer_id=self.nth(number), profiles=[entry])],
        )

    @staticmethod
    def nth(number):
        ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
        return ids[number % len(ids)] if ids else 1

    def check(self, origin):
        standing = set(Customer.objects.filter(merged_into=None).values_list("pk", flat=True))
        victims = set(Customer.objects.exclude(merged_into=None).values_list("pk", flat=True))
        pairs = ProfileIdentifier.objects.select_related("profile", "identifier")
        # An identifier is registered in profiles of its own customer, and in one at least.
        assert all(p.profile.customer_id == p.identifier.customer_id for p in pairs)
        assert {p.identifier_id for p in pairs} == set(
            Identifier.objects.values_list("pk", flat=True)
        )
        # Nobody who stands is without an identifier, and a victim has nothing left.
        assert set(Identifier.objects.values_list("customer_id", flat=True)) == standing
        assert set(Profile.objects.values_list("customer_id", flat=True)) == standing
        assert not set(
            Customer.objects.exclude(merged_into=None).values_list("merged_into_id", flat=True)
        ) & (victims)
        # One primary channel of a type in a profile.
        primaries = Channel.objects.filter(is_primary=True).values_list("profile_id", "type")
        assert len(set(primaries)) == len(primaries)
        # What is searched is what is stored.
        columns = ("text", "customer_id", "kind")
        stored_keys = set(SearchKey.objects.values_list(*columns))
        unit_of_work(reindex_customers)(org_id=origin.org.pk, customer_ids=standing | victims)
        assert stored_keys == set(SearchKey.objects.values_list(*columns))
        # Everybody's coming is told.
        assert {
            *Event.objects.filter(kind="customer.registered").values_list("subject_id", flat=True)
        } == (standing | victims)
