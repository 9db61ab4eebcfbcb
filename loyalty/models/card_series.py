"""Card series, and the generation of their card numbers."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.runs.models import Run
from crm.tenancy.models import Organization, OrgEntity, entity_link


class CardSeries(models.Model):
    """The settings of a kind of card: when it is issued, its limit for a customer and its expiry.

    Numbers are generated (``generation_enabled``), external (``takes_external``), or both.
    """

    class Type(models.TextChoices):
        PHYSICAL = "PHYSICAL", _("Physical")
        DIGITAL = "DIGITAL", _("Digital")

    class Method(models.TextChoices):
        DEFAULT = "DEFAULT", _("Random digits")
        LUHN = "LUHN", _("Random digits with a check digit (Luhn)")

    class Trigger(models.TextChoices):
        REGISTRATION = "REGISTRATION", _("On registration")
        SERIES_ID = "SERIES_ID", _("When the series is named")
        OU_ID = "OU_ID", _("On registration in a concept")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="card_series")

    code = models.CharField(max_length=60)
    name = models.CharField(max_length=150)
    description = models.CharField(max_length=255, blank=True)
    type = models.CharField(max_length=8, choices=Type, default=Type.DIGITAL)
    trigger = models.CharField(max_length=12, choices=Trigger, default=Trigger.SERIES_ID)
    concept = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    max_active_cards = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Cards of this series that a customer may have at a time; empty: any number."),
    )

    expiry_enabled = models.BooleanField(default=False)
    expiry_days = models.PositiveIntegerField(
        default=0, help_text=_("A card is good until the end of this day after it was issued.")
    )

    generation_enabled = models.BooleanField(default=True)
    takes_external = models.BooleanField(
        _("takes external numbers"), default=False, help_text=_("Numbers may come from outside.")
    )
    prefix = models.CharField(max_length=20, blank=True)
    suffix = models.CharField(max_length=20, blank=True)
    length = models.PositiveSmallIntegerField(
        default=16, help_text=_("Of the whole number, prefix and suffix counted in.")
    )
    method = models.CharField(max_length=7, choices=Method, default=Method.DEFAULT)

    is_active = models.BooleanField(default=True)
    created_by = entity_link()
    created_at = models.DateTimeField()
    modified_by = entity_link()
    modified_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("card series")
        permissions = [("generate_cards", "Can generate cards")]
        constraints = [
            models.UniqueConstraint("org", Lower("code"), name="card_series_code_once"),
            models.CheckConstraint(
                condition=Q(trigger="OU_ID", concept__isnull=False)
                | (~Q(trigger="OU_ID") & Q(concept__isnull=True)),
                name="card_series_concept_is_its_trigger",
            ),
            models.CheckConstraint(
                condition=Q(expiry_enabled=False) | Q(expiry_days__gt=0),
                name="card_series_expiry_has_days",
            ),
            models.CheckConstraint(
                condition=Q(max_active_cards__isnull=True) | Q(max_active_cards__gt=0),
                name="card_series_limit_allows_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CardGeneration(models.Model):
    """A request for new card numbers, and how many of them exist so far."""

    series = models.ForeignKey(CardSeries, models.PROTECT, related_name="generations")
    count = models.PositiveIntegerField()
    description = models.CharField(max_length=255, blank=True)

    made = models.PositiveIntegerField(default=0)
    run = models.ForeignKey(
        Run,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Empty: the numbers were made and answered at once."),
    )
    created_by = entity_link()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(made__lte=models.F("count")), name="card_generation_makes_no_more"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.made} of {self.count}"
