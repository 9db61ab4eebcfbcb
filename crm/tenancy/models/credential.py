"""How a till or an application proves who it is, what it may do, and how often."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models.org_entity import OrgEntity
from crm.tenancy.models.organization import Organization


class Scope(models.TextChoices):
    """What a credential may do (contract, section 3)."""

    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    CUSTOMERS_FRAUD = "customers.fraud"
    LOYALTY_WRITE = "loyalty.write"
    TRANSACTIONS_WRITE = "transactions.write"
    COUPONS_WRITE = "coupons.write"
    REQUESTS_WRITE = "requests.write"
    REQUESTS_APPROVE = "requests.approve"
    IMPORTS_WRITE = "imports.write"


def validate_scopes(scopes: object) -> None:
    if not isinstance(scopes, list) or set(scopes) - set(Scope.values):
        raise ValidationError("Scopes are a list of: " + ", ".join(Scope.values))


class Credential(models.Model):
    """A log-in of an org entity: a till's code and password, or an OAuth key and secret."""

    class Kind(models.TextChoices):
        BASIC = "BASIC", _("Basic")
        OAUTH = "OAUTH", _("Oauth")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="credentials")
    entity = models.ForeignKey(OrgEntity, models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=5, choices=Kind)

    login = models.CharField(max_length=100, help_text=_("The till's code, or the OAuth key."))
    secret = models.CharField(
        max_length=255, editable=False, help_text=_("hasher(md5(password)); never the password.")
    )
    scopes = models.JSONField(default=list, validators=[validate_scopes])
    is_active = models.BooleanField(default=True)
    # Part of what a remembered log-in and a token are bound to: raising it forgets them all.
    generation = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "login"], name="credential_login_once"),
        ]

    def __str__(self) -> str:
        return f"{self.login} ({self.get_kind_display()})"


class RateLimit(models.Model):
    """So many calls of an operation in an hour, for one credential or for all of them."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="rate_limits")
    credential = models.ForeignKey(
        # A limit says nothing without the log-in it binds.
        Credential,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rate_limits",
        help_text=_("Empty: every credential of the organization."),
    )
    operation = models.CharField(
        max_length=60,
        help_text=_('The operation\'s name in the API page, or "*" for all together.'),
    )
    calls_per_hour = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "credential", "operation"],
                condition=Q(credential__isnull=False),
                name="rate_limit_once_per_credential",
            ),
            models.UniqueConstraint(
                fields=["org", "operation"],
                condition=Q(credential__isnull=True),
                name="rate_limit_once_per_operation",
            ),
        ]

    def __str__(self) -> str:
        return gettext("{operation}: {count} an hour").format(
            operation=self.operation, count=self.calls_per_hour
        )
