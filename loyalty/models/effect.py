"""Side effects in loyalty of a write on a customer, each run exactly once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import entity_link, org_link
from customers.models import Customer


class Effect(models.Model):
    """A side effect of a registration, an update or a first purchase.

    It is recorded in the same unit of work and run in a unit of its own. Its failure never undoes
    the write: the worker retries it until it is done. What a new customer gets at once needs no row
    (decision 0020).
    """

    class Kind(models.TextChoices):
        REGISTRATION = "REGISTRATION", _("Registration")
        UPDATE = "UPDATE", _("Update")
        PURCHASE = "PURCHASE", _("First purchase")

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        DONE = "DONE", _("Done")

    org = org_link()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="effects")
    kind = models.CharField(max_length=12, choices=Kind)
    payload = models.JSONField(default=dict, blank=True)
    recorded_by = entity_link()
    recorded_at = models.DateTimeField()

    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=255, blank=True, help_text="Why the last attempt ended.")
    result = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="WAITING", done_at__isnull=True, result__isnull=True)
                | Q(state="DONE", done_at__isnull=False, result__isnull=False),
                name="effect_done_has_a_result",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="WAITING"), name="effect_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of customer {self.customer_id}"
