"""Registering customers: new ones, known ones, and what is refused."""

import gc
from datetime import timedelta
from types import FrameType

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.models import Channel, Customer, Identifier, Profile, ProfileIdentifier, SearchKey
from customers.operations.customers.register import (
    plan_registrations,
    register_customer,
    register_customers,
)
from customers.rules.identifiers import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_till,
)

pytestmark = pytest.mark.django_db


def make_profile_entry(
    source="INSTORE", account="", *, identifiers=(("mobile", "919010000022"),), **more
):
    return ProfileEntry(
        source_account_id=get_or_make_source_account(source, account).pk,
        identifiers=identifiers,
        **more,
    )


def make_registration(*profiles, **more):
    return Registration(profiles=profiles or [make_profile_entry()], **more)


def register(*registrations, origin=None):
    return unit_of_work(register_customers)(
        origin=origin or make_origin(), registrations=registrations
    )


def register_one(registration, origin=None):
    return unit_of_work(register_customer)(
        origin=origin or make_origin(), registration=registration
    )


def count_rows():
    tables = (Customer, Profile, Identifier, ProfileIdentifier, Channel, SearchKey, Event)
    return {table: table.objects.count() for table in tables}


def test_makes_a_customer_of_somebody_unknown():
    till = make_till()
    make_field("city")
    make_field("Favorite Color", kind="CUSTOM", scope="PROFILE")

    outcome = register_one(
        make_registration(
            make_profile_entry(
                "WECHAT",
                "22232",
                first_name="  Tom ",
                last_name="Sawyer",
                fields={"favorite color": "Green"},
                identifiers=[("mobile", "+91 90100 00022"), ("email", "Tom@Example.com")],
                channels=[ChannelEntry(type="email", value="Tom@Example.com", is_primary=True)],
            ),
            extended_fields={"city": "Bangalore"},
            registered_at=NOON - timedelta(days=9),
            end_points=["DVS_ENDPOINT"],
        ),
        make_origin(actor=till),
    )

    customer = Customer.objects.get(pk=outcome.customer_id)
    assert (outcome.is_new, outcome.notices, outcome.refusal) == (True, [], None)
    assert customer.loyalty_type == "LOYALTY"
    assert customer.extended_fields == {"city": "Bangalore"}
    assert customer.registered_at == NOON - timedelta(days=9)
    assert (customer.registered_by, customer.modified_at) == (till, NOON)
    assert customer.end_points == ["DVS_ENDPOINT"]
    profile = customer.profiles.get()
    assert (profile.first_name, profile.last_name) == ("Tom", "Sawyer")
    assert profile.fields == {"Favorite Color": "Green"}
    assert set(customer.identifiers.values_list("type", "value")) == {
        ("mobile", "919010000022"),
        ("email", "tom@example.com"),
    }
    assert profile.profile_identifiers.count() == 2
    assert list(profile.channels.values_list("type", "value", "is_primary", "is_verified")) == [
        ("email", "tom@example.com", True, False)
    ]
    assert set(customer.search_keys.values_list("kind", "text")) == {
        ("firstName", "tom"),
        ("lastName", "sawyer"),
        ("fullName", "tom sawyer"),
        ("mobile", "919010000022"),
        ("mobile", "9010000022"),
        ("email", "tom@example.com"),
    }
    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.actor) == (
        "customer.registered",
        customer.pk,
        till,
    )


def test_adds_the_profile_to_the_one_customer_known_elsewhere():
    make_field("city")
    make_field("gender")
    known = make_customer(
        identifiers=[("mobile", "919010000022")],
        extended_fields={"city": "Pune"},
        loyalty_type="NON_LOYALTY",
    )

    outcome = register_one(
        make_registration(
            make_profile_entry("WECHAT", "22232", first_name="Tommy"),
            extended_fields={"city": "Goa", "gender": "Male"},
        )
    )

    known.refresh_from_db()
    assert (outcome.customer_id, outcome.is_new) == (known.pk, False)
    assert outcome.notices == [Notice("customers.combined")]
    assert known.profiles.count() == 2
    assert known.identifiers.get().profile_identifiers.count() == 2
    assert known.extended_fields == {"city": "Pune", "gender": "Male"}
    assert known.loyalty_type == "LOYALTY"
    assert known.search_keys.filter(kind="firstName", text="tommy").exists()


def test_refuses_an_identifier_registered_in_the_same_source_account():
    known = make_customer(identifiers=[("mobile", "919010000022")])
    before = count_rows()

    with pytest.raises(errors.IdentifierRegistered) as refused:
        register_one(
            make_registration(
                make_profile_entry(identifiers=[("mobile", "9010000022"), ("cuid", "c1")])
            )
        )

    assert refused.value.facts == {"kind": "mobile", "customer_id": known.pk}
    assert count_rows() == before


def test_refuses_identifiers_of_two_customers():
    make_customer(identifiers=[("mobile", "919010000022")])
    make_customer(identifiers=[("email", "tom@example.com")])
    wanted = [("mobile", "9010000022"), ("email", "tom@example.com")]
    before = count_rows()

    with pytest.raises(errors.IdentifiersOfSeveralCustomers):
        register_one(make_registration(make_profile_entry("WECHAT", "22232", identifiers=wanted)))

    assert count_rows() == before


def test_refuses_to_give_a_customer_a_second_profile_in_a_source_account():
    known = make_customer(identifiers=[("mobile", "919010000022")])
    register_one(make_registration(make_profile_entry("WECHAT", "22232")))
    # The external id is theirs in the store only, and they have a WeChat profile already.
    identifier = Identifier.objects.create(
        org=known.org, customer=known, type="externalId", value="ts1234"
    )
    ProfileIdentifier.objects.create(
        profile=known.profiles.get(source_account__source="INSTORE"), identifier=identifier
    )
    before = count_rows()

    with pytest.raises(errors.SourceAccountShared):
        register_one(
            make_registration(
                make_profile_entry("WECHAT", "22232", identifiers=[("externalId", "ts1234")])
            )
        )

    assert count_rows() == before


def test_says_registered_here_before_it_says_several_customers():
    make_customer(identifiers=[("mobile", "919010000022")])
    make_customer(
        identifiers=[("email", "tom@example.com")],
        source_account=get_or_make_source_account("WECHAT", "22232"),
    )
    wanted = [("email", "tom@example.com"), ("mobile", "9010000022")]

    with pytest.raises(errors.IdentifierRegistered):
        register_one(make_registration(make_profile_entry(identifiers=wanted)))


def test_registers_several_profiles_at_once():
    outcome = register_one(
        make_registration(
            make_profile_entry("WECHAT", "22232", identifiers=[("wechat", "w1")]),
            make_profile_entry(identifiers=[("mobile", "9010000022")]),
        )
    )

    customer = Customer.objects.get(pk=outcome.customer_id)
    assert customer.profiles.count() == 2
    assert customer.registered_in.source == "WECHAT"


def test_decides_items_of_one_list_in_their_order():
    outcomes = register(
        make_registration(make_profile_entry(first_name="Asha")),
        make_registration(make_profile_entry("WECHAT", "22232")),
        make_registration(
            make_profile_entry(identifiers=[("mobile", "9010000022"), ("cuid", "c1")])
        ),
        make_registration(make_profile_entry(identifiers=[("mobile", "not a number")])),
        make_registration(make_profile_entry(identifiers=[("mobile", "9010000033")])),
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        type(None),
        errors.IdentifierRegistered,
        errors.MobileInvalid,
        type(None),
    ]
    assert [outcome.is_new for outcome in outcomes] == [True, False, False, False, True]
    assert outcomes[0].customer_id == outcomes[1].customer_id != outcomes[4].customer_id
    assert Customer.objects.count() == 2
    assert Identifier.objects.count() == 2


def test_the_same_identifier_in_another_organization_is_another_person():
    make_customer(identifiers=[("mobile", "919010000022")])
    other = make_organization()
    account = get_or_make_source_account(org=other)

    outcome = register_one(
        make_registration(
            ProfileEntry(source_account_id=account.pk, identifiers=[("mobile", "9010000022")])
        ),
        make_origin(other),
    )

    assert outcome.is_new
    assert Customer.objects.get(pk=outcome.customer_id).org == other


@pytest.mark.parametrize(
    ("registration", "refusal"),
    [
        ({"identifiers": []}, errors.NoIdentifier),
        ({"identifiers": [("mobile", "12")]}, errors.MobileInvalid),
        ({"identifiers": [("email", "tom@")]}, errors.EmailInvalid),
        ({"identifiers": [("externalId", "\x00")]}, errors.ExternalIdInvalid),
        ({"identifiers": [("shoe", "42")]}, errors.IdentifierInvalid),
        ({"identifiers": [("cardNumber", "TTM001")]}, errors.IdentifierInvalid),
        ({"first_name": "x" * 101}, errors.NameInvalid),
        ({"channels": [ChannelEntry(type="pigeon", value="1")]}, errors.ChannelInvalid),
        ({"channels": [ChannelEntry(type="line", value="")]}, errors.ChannelInvalid),
        ({"channels": [ChannelEntry(type="mobile", value="1")]}, errors.ChannelMobileInvalid),
        ({"channels": [ChannelEntry(type="email", value="@")]}, errors.ChannelEmailInvalid),
    ],
)
def test_refuses_what_cannot_be_read(registration, refusal):
    with pytest.raises(refusal):
        register_one(make_registration(make_profile_entry(**registration)))

    assert not Customer.objects.exists()


def test_refuses_somebody_from_the_future():
    with pytest.raises(errors.RegistrationDateInvalid):
        register_one(make_registration(registered_at=NOON + timedelta(days=2)))

    assert not Customer.objects.exists()


def test_saves_the_rest_when_a_field_is_unknown_or_ill_typed():
    make_field("year_of_birth", data_type="INTEGER")
    make_field("Favorite Color", kind="CUSTOM", scope="PROFILE")

    outcome = register_one(
        make_registration(
            make_profile_entry(fields={"Shoe": "42", "Favorite Color": "Green"}),
            extended_fields={"year_of_birth": "soon"},
        )
    )

    assert outcome.notices == [
        Notice("customers.field_invalid", name="Shoe", reason="unknown"),
        Notice("customers.extended_field_invalid", name="year_of_birth", reason="ill_typed"),
    ]
    customer = Customer.objects.get(pk=outcome.customer_id)
    assert customer.extended_fields == {}
    assert customer.profiles.get().fields == {"Favorite Color": "Green"}


def test_makes_only_the_last_of_several_primary_channels_primary():
    register_one(
        make_registration(
            make_profile_entry(
                channels=[
                    ChannelEntry(type="email", value="a@example.com", is_primary=True),
                    ChannelEntry(type="email", value="b@example.com", is_primary=True),
                ]
            )
        )
    )

    assert list(Channel.objects.filter(is_primary=True).values_list("value", flat=True)) == [
        "b@example.com"
    ]


def test_a_plan_says_what_would_happen_and_writes_nothing():
    known = make_customer(identifiers=[("mobile", "919010000022")])
    before = count_rows()

    plan = plan_registrations(
        origin=make_origin(),
        registrations=[
            make_registration(make_profile_entry("WECHAT", "22232")),
            make_registration(make_profile_entry()),
            make_registration(make_profile_entry(identifiers=[("cuid", "new")])),
        ],
    )

    assert [(item.customer_id, item.is_new, type(item.refusal)) for item in plan] == [
        (known.pk, False, type(None)),
        (None, False, errors.IdentifierRegistered),
        (None, True, type(None)),
    ]
    assert count_rows() == before


@pytest.mark.parametrize("size", [1, 50])
def test_needs_the_same_number_of_queries_for_one_and_for_many(size, django_assert_max_num_queries):
    origin = make_origin()
    get_or_make_source_account()
    items = [
        make_registration(make_profile_entry(identifiers=[("cuid", f"c{n}")])) for n in range(size)
    ]
    register(make_registration(make_profile_entry(identifiers=[("cuid", "warm")])), origin=origin)

    with django_assert_max_num_queries(16):
        register(*items, origin=origin)


def test_needs_the_same_number_of_queries_however_many_are_joined(django_assert_max_num_queries):
    origin = make_origin()
    customers = [make_customer() for _ in range(20)]
    items = [
        make_registration(
            make_profile_entry(
                "WECHAT", "22232", identifiers=[("mobile", c.identifiers.get().value)]
            )
        )
        for c in customers
    ]

    with django_assert_max_num_queries(32):
        outcomes = register(*items, origin=origin)

    assert [outcome.customer_id for outcome in outcomes] == [c.pk for c in customers]


def test_a_refusal_keeps_nothing_of_its_unit_in_memory():
    refused = [
        make_registration(make_profile_entry(identifiers=(("mobile", "1"),))) for _ in range(50)
    ]
    taken = [make_registration(make_profile_entry()), make_registration(make_profile_entry())]
    gc.collect()
    gc.disable()
    try:
        outcomes = register(*refused, *taken)
        frames = [referrer for referrer in gc.get_objects() if type(referrer) is FrameType]
    finally:
        gc.enable()

    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    assert len(refusals) >= 50
    assert {(r.__traceback__, r.__context__, r.__cause__) for r in refusals} == {(None, None, None)}
    assert [f for f in frames if f.f_code.co_name in ("_prepare", "_decide", "normalise")] == []
