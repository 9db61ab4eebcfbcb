"""Linking customers to partners' programs ..."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from customers import errors as customer_errors
from loyalty import errors, notices
from loyalty.models import PartnerMembership
from loyalty.queries.enrollments.memberships import list_memberships
from loyalty.queries.partners import list_partner_links
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_program,
    make_status_label,
    make_till,
)
from tests.partner_builders import YEAR, build_link, link, link_all, make_partner, unlink, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    enrolled = make_enrollment()
    make_partner(enrolled.program)
    return enrolled.customer


def list_rows():
    return list(
        PartnerMembership.objects.order_by("pk").values_list(
            "membership_id", "tier__name", "tier_expires_at", "unlinked_at"
        )
    )


def list_events(customer):
    rows = Event.objects.filter(subject_id=customer.pk, kind__startswith="customer.partner_")
    return list(rows.order_by("pk").values_list("kind", "before", "after"))


def test_keeps_number_tier_and_who_linked_when(member):
    till = make_till()

    [result] = link_all([build_link(member, " m-1 ", linked_at=NOON - YEAR)], actor=till)

    row = PartnerMembership.objects.get()
    assert (result.membership_id, result.notices, result.refusal) == (row.pk, [], None)
    assert list_rows() == [("m-1", "Blue", NOON + YEAR, None)]
    assert (row.linked_at, row.linked_by) == (NOON - YEAR, till)
    after = {
        "partner_program": "Miles",
        "membership_id": "m-1",
        "tier": "Blue",
        "tier_expires_at": (NOON + YEAR).isoformat(),
    }
    assert list_events(member) == [("customer.partner_linked", None, after)]
    [membership] = list_memberships(
        org_id=member.org_id, customer_id=member.pk, now=NOON, with_partners=True
    )
    assert [(p.name, p.membership_id) for p in membership.partners] == [("Miles", "m-1")]


def test_changes_nothing_the_second_time(member):
    first = link(member)

    again = link(member, partner_name=" MILES ", tier_name="blue")

    assert again.membership_id == first.membership_id
    assert again.notices == [Notice(notices.PARTNER_LINKED_ALREADY, name="Miles")]
    assert len(list_events(member)) == PartnerMembership.objects.count() == 1


def test_links_once_within_one_list(member):
    first, again, other = link_all(
        [build_link(member), build_link(member), build_link(member, "m-2")]
    )

    assert first.membership_id == again.membership_id
    assert other.refusal == errors.PartnerLinked(name="Miles", membership_id="m-1")
    assert PartnerMembership.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"partner_name": "Moon"}, errors.PartnerProgramUnknown(name="Moon")),
        ({"partner_name": ""}, errors.PartnerProgramUnknown(name="")),
        ({"partner_name": "Off"}, errors.PartnerProgramInactive(name="Off")),
        ({"partner_name": "Far"}, errors.NotEnrolled),
        ({"partner_name": "Twice"}, errors.PartnerProgramAmbiguous(name="Twice")),
        ({"tier_name": "Red"}, errors.PartnerTierUnknown(name="Miles", tier="Red")),
        ({"tier_name": ""}, errors.PartnerTierMissing(name="Miles")),
        ({"tier_expires_at": None}, errors.PartnerDateInvalid(field="tierExpiryDate")),
        ({"tier_expires_at": NOON}, errors.PartnerDateInvalid(field="tierExpiryDate")),
        ({"linked_at": NOON + YEAR}, errors.PartnerDateInvalid(field="linkDate")),
        (
            {"partner_name": "Plain", "tier_name": ""},
            errors.PartnerDateInvalid(field="tierExpiryDate"),
        ),
        ({"partner_name": "Plain"}, errors.PartnerTierUnknown(name="Plain", tier="Blue")),
        ({"membership_id": " "}, errors.PartnerMembershipIdInvalid()),
        ({"membership_id": "m" * 101}, errors.PartnerMembershipIdInvalid()),
        ({"membership_id": "m\0"}, errors.PartnerMembershipIdInvalid()),
        ({"membership_id": "taken"}, errors.PartnerMembershipIdTaken(name="Miles")),
        ({"customer_id": 10**30}, customer_errors.CustomerUnknown(customer_id=10**30)),
    ],
)
def test_refuses_what_does_not_fit_and_writes_nothing(member, values, refusal):
    program, other = member.enrollments.get().program, make_program()
    make_partner(program, "Off", is_active=False)
    make_partner(program, "Plain", tiers=())
    make_partner(program, "Twice")
    make_partner(other, "Twice")
    make_partner(other, "Far")
    link(make_enrollment(program=program).customer, "taken")

    result = link(member, **values)

    assert result.membership_id is None
    assert result.refusal == refusal or type(result.refusal) is refusal
    assert not PartnerMembership.objects.exclude(membership_id="taken").exists()
    assert list_events(member) == []


def test_names_the_program_where_two_have_a_partner_of_the_name(member):
    program = member.enrollments.get().program
    make_partner(make_program(), "Miles")

    assert link(member).refusal == errors.PartnerProgramAmbiguous(name="Miles")
    assert link(member, program_id=program.pk).refusal is None


def test_refuses_strangers_the_merged_and_whom_a_label_blocks(member):
    program = member.enrollments.get().program
    blocked = make_customer(status_label=make_status_label("Gone", "DELETED"))
    merged = make_customer()
    merged.merged_into = member
    merged.save()
    stranger = make_customer(make_organization())
    for customer in (blocked, merged, stranger):
        make_enrollment(customer, program)

    results = link_all([build_link(c, f"m{c.pk}") for c in (blocked, merged, stranger, member)])

    assert [type(result.refusal) for result in results] == [
        customer_errors.StatusBlocksUpdates,
        customer_errors.CustomerMerged,
        customer_errors.CustomerUnknown,
        type(None),
    ]


@pytest.mark.parametrize(
    ("values", "tier"),
    [
        ({"update_type": "upgrade", "tier_name": "Black"}, "Black"),
        ({"update_type": "", "tier_name": "black"}, "Black"),
        ({"update_type": "RENEWAL"}, "Blue"),
        ({"update_type": "RENEW", "tier_name": "Blue"}, "Blue"),
    ],
)
def test_changes_the_tier_of_a_link_once(member, values, tier):
    link(member)
    later = NOON + 2 * YEAR

    result = update(member, **values, tier_expires_at=later)
    again = update(member, **values, tier_expires_at=later)

    assert (result.refusal, result.notices) == (None, [])
    assert again.notices == [Notice(notices.PARTNER_TIER_UNCHANGED, name="Miles")]
    assert list_rows() == [("m-1", tier, later, None)]
    _, (kind, before, after) = list_events(member)
    assert kind == "customer.partner_tier_changed"
    assert (before["tier_expires_at"], after["tier"]) == ((NOON + YEAR).isoformat(), tier)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"update_type": "DOWNGRADE", "tier_name": "Black"}, errors.PartnerUpdateMismatch),
        ({"update_type": "RENEWAL", "tier_name": "Black"}, errors.PartnerUpdateMismatch),
        (
            {"update_type": "RENEWAL", "tier_expires_at": NOON + timedelta(1)},
            errors.PartnerUpdateMismatch,
        ),
        ({"update_type": "UPGRADE"}, errors.PartnerTierMissing),
        ({"update_type": "JUMP", "tier_name": "Black"}, errors.PartnerUpdateTypeInvalid),
        ({"tier_name": "Red"}, errors.PartnerTierUnknown),
        ({"tier_name": "Black", "tier_expires_at": None}, errors.PartnerDateInvalid),
        ({"partner_name": "Other", "tier_name": "Black"}, errors.PartnerNotLinked),
    ],
)
def test_refuses_an_update_that_does_not_fit(member, values, refusal):
    make_partner(member.enrollments.get().program, "Other")
    link(member)

    result = update(member, **{"tier_expires_at": NOON + 2 * YEAR, **values})

    assert type(result.refusal) is refusal
    assert list_rows() == [("m-1", "Blue", NOON + YEAR, None)]


def test_keeps_a_link_that_ended_as_history(member):
    link(member)

    ended = unlink(member, reason="asked to")
    again = unlink(member)
    linked = link(member, "m-1")

    assert (ended.refusal, linked.refusal) == (None, None)
    assert again.refusal == errors.PartnerNotLinked(name="Miles")
    assert [row[3] for row in list_rows()] == [NOON, None]
    present, past = list_partner_links(org_id=member.org_id, customer_id=member.pk)
    assert (present.unlinked_at, past.unlinked_at) == (None, NOON)
    assert list_events(member)[1][2]["reason"] == "asked to"


def test_leaves_an_inactive_program_but_changes_no_tier_there(member):
    link(member)
    partner = PartnerMembership.objects.get().partner_program
    partner.is_active = False
    partner.save()

    assert type(update(member, tier_name="Black").refusal) is errors.PartnerProgramInactive
    assert unlink(member).refusal is None


def test_takes_as_many_queries_for_many(member, django_assert_num_queries):
    program = member.enrollments.get().program
    link(make_enrollment(program=program).customer, "first")
    for number in (1, 30):
        customers = [make_enrollment(program=program).customer for _ in range(number)]
        links = [build_link(customer, f"m{customer.pk}") for customer in customers]
        with django_assert_num_queries(13):
            results = link_all(links)
        assert [result.refusal for result in results] == [None] * number
