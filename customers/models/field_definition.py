"""Definitions of custom and extended fields."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization


class FieldDefinition(models.Model):
    """A typed field; its values are stored as JSON in the rows it belongs to (contract, 2.9)."""

    class Kind(models.TextChoices):
        CUSTOM = "CUSTOM", _("Custom")
        EXTENDED = "EXTENDED", _("Extended")

    class Scope(models.TextChoices):
        PROFILE = "PROFILE", _("Profile")
        PREFERENCE = "PREFERENCE", _("Preference")
        CUSTOMER = "CUSTOMER", _("Customer")
        TRANSACTION = "TRANSACTION", _("Transaction")
        LINE_ITEM = "LINE_ITEM", _("Line item")
        CARD = "CARD", _("Card")
        TICKET = "TICKET", _("Ticket")

    class DataType(models.TextChoices):
        STRING = "STRING", _("Text")
        INTEGER = "INTEGER", _("Whole number")
        DOUBLE = "DOUBLE", _("Number")
        BOOLEAN = "BOOLEAN", _("Yes or no")
        DATE = "DATE", _("Date")
        DATETIME = "DATETIME", _("Date and time")
        ENUM = "ENUM", _("One of a list")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="field_definitions")
    kind = models.CharField(max_length=8, choices=Kind)
    scope = models.CharField(max_length=12, choices=Scope)

    name = models.CharField(max_length=100, help_text=_("The key on the wire."))
    label = models.CharField(max_length=150, blank=True)
    data_type = models.CharField(max_length=8, choices=DataType, default=DataType.STRING)
    max_length = models.PositiveIntegerField(default=255)
    is_mandatory = models.BooleanField(
        _("mandatory"),
        default=False,
        help_text=_("Tills must say it when they register somebody (v1.1)."),
    )
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    class Meta:
        verbose_name = _("field")
        constraints = [
            models.UniqueConstraint(
                "org", "kind", "scope", Lower("name"), name="field_name_once_per_scope"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="field_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.label or self.name


class FieldOption(models.Model):
    """One allowed value of a field of type ENUM."""

    definition = models.ForeignKey(FieldDefinition, models.CASCADE, related_name="options")
    value = models.CharField(max_length=150)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("definition", Lower("value"), name="option_once_per_field"),
        ]

    def __str__(self) -> str:
        return self.value


class FieldTranslation(models.Model):
    """The translation of a field's value (the ``language`` header)."""

    definition = models.ForeignKey(FieldDefinition, models.CASCADE, related_name="translations")
    language = models.CharField(max_length=10, help_text=_("ISO code, such as zh or ar."))
    value = models.CharField(max_length=150)
    text = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "definition", "language", Lower("value"), name="translation_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} ({self.language}): {self.text}"
