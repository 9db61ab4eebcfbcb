"""Linked programs of partners, and the customers' memberships in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, entity_link
from loyalty.models.enrollment import Enrollment
from loyalty.models.program import Program


class PartnerProgram(models.Model):
    """A partner's program, linked to a program of the organization."""

    class Type(models.TextChoices):
        EXTERNAL = "EXTERNAL", _("External")
        SUPPLEMENTARY = "SUPPLEMENTARY", _("Supplementary")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    program = models.ForeignKey(Program, models.PROTECT, related_name="partner_programs")

    name = models.CharField(max_length=150)
    description = models.CharField(max_length=255, blank=True)
    type = models.CharField(max_length=13, choices=Type, default=Type.EXTERNAL)
    is_tier_based = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="partner_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PartnerTier(models.Model):
    """A tier of a partner's program."""

    partner_program = models.ForeignKey(PartnerProgram, models.PROTECT, related_name="tiers")
    serial = models.PositiveIntegerField(help_text=_("1 is the lowest."))
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner_program", "serial"], name="partner_tier_serial_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartnerMembership(models.Model):
    """The membership of an enrolled customer in a partner's program, under the partner's number.

    A customer who is unlinked keeps the row as history; it may be followed by another one.
    """

    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="partner_memberships")
    partner_program = models.ForeignKey(PartnerProgram, models.PROTECT, related_name="+")

    membership_id = models.CharField(max_length=100)
    tier = models.ForeignKey(PartnerTier, models.PROTECT, null=True, blank=True, related_name="+")
    tier_expires_at = models.DateTimeField(null=True, blank=True)

    linked_at = models.DateTimeField(null=True, help_text=_("Empty: before this was recorded."))
    linked_by = entity_link()
    unlinked_at = models.DateTimeField(null=True, help_text=_("Empty: linked now."))
    unlinked_by = entity_link()

    class Meta:
        # The memberships' desk is the customer's page.
        permissions = [("link_partners", "Can link customers to partners' programs")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "partner_program"],
                condition=Q(unlinked_at__isnull=True),
                name="partner_membership_linked_once",
            ),
            # A partner gives a number to one person.
            models.UniqueConstraint(
                fields=["partner_program", "membership_id"],
                condition=Q(unlinked_at__isnull=True),
                name="partner_membership_id_held_once",
            ),
            models.CheckConstraint(
                condition=Q(tier__isnull=True, tier_expires_at__isnull=True)
                | Q(tier__isnull=False, tier_expires_at__isnull=False),
                name="partner_tier_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.membership_id
