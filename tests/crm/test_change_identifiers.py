"""Changing identifiers, and the merge by itself (contract, rules 2.4 to 2.6)."""

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from crm.usecases.merge_customers import merge_customers
from customers import errors
from customers.models import (
    Channel,
    Customer,
    Identifier,
    MergeJournal,
    MergeJournalRow,
    Profile,
    ProfileIdentifier,
    Subscription,
)
from customers.rules.identifier_change import IdentityChange
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_origin,
    make_profile,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def wechat():
    return get_or_make_source_account("WECHAT", "22232")


def change(customer, *, add=(), remove=(), account=None):
    return unit_of_work(change_identifiers)(
        origin=make_origin(),
        change=IdentityChange(
            customer_id=customer.pk,
            source_account_id=(account or get_or_make_source_account()).pk,
            add=add,
            remove=remove,
        ),
    )


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def identities():
    """Who has what, everywhere."""
    return set(
        ProfileIdentifier.objects.values_list(
            "profile__customer_id",
            "profile__source_account__source",
            "identifier__customer_id",
            "identifier__type",
            "identifier__value",
        )
    )


def test_adds_and_removes_in_one_profile():
    customer = make_customer(identifiers=[("mobile", "919010000022"), ("email", "a@example.com")])

    result = change(customer, add=[("mobile", "9010000033")], remove=[("email", "A@example.com")])

    assert (result.customer_id, result.merged, result.notices) == (customer.pk, False, [])
    assert set(customer.identifiers.values_list("type", "value")) == {
        ("mobile", "919010000022"),
        ("mobile", "919010000033"),
    }
    assert not customer.search_keys.filter(text="a@example.com").exists()
    assert customer.search_keys.filter(text="9010000033").exists()
    event = Event.objects.get()
    assert event.kind == "customer.identifiers_changed"


def test_an_identifier_stays_while_another_profile_has_it(wechat):
    customer = make_customer(identifiers=[("mobile", "919010000022")])
    make_profile(customer, wechat, identifiers=[("mobile", "919010000022"), ("wechat", "w")])

    change(customer, remove=[("mobile", "9010000022")], account=wechat)

    assert identities() == {
        (customer.pk, "INSTORE", customer.pk, "mobile", "919010000022"),
        (customer.pk, "WECHAT", customer.pk, "wechat", "w"),
    }


def test_a_removed_identifier_is_free_for_somebody_else():
    customer = make_customer(identifiers=[("mobile", "919010000022"), ("cuid", "c")])
    other = make_customer()
    change(customer, remove=[("mobile", "9010000022")])

    change(other, add=[("mobile", "9010000022")])

    assert Identifier.objects.get(value="919010000022").customer == other


def test_merges_into_the_holder_who_shares_no_source_account(wechat):
    survivor = make_customer(
        source_account=wechat, identifiers=[("mobile", "919010000022")], loyalty_type="NON_LOYALTY"
    )
    victim = make_customer(identifiers=[("email", "a@example.com"), ("cuid", "c")])

    result = change(victim, add=[("mobile", "9010000022")], remove=[("cuid", "c")])

    survivor.refresh_from_db()
    victim.refresh_from_db()
    assert (result.customer_id, result.merged) == (survivor.pk, True)
    assert result.notices == [Notice("customers.merged", survivor_id=survivor.pk)]
    assert victim.merged_into == survivor
    assert survivor.loyalty_type == "LOYALTY"
    assert identities() == {
        (survivor.pk, "WECHAT", survivor.pk, "mobile", "919010000022"),
        (survivor.pk, "INSTORE", survivor.pk, "mobile", "919010000022"),
        (survivor.pk, "INSTORE", survivor.pk, "email", "a@example.com"),
    }
    assert not victim.search_keys.exists()
    assert survivor.search_keys.filter(text="a@example.com").exists()
    journal = MergeJournal.objects.get()
    assert (journal.survivor, journal.victim, journal.cause) == (
        survivor,
        victim,
        "IDENTIFIER_CHANGE",
    )
    assert set(Event.objects.values_list("kind", "subject_id")) == {
        ("customer.absorbed", survivor.pk),
        ("customer.merged", victim.pk),
        ("customer.identifiers_changed", survivor.pk),
    }


def test_refuses_what_another_customer_holds_in_the_same_source_account():
    make_customer(identifiers=[("mobile", "919010000022")])
    customer = make_customer()
    before = identities()

    with pytest.raises(errors.IdentifierHeldInSource):
        change(customer, add=[("mobile", "9010000022")])

    assert identities() == before


def test_refuses_to_merge_two_who_share_another_source_account(wechat):
    other = make_customer(identifiers=[("mobile", "919010000022")])
    customer = make_customer()
    make_profile(customer, wechat, identifiers=[("wechat", "w")])
    before = identities()

    with pytest.raises(errors.SourceAccountShared):
        change(customer, add=[("mobile", "9010000022")], account=wechat)

    assert identities() == before
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
    assert other.identifiers.count() == 1


def test_refuses_identifiers_of_two_others(wechat):
    make_customer(identifiers=[("mobile", "919010000022")], source_account=wechat)
    make_customer(
        identifiers=[("email", "a@example.com")],
        source_account=get_or_make_source_account("WEBSITE"),
    )
    customer = make_customer()
    before = identities()

    with pytest.raises(errors.IdentifiersOfSeveralCustomers):
        change(customer, add=[("mobile", "9010000022"), ("email", "a@example.com")])

    assert identities() == before


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"remove": [("email", "nobody@example.com")]}, errors.IdentifierNotHeld),
        ({"remove": [("mobile", "9010000022")]}, errors.LastIdentifier),
        ({"add": [("mobile", "9010000022")]}, errors.IdentifierRegistered),
        ({"add": [("mobile", "1")]}, errors.MobileInvalid),
        ({"add": [("cardnumber", "TTM001")]}, errors.IdentifierInvalid),
        ({}, errors.NoIdentifier),
    ],
)
def test_refuses_by_name(changes, refusal):
    customer = make_customer(identifiers=[("mobile", "919010000022")])
    before = identities()

    with pytest.raises(refusal):
        change(customer, **changes)

    assert identities() == before


def test_refuses_a_source_account_without_a_profile_a_stranger_and_a_victim(wechat):
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    stranger = make_customer(make_organization())

    with pytest.raises(errors.NoProfileInSource):
        change(survivor, add=[("wechat", "w")], account=wechat)
    with pytest.raises(errors.CustomerUnknown):
        change(stranger, add=[("wechat", "w")])
    with pytest.raises(errors.CustomerMerged) as refused:
        change(victim, add=[("wechat", "w")])

    assert refused.value.facts == {"survivor_id": survivor.pk}


def test_a_shared_source_account_keeps_the_survivors_values_and_closes_the_victims_profile():
    survivor = make_customer(
        first_name="Asha",
        last_name="",
        fields={"Size": "M"},
        identifiers=[("mobile", "919010000022")],
        channels=[("email", "a@example.com")],
    )
    victim = make_customer(
        first_name="Usha",
        last_name="Rao",
        fields={"Size": "L", "Color": "Red"},
        identifiers=[("mobile", "919010000033")],
        channels=[("email", "a@example.com"), ("email", "b@example.com")],
    )
    Channel.objects.filter(profile__customer=victim).update(is_primary=False)
    Channel.objects.filter(value="b@example.com").update(is_primary=True)

    key = merge(survivor, victim)

    kept, closed = survivor.profiles.get(), victim.profiles.get()
    assert (kept.first_name, kept.last_name) == ("Asha", "Rao")
    assert kept.fields == {"Size": "M", "Color": "Red"}
    assert (kept.closed_at, closed.closed_at) == (None, NOON)
    assert identities() == {
        (survivor.pk, "INSTORE", survivor.pk, "mobile", "919010000022"),
        (survivor.pk, "INSTORE", survivor.pk, "mobile", "919010000033"),
    }
    assert set(kept.channels.values_list("value", "is_primary")) == {
        ("a@example.com", False),
        ("b@example.com", False),
    }
    assert set(MergeJournalRow.objects.filter(journal_id=key).values_list("model", "row")) >= {
        ("customers.Profile", kept.pk),
        ("customers.Profile", closed.pk),
        ("customers.Customer", victim.pk),
    }


def test_the_journal_holds_each_changed_row_as_it_was_and_as_it_became(wechat):
    survivor = make_customer(source_account=wechat)
    victim = make_customer()

    key = merge(survivor, victim)

    row = MergeJournalRow.objects.get(journal_id=key, model="customers.Profile")
    assert row.row == Profile.objects.get(source_account__source="INSTORE").pk
    assert (row.before, row.after) == (
        {"customer_id": victim.pk},
        {"customer_id": survivor.pk},
    )


def test_the_stricter_consent_holds(wechat):
    survivor, victim = make_customer(source_account=wechat), make_customer()
    account = get_or_make_source_account()
    for customer, channel, status in (
        (survivor, "SMS", "OPTIN"),
        (victim, "SMS", "OPTOUT"),
        (survivor, "EMAIL", "OPTOUT"),
        (victim, "EMAIL", "OPTIN"),
        (victim, "WHATSAPP", "OPTIN"),
    ):
        Subscription.objects.create(
            customer=customer,
            source_account=account,
            channel=channel,
            priority="BULK",
            status=status,
            changed_at=NOON,
        )

    merge(survivor, victim)

    assert set(survivor.subscriptions.values_list("channel", "status")) == {
        ("SMS", "OPTOUT"),
        ("EMAIL", "OPTOUT"),
        ("WHATSAPP", "OPTIN"),
    }


def test_earlier_victims_point_at_the_last_survivor(wechat):
    first, second, third = (
        make_customer(),
        make_customer(source_account=wechat),
        make_customer(source_account=get_or_make_source_account("WEBSITE")),
    )

    merge(second, first)
    merge(third, second)

    assert set(Customer.objects.values_list("pk", "merged_into_id")) == {
        (first.pk, third.pk),
        (second.pk, third.pk),
        (third.pk, None),
    }


def test_a_mark_of_fraud_is_never_lost(wechat):
    survivor = make_customer(source_account=wechat)
    victim = make_customer(fraud_status="CONFIRMED", fraud_marked_at=NOON)

    merge(survivor, victim)

    survivor.refresh_from_db()
    assert (survivor.fraud_status, survivor.fraud_marked_at) == ("CONFIRMED", NOON)


def test_needs_the_same_number_of_queries_however_much_hangs_on_the_victim(
    wechat, django_assert_max_num_queries
):
    survivor = make_customer(source_account=wechat)
    victim = make_customer(identifiers=[("cuid", f"c{n}") for n in range(40)])

    with django_assert_max_num_queries(54):
        merge(survivor, victim)

    assert survivor.identifiers.count() == 41
