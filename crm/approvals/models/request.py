"""Requests: changes that one person files and another person decides."""

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import FoldedTextField, ThousandthsField
from crm.tenancy.models import Organization, OrgEntity, entity_link
from customers.models import Customer


class RequestQuerySet(models.QuerySet["Request"]):
    def open(self) -> "RequestQuerySet":
        """Return the requests that can still be decided; a failed one can be approved again."""
        return self.filter(status__in=Request.OPEN)


class Request(models.Model):
    """A request for one change, pending or decided (contract, section 6).

    ``kind`` is the API's base type. The requested change is immutable; ``status`` and
    ``decision`` hold the result.
    """

    class Kind(models.TextChoices):
        MOBILE = "MOBILE", _("Mobile number")
        EMAIL = "EMAIL", _("Email address")
        EXTERNAL_ID = "EXTERNAL_ID", _("External id")
        ADDRESS = "ADDRESS", _("Address")
        MERGE = "MERGE", _("Merge")
        MERGE_UNDO = "MERGE_UNDO", _("Undo of a merge")
        MOBILE_REALLOC = "MOBILE_REALLOC", _("Mobile number of somebody else")
        POINTS = "POINTS", _("Goodwill points")
        COUPON = "COUPON", _("Goodwill coupon")
        RETRO = "RETRO", _("Retro transaction")

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        FAILED = "FAILED", _("Failed")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")

    OPEN = (Status.PENDING, Status.FAILED)

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=14, choices=Kind)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="requests",
        db_index=False,
        help_text=_("Whom it is about."),
    )
    other_customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        related_name="requests_as_other",
        db_index=False,
        help_text=_("The survivor of a merge, or who has the number now."),
    )

    old_value = FoldedTextField(max_length=255, blank=True)
    new_value = FoldedTextField(max_length=255, blank=True)
    points = ThousandthsField(null=True, help_text=_("Points asked for."))
    payload = models.JSONField(default=dict, help_text=_("What else this kind of request says."))
    sameness = models.CharField(
        max_length=64, help_text=_("Equal for two requests that ask the same of the same customer.")
    )
    reason = models.CharField(max_length=255, blank=True)
    comments = models.CharField(max_length=1000, blank=True)
    one_step = models.BooleanField(default=False)

    # The maker: the attributed entity, the entity that logged in, and the person behind it.
    maker = models.ForeignKey(OrgEntity, models.PROTECT, related_name="+", db_index=False)
    maker_caller = entity_link(required=True)
    maker_person = entity_link(required=True)
    store = entity_link()
    filed_at = models.DateTimeField()

    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    decision = models.OneToOneField(
        "approvals.Decision", models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(help_text=_("Filed, failed or decided."))
    failure = models.CharField(
        max_length=100, blank=True, help_text=_("The rule that approving it broke, by its name.")
    )
    failure_facts = models.JSONField(default=dict)

    objects = RequestQuerySet.as_manager()

    class Meta:
        permissions = [
            ("file_request", "Can file requests"),
            ("decide_request", "Can approve and reject requests"),
            ("export_requests", "Can export requests"),
            ("import_requests", "Can import requests"),
        ]
        constraints = [
            # Two tills filing at the same moment must not create the same request twice (9028).
            models.UniqueConstraint(
                fields=["customer", "kind", "sameness"],
                condition=Q(status__in=["PENDING", "FAILED"]),
                name="same_request_waits_once",
            ),
            # Two customers cannot have pending claims to one transaction.
            models.UniqueConstraint(
                "org",
                KeyTransform("transaction_id", "payload"),
                condition=Q(kind="RETRO", status__in=["PENDING", "FAILED"]),
                name="bill_is_claimed_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "FAILED"], decision__isnull=True)
                | Q(status__in=["APPROVED", "REJECTED"], decision__isnull=False),
                name="decided_request_has_its_decision",
            ),
            models.CheckConstraint(
                condition=~Q(status="FAILED") | ~Q(failure=""), name="failed_request_says_why"
            ),
            models.CheckConstraint(
                condition=Q(other_customer__isnull=True) | ~Q(other_customer=F("customer")),
                name="request_names_two_customers",
            ),
            models.CheckConstraint(
                condition=Q(kind="POINTS", points__gt=0)
                | (~Q(kind="POINTS") & Q(points__isnull=True)),
                name="goodwill_points_are_positive",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["MERGE", "MERGE_UNDO"]) | Q(other_customer__isnull=False),
                name="merge_request_names_the_other",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "status", "filed_at", "id"], name="request_queue"),
            models.Index(
                fields=["org", "kind", "status", "filed_at", "id"], name="request_by_kind"
            ),
            # For the queue, oldest first, without scanning decided requests.
            models.Index(
                fields=["org", "filed_at", "id"],
                condition=Q(status__in=["PENDING", "FAILED"]),
                name="request_open",
            ),
            models.Index(
                fields=["org", "kind", "filed_at", "id"],
                condition=Q(status__in=["PENDING", "FAILED"]),
                name="request_open_by_kind",
            ),
            models.Index(fields=["org", "filed_at", "id"], name="request_by_time"),
            models.Index(fields=["customer", "-id"], name="request_of_customer"),
            models.Index(
                fields=["other_customer", "-id"],
                condition=Q(other_customer__isnull=False),
                name="request_of_other_customer",
            ),
            models.Index(fields=["org", "maker_person", "-id"], name="request_of_maker"),
            models.Index(fields=["org", "new_value"], name="request_by_new_value"),
            models.Index(fields=["org", "old_value"], name="request_by_old_value"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the request can still be decided. A failed one can."""
        return self.status in self.OPEN
