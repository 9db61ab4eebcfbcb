"""Issuing cards: to one customer each, within the limit, with their identifiers."""

from datetime import UTC, datetime

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown, NoProfileInSource
from customers.models import FieldDefinition, Identifier, ProfileIdentifier, SearchKey
from loyalty.errors import (
    CardExternalIdInvalid,
    CardExternalIdTaken,
    CardExternalRefused,
    CardGenerationDisabled,
    CardLabelUnknown,
    CardLimitReached,
    CardNumberInvalid,
    CardOfOtherSeries,
    CardSeriesInactive,
    CardSeriesUnknown,
    CardTaken,
    CardTransitionRefused,
    CardUnknown,
)
from loyalty.models import Card
from loyalty.operations.cards.issue import CardIssueRequest, issue_card, issue_cards
from loyalty.queries.cards.cards import list_card_log
from loyalty.rules.card_numbers import is_luhn_valid
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
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def make_request(customer, number=None, account=None, **fields):
    account = account or get_or_make_source_account(org=customer.org)
    return CardIssueRequest(
        customer_id=customer.pk, source_account_id=account.pk, number=number, **fields
    )


def issue(*requests, **origin):
    return unit_of_work(issue_cards)(origin=make_origin(**origin), requests=requests)


def issue_one(*args, **fields):
    return unit_of_work(issue_card)(origin=make_origin(), request=make_request(*args, **fields))


def list_identifiers(customer):
    """The card identifiers of the customer, and how many profiles each is registered in."""
    return {
        (row.type, row.value): row.profile_identifiers.count()
        for row in Identifier.objects.filter(customer=customer, type__startswith="card")
    }


def list_searchable_keys(customer):
    return set(
        SearchKey.objects.filter(customer=customer, kind__startswith="card").values_list(
            "text", flat=True
        )
    )


def test_issues_a_card_and_lets_the_customer_be_found_by_it():
    till, customer = make_till(), make_customer()
    series = make_card_series(expiry_enabled=True, expiry_days=30)
    active = make_card_label("Active")
    card = make_card("TTM001110000000001ZS", series, external_id="orea7")
    for name, kind in (("card_balance", "EXTENDED"), ("cardtype", "CUSTOM")):
        make_field(name, kind=kind, scope=FieldDefinition.Scope.CARD)

    [issued] = issue(
        make_request(
            customer,
            "TTM001110000000001ZS",
            series_id=series.pk,
            label="ACTIVE",
            reason="asked for",
            custom_fields={"cardtype": "pro"},
            extended_fields={"card_balance": 5},
        ),
        actor=till,
    )

    card.refresh_from_db()
    assert (issued.card_id, issued.number, issued.notices) == (card.pk, card.number, [])
    assert (card.customer, card.label, card.status) == (customer, active, "ACTIVE")
    assert (card.issued_by, card.issued_at) == (till, NOON)
    # The thirtieth day ends at 23:59:59 in Kolkata.
    assert card.expires_at == datetime(2026, 4, 1, 18, 29, 59, tzinfo=UTC)
    assert (card.custom_fields, card.extended_fields) == (
        {"cardtype": "pro"},
        {"card_balance": "5"},
    )
    assert list_identifiers(customer) == {
        ("cardnumber", "TTM001110000000001ZS"): 1,
        ("cardExternalId", "orea7"): 1,
    }
    assert list_searchable_keys(customer) == {"ttm001110000000001zs", "orea7"}
    [line, _] = list_card_log(org_id=card.org_id, card_id=card.pk, limit=10)
    assert (line.label, line.reason, line.created_by_id) == ("Active", "asked for", till.pk)
    event = Event.objects.get(kind="card.issued")
    assert (event.subject_id, event.before, event.after) == (
        card.pk,
        {"label": "NOT_ISSUED"},
        {"label": "Active", "customer": customer.pk, "reason": "asked for"},
    )


def test_begins_as_issued_when_no_label_is_named():
    customer = make_customer()
    make_card("1")

    issue_one(customer, "1")

    card = Card.objects.get()
    assert (card.status, card.expires_at) == ("ISSUED", None)


def test_adds_a_number_from_outside_when_the_series_takes_it():
    customer = make_customer()
    make_card_series("GOLDPHY98")

    issue_one(customer, "EXTERNALCARD9875692", series_code="GOLDPHY98", external_id="carduuid_1")

    card = Card.objects.get()
    assert (card.number, card.external_id, card.customer) == (
        "EXTERNALCARD9875692",
        "carduuid_1",
        customer,
    )
    assert list_identifiers(customer) == {
        ("cardnumber", "EXTERNALCARD9875692"): 1,
        ("cardExternalId", "carduuid_1"): 1,
    }


def test_makes_a_new_number_when_only_the_series_is_named():
    customer = make_customer()
    series = make_card_series(method="LUHN", prefix="9", length=16)

    issued = issue_one(customer, series_id=series.pk)

    card = Card.objects.get()
    assert (card.customer, card.number) == (customer, issued.number)
    assert is_luhn_valid(card.number)
    assert card.number.startswith("9")
    assert list_identifiers(customer) == {("cardnumber", card.number): 1}


def test_names_a_card_by_its_external_id_too():
    customer = make_customer()
    card = make_card("1", external_id="orea7")

    assert issue_one(customer, external_id="orea7").card_id == card.pk


def test_a_card_held_already_is_registered_in_one_more_profile_and_labelled():
    customer = make_customer()
    wechat = get_or_make_source_account("WECHAT", "22232")
    make_card_label("Suspended", "SUSPENDED")
    card = make_card("1", customer=customer)
    make_profile(customer, wechat)
    before = Card.objects.values("issued_at", "customer_id").get()

    issue_one(customer, "1", account=wechat, label="Suspended")
    issue_one(customer, "1", account=wechat)

    card.refresh_from_db()
    assert card.status == "SUSPENDED"
    assert Card.objects.values("issued_at", "customer_id").get() == before
    assert list_identifiers(customer) == {("cardnumber", "1"): 2}
    assert len(list_card_log(org_id=card.org_id, card_id=card.pk, limit=10)) == 2


def assert_refused(refusal, *args, **fields):
    """The refusal comes, and leaves no trace."""
    cards = list(Card.objects.order_by("pk").values())
    with pytest.raises(refusal) as raised:
        issue_one(*args, **fields)

    assert list(Card.objects.order_by("pk").values()) == cards
    return raised.value


def test_refuses_what_cannot_be_issued():
    customer = make_customer()
    series, other = make_card_series("15"), make_card_series("19", takes_external=False)
    make_card("held", series, make_customer())
    make_card("gone", series, status="DELETED")
    make_card("free", series, external_id="x")
    make_card("old", make_card_series(is_active=False))

    assert_refused(CardTaken, customer, "held")
    assert assert_refused(CardTransitionRefused, customer, "gone").facts == {
        "present": "DELETED",
        "wanted": "ISSUED",
    }
    assert_refused(CardTransitionRefused, customer, "free", label="NOT_ISSUED")
    assert_refused(CardLabelUnknown, customer, "free", label="Lost")
    assert_refused(CardOfOtherSeries, customer, "free", series_id=other.pk)
    assert_refused(CardExternalIdInvalid, customer, "free", external_id="y")
    assert_refused(CardExternalIdTaken, customer, "new", series_id=series.pk, external_id="x")
    assert_refused(CardSeriesInactive, customer, "old")
    assert_refused(CardUnknown, customer, "new")
    assert_refused(CardUnknown, customer, external_id="nobody")
    assert_refused(CardUnknown, customer)
    assert_refused(CardExternalRefused, customer, "new", series_id=other.pk)
    assert_refused(CardSeriesUnknown, customer, "new", series_code="nobody")
    assert_refused(CardNumberInvalid, customer, "\x00")
    assert_refused(CardNumberInvalid, customer, ["free"])
    outside = make_card_series(generation_enabled=False)
    assert_refused(CardGenerationDisabled, customer, series_id=outside.pk)

    assert list_identifiers(customer) == {}


def test_refuses_whom_it_cannot_be_issued_to():
    customer, survivor = make_customer(), make_customer()
    customer.merged_into = survivor
    customer.save()
    make_card("1")
    wechat = get_or_make_source_account("WECHAT", "22232")
    stranger = make_customer(make_organization())

    assert assert_refused(CustomerMerged, customer, "1").facts == {"survivor_id": survivor.pk}
    assert_refused(NoProfileInSource, survivor, "1", account=wechat)
    assert_refused(CustomerUnknown, stranger, "1")
    hostile = CardIssueRequest(customer_id=10**30, source_account_id=wechat.pk, number="1")
    [outcome] = issue(hostile)
    assert isinstance(outcome.refusal, CustomerUnknown)


def test_never_gives_more_than_the_series_allows():
    customer = make_customer()
    series = make_card_series(max_active_cards=2)
    make_card("a", series, customer)
    make_card("s", series, customer, status="SUSPENDED")
    for number in "bcd":
        make_card(number, series)
    make_card("elsewhere", make_card_series())

    outcomes = issue(
        make_request(customer, "b"),
        make_request(customer, "c"),
        make_request(customer, "elsewhere"),
        make_request(customer, "d"),
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        CardLimitReached,
        type(None),
        CardLimitReached,
    ]
    assert set(Card.objects.filter(customer=customer).values_list("number", flat=True)) == {
        "a",
        "s",
        "b",
        "elsewhere",
    }
    assert_refused(CardLimitReached, customer, "s", label="ACTIVE")
    assert assert_refused(CardLimitReached, customer, "new", series_id=series.pk).facts == {
        "limit": 2
    }


def test_leaves_nothing_behind_of_what_was_refused_in_a_list():
    customer = make_customer()
    series = make_card_series(max_active_cards=1)

    outcomes = issue(
        make_request(customer, "one", series_id=series.pk),
        make_request(customer, "two", series_id=series.pk),
        make_request(customer, series_id=series.pk),
    )

    assert [outcome.refusal is None for outcome in outcomes] == [True, False, False]
    assert Card.objects.get().number == "one"
    assert list_identifiers(customer) == {("cardnumber", "one"): 1}


def test_of_two_in_a_list_who_want_one_card_the_first_gets_it():
    first, second = make_customer(), make_customer()
    make_card("1")
    series = make_card_series("15")

    outcomes = issue(
        make_request(first, "1"),
        make_request(second, "1"),
        make_request(second, "new", series_id=series.pk),
        make_request(first, "new", series_id=series.pk),
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        CardTaken,
        type(None),
        CardTaken,
    ]
    assert (list_identifiers(first), list_identifiers(second)) == (
        {("cardnumber", "1"): 1},
        {("cardnumber", "new"): 1},
    )


def test_takes_as_many_queries_for_many_as_for_one():
    customers = [make_customer() for _ in range(12)]
    series, account = make_card_series(), get_or_make_source_account()
    issue(make_request(customers[0], "warm", account, series_id=series.pk))

    def issue_to(chosen_customers):
        issue(
            *(
                make_request(c, f"out-{c.pk}", account, series_id=series.pk)
                for c in chosen_customers
            ),
            *(make_request(c, None, account, series_id=series.pk) for c in chosen_customers),
        )

    few = count_queries(lambda: issue_to(customers[:2]))

    assert count_queries(lambda: issue_to(customers[2:])) == few <= 36
    assert ProfileIdentifier.objects.filter(identifier__type="cardnumber").count() == 25
