"""The details of a customer ..."""

from datetime import timedelta

import pytest

from customers import errors
from customers.models import Channel, Subscription
from customers.queries.customers.details import get_details
from customers.queries.source_accounts import get_source_account
from customers.rules.subscriptions import Consent
from tests.builders import (
    NOON,
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_entity,
    make_field,
    make_organization,
    make_profile,
    make_till,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def _get_details(customer, **options):
    return get_details(org_id=get_or_make_organization().pk, customer_id=customer.pk, **options)


def _account(source="INSTORE", account_id=""):
    get_or_make_source_account(source, account_id)
    return get_source_account(
        org_id=get_or_make_organization().pk, source=source, account_id=account_id, on="read"
    )


def test_holds_every_column_of_the_customer():
    till, clerk = make_till(code="t-1", description="by the door"), make_entity("ADMIN_USER")
    customer = make_customer(
        loyalty_type="NON_LOYALTY",
        extended_fields={"city": "Pune", "age": 7},
        registered_by=till,
        associated_with=till,
        modified_by=clerk,
        modified_at=LATER,
        fraud_status="MARKED",
        fraud_marked_by=clerk,
        fraud_marked_at=LATER,
    )

    details = _get_details(customer)

    assert (details.id, details.loyalty_type) == (customer.pk, "NON_LOYALTY")
    assert details.extended_fields == {"city": "Pune", "age": 7}
    assert (details.registered_at, details.registered_source) == (NOON, "INSTORE")
    assert details.registered_by == (till.pk, "t-1", "by the door", "t-1", "TILL")
    assert details.associated_with == "t-1"
    assert (details.modified_by.id, details.modified_at) == (clerk.pk, LATER)
    assert (details.fraud_status, details.fraud_marked_at) == ("MARKED", LATER)
    assert details.fraud_marked_by.id == clerk.pk
    assert details.subscriptions is None


def test_holds_what_is_registered_in_each_profile():
    till = make_till()
    mobile, email = ("mobile", "919800000001"), ("email", "asha@example.com")
    customer = make_customer(
        identifiers=[mobile],
        channels=[("mobile", "919800000001")],
        fields={"shoe": 44},
    )
    make_profile(
        customer,
        get_or_make_source_account("WECHAT", "w-1"),
        identifiers=[email, mobile],
        first_name="A.",
        last_name="",
        created_by=till,
        modified_by=till,
    )

    first, second = _get_details(customer).profiles

    assert (first.source, first.account_id, first.fields) == ("INSTORE", "", {"shoe": 44})
    assert first.identifiers == [mobile]
    assert first.channels == [("mobile", "919800000001", False, False, {}, {})]
    assert (second.source, second.account_id, second.first_name) == ("WECHAT", "w-1", "A.")
    assert second.identifiers == [email, mobile]
    assert (second.created_by.id, second.modified_by.id) == (till.pk, till.pk)
    assert second.channels == []


def test_of_a_named_source_holds_its_profile_and_the_identifiers_of_all():
    mobile, email = ("mobile", "919800000001"), ("email", "asha@example.com")
    customer = make_customer(identifiers=[mobile])
    make_profile(customer, get_or_make_source_account("WECHAT", "w-1"), identifiers=[email, mobile])

    details = _get_details(customer, source_account=_account("WECHAT", "w-1"))

    assert [profile.source for profile in details.profiles] == ["WECHAT"]
    assert details.identifiers == [mobile, email]


def test_of_a_source_without_a_profile_is_refused():
    with pytest.raises(errors.NoProfileInSource):
        _get_details(make_customer(), source_account=_account("TMALL"))


def test_shows_closed_profiles_of_victims_beside_the_survivors_own():
    survivor = make_customer(identifiers=[("mobile", "919800000001")])
    victim = make_customer(identifiers=[], first_name="Tom", merged_into=survivor)
    victim.profiles.update(closed_at=LATER)

    [profile] = _get_details(survivor).profiles

    assert profile.first_name == "Asha"
    assert [(other.first_name, other.customer_id) for other in profile.conflicting] == [
        ("Tom", victim.pk)
    ]


def test_shows_no_closed_profile_of_the_customers_own():
    customer = make_customer()
    make_profile(customer, get_or_make_source_account("TMALL"), closed_at=LATER)

    [profile] = _get_details(customer).profiles

    assert (profile.source, profile.conflicting) == ("INSTORE", [])


def test_embeds_consent_with_its_sums():
    customer = make_customer()
    Subscription.objects.create(
        customer=customer,
        source_account=get_or_make_source_account(),
        channel="EMAIL",
        priority="BULK",
        status="OPTOUT",
        changed_at=NOON,
    )

    consents = _get_details(customer, with_subscriptions=True).subscriptions

    assert len(consents) == 9
    assert Consent(channel="EMAIL", priority="BULK", status="OPTOUT") in consents
    assert consents[-1].source == "INSTORE"


def test_translates_extended_fields_only():
    make_field("city", options=["Pune"], translations={("zh", "Pune"): "浦那"})
    customer = make_customer(extended_fields={"city": "Pune"}, fields={"city": "Pune"})

    details = _get_details(customer, language="zh")

    assert details.extended_fields == {"city": "浦那"}
    assert details.profiles[0].fields == {"city": "Pune"}


@pytest.mark.parametrize("options", [{}, {"with_subscriptions": True}])
def test_takes_one_query_for_a_rich_customer_as_for_a_poor_one(options, django_assert_num_queries):
    org_id, poor, rich = get_or_make_organization().pk, make_customer(), make_customer()
    for number in range(5):
        profile = make_profile(
            rich,
            get_or_make_source_account("WECHAT", f"w-{number}"),
            identifiers=[("wechat", f"id-{number}")],
        )
        Channel.objects.create(profile=profile, type="wechat", value=f"id-{number}")

    for customer in (poor, rich):
        with django_assert_num_queries(1):
            get_details(org_id=org_id, customer_id=customer.pk, **options)


def test_of_a_victim_name_the_survivor_instead():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)

    with pytest.raises(errors.CustomerMerged) as caught:
        _get_details(victim)

    assert caught.value.facts == {"survivor_id": survivor.pk}


def test_of_nobody_or_somebody_elsewhere_are_refused():
    customer = make_customer()

    with pytest.raises(errors.CustomerUnknown):
        get_details(org_id=make_organization().pk, customer_id=customer.pk)
    for unknown_id in (0, -1, 2**63, 404):
        with pytest.raises(errors.CustomerUnknown):
            get_details(org_id=get_or_make_organization().pk, customer_id=unknown_id)
