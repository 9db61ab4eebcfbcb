"""Builders of partners' programs."""

from datetime import timedelta

from crm.kernel.transactions import unit_of_work
from loyalty.models import PartnerProgram, PartnerTier
from loyalty.operations.partners import link_partners, unlink_partners, update_partners
from loyalty.rules.partners import PartnerLink, PartnerUnlink, PartnerUpdate
from tests.builders import NOON, make_origin

YEAR = timedelta(days=365)


def make_partner(program, name="Miles", tiers=("Blue", "Black"), **values):
    partner = PartnerProgram.objects.create(
        org=program.org, program=program, name=name, is_tier_based=bool(tiers), **values
    )
    for serial, tier in enumerate(tiers, 1):
        PartnerTier.objects.create(partner_program=partner, serial=serial, name=tier)
    return partner


def build_link(customer, number="m-1", **values):
    return PartnerLink(
        **{
            "customer_id": customer.pk,
            "partner_name": "Miles",
            "membership_id": number,
            "tier_name": "Blue",
            "tier_expires_at": NOON + YEAR,
            **values,
        }
    )


def link(customer, number="m-1", **values):
    return link_all([build_link(customer, number, **values)])[0]


def link_all(links, **origin):
    return unit_of_work(link_partners)(origin=make_origin(**origin), links=links)


def update(customer, **values):
    request = PartnerUpdate(customer_id=customer.pk, **{"partner_name": "Miles", **values})
    [result] = unit_of_work(update_partners)(origin=make_origin(), updates=[request])
    return result


def unlink(customer, **values):
    request = PartnerUnlink(customer_id=customer.pk, **{"partner_name": "Miles", **values})
    [result] = unit_of_work(unlink_partners)(origin=make_origin(), unlinks=[request])
    return result
