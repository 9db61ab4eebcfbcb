"""Tickets of customers, and the replies to them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, entity_link
from customers.models.customer import Customer


class Ticket(models.Model):
    """A complaint or request of a customer.

    ``subject_key`` prevents two open tickets of a customer with the same subject. It is blank on a
    closed ticket, and on one that a merge moved to a survivor with an open ticket of that subject.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", _("Open")
        IN_PROGRESS = "IN_PROGRESS", _("In progress")
        ON_HOLD = "ON_HOLD", _("On hold")
        RESOLVED = "RESOLVED", _("Resolved")
        CLOSED = "CLOSED", _("Closed")

    class Priority(models.TextChoices):
        LOW = "LOW", _("Low")
        MEDIUM = "MEDIUM", _("Medium")
        HIGH = "HIGH", _("High")

    class Type(models.TextChoices):
        STORE = "STORE", _("Store")
        CUSTOMER = "CUSTOMER", _("Customer")

    class ReportedFrom(models.TextChoices):
        EMAIL = "EMAIL", _("Email")
        INTOUCH = "INTOUCH", _("Till")
        CALLCENTER = "CALLCENTER", _("Call center")
        CLIENT = "CLIENT", _("Other program")
        MICROSITE = "MICROSITE", _("Website")
        SOCIAL = "SOCIAL", _("Social media")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tickets", db_index=False)
    code = models.CharField(max_length=30, help_text=_("By which the customer may ask for it."))

    subject = models.CharField(max_length=255)
    subject_key = models.CharField(max_length=300, blank=True)
    message = models.CharField(max_length=5000, blank=True)
    type = models.CharField(max_length=8, choices=Type)
    reported_from = models.CharField(max_length=10, choices=ReportedFrom)
    custom_fields = models.JSONField(default=dict, blank=True)

    status = models.CharField(max_length=11, choices=Status)
    priority = models.CharField(max_length=6, choices=Priority)
    department = models.CharField(max_length=60, blank=True)
    assigned_to = entity_link()

    store = entity_link()
    created_by = entity_link()
    created_at = models.DateTimeField()
    modified_by = entity_link()
    modified_at = models.DateTimeField()
    reference = models.CharField(
        max_length=60, blank=True, help_text=_("The form it came from: sent twice, it counts once.")
    )

    class Meta:
        permissions = [("export_tickets", "Can export tickets")]
        constraints = [
            models.UniqueConstraint(fields=["org", "code"], name="ticket_code_once"),
            models.UniqueConstraint(
                fields=["customer", "subject_key"],
                condition=~Q(subject_key=""),
                name="ticket_subject_once_while_open",
            ),
            models.UniqueConstraint(
                fields=["org", "reference"], condition=~Q(reference=""), name="ticket_opened_once"
            ),
            models.CheckConstraint(condition=~Q(subject=""), name="ticket_has_a_subject"),
            models.CheckConstraint(
                condition=~Q(status__in=["RESOLVED", "CLOSED"]) | Q(subject_key=""),
                name="ticket_over_frees_its_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-id"], name="ticket_newest"),
            models.Index(fields=["org", "created_at", "id"], name="ticket_by_day"),
            models.Index(fields=["org", "customer", "-id"], name="ticket_of_customer"),
            models.Index(fields=["org", "status", "-id"], name="ticket_by_status"),
            models.Index(fields=["org", "department", "-id"], name="ticket_by_department"),
            models.Index(
                fields=["org", "assigned_to", "-id"],
                condition=Q(assigned_to__isnull=False),
                name="ticket_by_assignee",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Ticket {code}").format(code=self.code)


class TicketReply(models.Model):
    """A reply to a ticket; replies are in the order of their keys."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="replies")
    message = models.CharField(max_length=5000)
    written_by = entity_link()
    written_at = models.DateTimeField()
    reference = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = _("ticket replies")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "reference"],
                condition=~Q(reference=""),
                name="ticket_answered_once",
            ),
            models.CheckConstraint(condition=~Q(message=""), name="reply_says_something"),
        ]

    def __str__(self) -> str:
        return f"Reply {self.pk}"
