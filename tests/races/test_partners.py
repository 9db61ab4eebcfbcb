"""Links to partners' programs at once (PostgreSQL)."""

import pytest

from crm.audit.models import Event
from loyalty.models import PartnerMembership
from tests.builders import make_enrollment
from tests.partner_builders import link, make_partner, unlink
from tests.races.test_till import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def member():
    enrolled = make_enrollment()
    make_partner(enrolled.program)
    return enrolled


def test_the_same_customer_is_linked_once(member):
    results = at_once(*(lambda: link(member.customer) for _ in range(4)))

    assert [result.refusal for result in results] == [None] * 4
    assert sorted(len(result.notices) for result in results) == [0, 1, 1, 1]
    assert len({result.membership_id for result in results}) == 1
    assert PartnerMembership.objects.count() == 1
    assert Event.objects.filter(kind="customer.partner_linked").count() == 1


def test_a_number_goes_to_one_of_two_customers(member):
    other = make_enrollment(program=member.program)

    results = at_once(*(lambda c=c: link(c) for c in (member.customer, other.customer)))

    refusals = [result.refusal.code for result in results if result.refusal]
    assert refusals == ["loyalty.partner_membership_id_taken"]
    assert PartnerMembership.objects.count() == 1


def test_a_link_ends_once(member):
    link(member.customer)

    results = at_once(*(lambda: unlink(member.customer) for _ in range(3)))

    assert sum(result.refusal is None for result in results) == 1
    assert Event.objects.filter(kind="customer.partner_unlinked").count() == 1
