"""Source accounts, to which profiles belong."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization

# Only these may have several accounts, distinguished by accountId (contract, section 1).
MULTI_ACCOUNT_SOURCES = ("FACEBOOK", "WEB_ENGAGE", "WECHAT", "LINE", "MOBILE_APP")
# And these may have several beside one without accountId, which requests mean that pass none.
DEFAULT_ACCOUNT_SOURCES = ("MARTJACK",)


class SourceAccount(models.Model):
    """A source, or one of several accounts of it."""

    class Source(models.TextChoices):
        INSTORE = "INSTORE", _("In store")
        FACEBOOK = "FACEBOOK", _("Facebook")
        WEB_ENGAGE = "WEB_ENGAGE", _("WebEngage")
        WECHAT = "WECHAT", _("WeChat")
        MARTJACK = "MARTJACK", _("MartJack")
        TMALL = "TMALL", _("Tmall")
        TAOBAO = "TAOBAO", _("Taobao")
        JD = "JD", _("JD")
        ECOMMERCE = "ECOMMERCE", _("E-commerce")
        WEBSITE = "WEBSITE", _("Website")
        LINE = "LINE", _("LINE")
        MOBILE_APP = "MOBILE_APP", _("Mobile app")
        OTHERS = "OTHERS", _("Others")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="source_accounts")
    source = models.CharField(max_length=12, choices=Source)
    account_id = models.CharField(
        _("account ID"),
        max_length=100,
        blank=True,
        help_text=_("Empty for sources that have one account only, and MartJack's default."),
    )

    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "account_id"], name="source_account_once"
            ),
            models.CheckConstraint(
                condition=(Q(source__in=MULTI_ACCOUNT_SOURCES) & ~Q(account_id=""))
                | Q(source__in=DEFAULT_ACCOUNT_SOURCES)
                | (~Q(source__in=MULTI_ACCOUNT_SOURCES) & Q(account_id="")),
                name="source_account_id_where_several",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.account_id}".strip()
