"""Decisions about requests."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.approvals.models.request import Request
from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import OrgEntity, entity_link, org_link


class Decision(models.Model):
    """A checker's decision about a request. A trigger refuses any later change.

    ``FAILED`` records an approval that broke a rule. The request stays open.
    """

    class Verdict(models.TextChoices):
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")
        FAILED = "FAILED", _("Failed")

    org = org_link()
    request = models.ForeignKey(Request, models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict)

    # The checker, in the same three parts as the request's maker.
    actor = models.ForeignKey(OrgEntity, models.PROTECT, related_name="+", db_index=False)
    actor_caller = entity_link(required=True)
    actor_person = entity_link(required=True)
    # Copied from the request; a trigger refuses other values.
    maker_caller = entity_link(required=True)
    maker_person = entity_link(required=True)
    auto_approved = models.BooleanField(default=False)

    reason = models.CharField(max_length=255, blank=True)
    comments = models.CharField(max_length=1000, blank=True)
    points = ThousandthsField(null=True, help_text="Points approved, where they are fewer or more.")
    digest = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of the preview that was decided on; the API shows none.",
    )
    failure = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField()
    door = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=~Q(verdict="FAILED"),
                name="request_decided_once",
            ),
            models.UniqueConstraint(
                fields=["request", "actor_person"],
                condition=~Q(verdict="FAILED"),
                name="checker_decides_once",
            ),
            # The four-eyes principle, enforced for every door.
            models.CheckConstraint(
                condition=Q(auto_approved=True)
                | (
                    ~Q(actor_person=F("maker_person"))
                    & ~Q(actor_caller=F("maker_caller"))
                    & ~Q(actor_person=F("maker_caller"))
                    & ~Q(actor_caller=F("maker_person"))
                ),
                name="maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="REJECTED") | ~Q(reason=""), name="rejection_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(auto_approved=False) | ~Q(verdict="REJECTED"),
                name="nothing_is_rejected_by_itself",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="FAILED") | ~Q(failure=""), name="failed_try_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.request_id}"
