"""Values that were stored before their spelling was settled."""

from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from crm.kernel.transactions import unit_of_work
from customers.models import Channel, Identifier, SearchKey
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.customers.search import find_customers
from loyalty.models import Invitation
from tests.builders import get_or_make_organization, make_customer
from tests.card_builders import make_card, make_coupon
from tests.referral_builders import make_campaign, make_invitation

pytestmark = pytest.mark.django_db


class _Editor:
    connection = connection


def migrate(app):
    name = {"customers": "0016_one_spelling", "loyalty": "0014_one_spelling"}[app]
    unit_of_work(import_module(f"{app}.migrations.{name}").write_one_spelling)(apps, _Editor())


def search_words(customer):
    return set(SearchKey.objects.filter(customer=customer).values_list("kind", "text"))


def respell_as_before(customer, kind, value, old_value):
    Identifier.objects.filter(customer=customer, type=kind, value=value).update(value=old_value)
    SearchKey.objects.filter(customer=customer, kind=kind).delete()
    SearchKey.objects.create(org=customer.org, text=old_value, customer=customer, kind=kind)


def test_old_spellings_are_found_by_every_spelling():
    customer = make_customer(
        first_name="Łukasz",
        identifiers=[("email", "tom@bücher.example"), ("externalId", "AB-1")],
    )
    words = search_words(customer)
    respell_as_before(customer, "email", "tom@bücher.example", "tom@xn--bcher-kva.example")
    respell_as_before(customer, "externalId", "AB-1", "\uff21B\u200b-1")
    SearchKey.objects.filter(customer=customer, kind="firstName").delete()
    SearchKey.objects.create(org=customer.org, text="łukasz", customer=customer, kind="firstName")

    migrate("customers")

    assert search_words(customer) == words
    org = get_or_make_organization()
    for kind, value in (
        ("email", "tom@bücher.example"),
        ("email", "tom@xn--bcher-kva.example"),
        ("externalId", "AB-1"),
    ):
        assert find_customer_id(org=org, kind=kind, value=value, source_account=None) == customer.pk
    assert [
        c.customer_id for c in find_customers(org_id=org.pk, text="luk", limit=5).customers
    ] == [customer.pk]


def test_a_spelling_that_another_customer_has_stays_as_it_was_shown():
    make_customer(identifiers=[("externalId", "AB-1")])
    other = make_customer(identifiers=[("externalId", "CD-1")])
    respell_as_before(other, "externalId", "CD-1", "AB\u200b-1")

    migrate("customers")

    assert Identifier.objects.get(customer=other).value == "AB\u200b-1"


def test_channels_cards_and_coupons_are_spelled_alike():
    customer = make_customer(identifiers=[("externalId", "AB-1")])
    profile = customer.profiles.get()
    channel = Channel.objects.create(profile=profile, type="email", value="t@xn--bcher-kva.example")
    card = make_card("TTM\u200b1", external_id="\uff21-1")
    coupon = make_coupon(customer, code="AB\ufe0f1")

    migrate("customers")
    migrate("loyalty")

    for row in (channel, card, coupon):
        row.refresh_from_db()
    assert channel.value == "t@b\u00fccher.example"
    assert (card.number, card.external_id, coupon.code) == ("TTM1", "A-1", "AB1")


def test_a_rebuilt_index_holds_the_words_of_every_customer():
    customer = make_customer(first_name="\u0141ukasz", identifiers=[("externalId", "AB-1")])
    words = search_words(customer)
    SearchKey.objects.filter(customer=customer, kind="firstName").update(kind="stale")

    call_command("rebuild_search_index", stdout=StringIO())

    assert search_words(customer) == words


def test_foreign_mobiles_that_look_national_get_the_spelling_that_finds_them():
    singapore = make_customer(identifiers=[("mobile", "006591111111")])
    india = make_customer(identifiers=[("mobile", "916591111111")])
    britain = make_customer(identifiers=[("mobile", "447400123456")])
    inviting = make_invitation(singapore, make_campaign(), "006591111111")
    channel = Channel.objects.create(
        profile=singapore.profiles.get(), type="whatsapp", value="006591111111"
    )
    stored = [(Identifier, "value"), (Channel, "value"), (Invitation, "identifier")]
    before = [sorted(model.objects.values_list("pk", column)) for model, column in stored]
    numbers, invitations = (
        import_module("customers.migrations.0017_numbers_as_answered"),
        import_module("loyalty.migrations.0016_invited_numbers_as_answered"),
    )
    for migration in (numbers, invitations):
        unit_of_work(migration.write_digits)(apps, _Editor())
    channel.refresh_from_db()
    inviting.refresh_from_db()
    assert (channel.value, inviting.identifier) == ("6591111111", "6591111111")

    for migration in (numbers, invitations):
        unit_of_work(migration.write_answers)(apps, _Editor())

    after = [sorted(model.objects.values_list("pk", column)) for model, column in stored]
    assert after == before
    org = get_or_make_organization()
    for typed, customer in (
        ("+6591111111", singapore),
        ("6591111111", india),
        ("447400123456", britain),
    ):
        found = find_customer_id(org=org, kind="mobile", value=typed, source_account=None)
        assert found == customer.pk
