"""Linking a customer to a partner's program, on the customer's page."""

from uuid import uuid4

import pytest
from django.urls import reverse

from crm.audit.models import Event
from loyalty.models import PartnerMembership
from tests.builders import make_customer, make_enrollment, make_organization, make_program
from tests.partner_builders import link, make_partner
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    enrolled = make_enrollment()
    make_partner(enrolled.program)
    return enrolled


def get_url(member, name="link_partner", *more):
    return reverse(f"admin:loyalty_enrollment_{name}", args=[member.pk, *more])


def build_form(**values):
    return {
        "once": uuid4(),
        "partner": "Miles",
        "membership_id": "m-1",
        "tier": "Blue",
        "expires": "2099-12-31",
        **values,
    }


def show_page(client, member):
    url = reverse("admin:customers_customer_change", args=[member.customer_id])
    return client.get(url).content.decode()


def test_an_approver_links_changes_the_tier_and_unlinks(member):
    client = log_in("approver")
    assert get_url(member) in show_page(client, member)

    client.post(get_url(member), build_form())

    row = PartnerMembership.objects.get()
    assert (row.membership_id, row.tier.name) == ("m-1", "Blue")
    tier_url = get_url(member, "partner_tier", row.pk)
    assert 'value="2099-12-31"' in client.get(tier_url).content.decode()
    client.post(tier_url, {"once": uuid4(), "tier": "Black", "expires": "2099-12-31"})
    row.refresh_from_db()
    assert row.tier.name == "Black"
    page = show_page(client, member)
    assert tier_url in page
    assert "Black" in page
    client.post(get_url(member, "unlink_partner", row.pk), {"once": uuid4(), "reason": "Asked"})
    row.refresh_from_db()
    assert row.unlinked_at is not None
    page = show_page(client, member)
    assert "Unlinked" in page
    assert tier_url not in page
    kinds = Event.objects.filter(subject_id=member.customer_id, door="CONSOLE")
    assert list(kinds.order_by("pk").values_list("kind", flat=True)) == [
        "customer.partner_linked",
        "customer.partner_tier_changed",
        "customer.partner_unlinked",
    ]


def test_a_form_sent_twice_links_once(member):
    client, form = log_in("approver"), build_form()

    client.post(get_url(member), form)
    answer = client.post(get_url(member), form, follow=True)

    assert "was sent twice" in answer.content.decode()
    assert PartnerMembership.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"tier": ""}, "has tiers: name one"),
        ({"expires": "2001-01-01"}, "not in the right time"),
        ({"membership_id": "taken"}, "Another customer has this membership id"),
        ({"partner": "Moon"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_linked(member, values, sentence):
    link(make_enrollment(program=member.program).customer, "taken")

    answer = log_in("approver").post(get_url(member), build_form(**values))

    assert sentence in answer.content.decode()
    assert PartnerMembership.objects.count() == 1


@pytest.mark.parametrize("role", ["support agent", "auditor", "import operator"])
def test_others_see_links_and_change_none(member, role):
    link(member.customer)
    row = PartnerMembership.objects.get()
    client = log_in(role)

    page = show_page(client, member)

    assert "m-1" in page
    assert "partners/link/" not in page
    for url in (
        get_url(member),
        get_url(member, "partner_tier", row.pk),
        get_url(member, "unlink_partner", row.pk),
    ):
        assert client.post(url, build_form()).status_code == 403


def test_rows_of_others_are_not_found(member):
    link(member.customer)
    row = PartnerMembership.objects.get()
    client = log_in("approver")
    other = make_enrollment(program=member.program)
    org = make_organization()
    foreign = make_enrollment(make_customer(org), make_program("Theirs", org))

    assert client.get(get_url(other, "partner_tier", row.pk)).status_code == 404
    assert client.get(get_url(foreign)).status_code == 404
    assert client.get(get_url(member, "unlink_partner", 10**15)).status_code == 404
