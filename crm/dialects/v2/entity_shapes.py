"""What every answer says of an entity of the organization, whichever operation shows it."""

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, computed, constant


class EntityTraitsOut(Shape):
    # Answers that show them are built with ``org_settings``, where the organization sets them.
    adminType = constant(
        serializers.CharField(required=False, help_text="Always GENERAL."), "GENERAL"
    )
    isOuEnabled = computed(
        serializers.BooleanField(
            required=False, help_text="Whether concepts are org units: CONF_ORG_UNITS_ENABLED."
        ),
        lambda entity, org_settings: org_settings.is_on("CONF_ORG_UNITS_ENABLED"),
    )
    timeZoneId = computed(
        serializers.IntegerField(required=False, help_text="CONF_TIME_ZONE_ID."),
        lambda entity, org_settings: org_settings.number("CONF_TIME_ZONE_ID"),
    )
    currencyId = computed(
        serializers.IntegerField(required=False, help_text="CONF_CURRENCY_ID."),
        lambda entity, org_settings: org_settings.number("CONF_CURRENCY_ID"),
    )
    languageId = computed(
        serializers.IntegerField(required=False, help_text="CONF_LANGUAGE_ID; -1: none."),
        lambda entity, org_settings: org_settings.number("CONF_LANGUAGE_ID"),
    )
