"""What a till fetches about its organization when it starts (v2)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer, Shape, computed, constant, if_none
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.errors import EntityUnknown, SettingUnknown
from crm.tenancy.models import Scope
from crm.tenancy.queries.entities import get_till
from crm.tenancy.queries.settings import get_setting
from crm.tenancy.rules.settings import SettingState
from customers.api.v2.shared_schema import WarningOut
from customers.queries.fields import ListedField, list_custom_fields
from customers.queries.source_accounts import list_sources

# The scopes of custom fields, by wire name.
CUSTOM_FIELD_SCOPES = {
    "PROFILE": "loyalty_registration",
    "PREFERENCE": "customer_preferences",
    "TICKET": "customer_feedback",
    "TRANSACTION": "loyalty_transaction",
    "LINE_ITEM": "line_item",
    "CARD": "card",
    "CUSTOMER": "customer",
}


class ListOut(serializers.Serializer):
    """The ends of every answer that lists; ``data`` is what is listed."""

    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


def build_list(data: list[Answer]) -> Answer:
    return {"data": data, "warnings": [], "errors": []}


def build_entity(entity: Answer) -> Answer:
    return {"entity": entity, "warnings": [], "errors": []}


class AccountOut(Shape):
    id = serializers.IntegerField(help_text="The source account's id, as in orgSourceId.")
    accountId = serializers.CharField(
        source="account_id", help_text="Empty for the only account of a source, or its default."
    )
    name = serializers.CharField()
    isDefault = serializers.BooleanField(
        source="is_default", help_text="Whether requests may leave accountId out."
    )


class SourceOut(Shape):
    name = serializers.CharField(help_text="The value of `source`.")
    label = serializers.CharField()  # type: ignore[assignment]
    accounts = AccountOut(many=True)


class SourcesOut(ListOut):
    data = SourceOut(many=True)  # type: ignore[assignment]


class Sources(V2View):
    """GET /v2/meta/sources"""

    operation = "organization.sources"
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        summary="List the sources and their accounts",
        tags=["v2 organization"],
        responses=SourcesOut,
        examples=load_examples(__file__, "sources"),
    )
    def get(self, request: Request) -> Response:
        """List the sources that have an active account in the organization, with the accounts."""
        sources = list_sources(org_id=self.org.pk)
        return Response(build_list([SourceOut.build(source) for source in sources]))


def _name_scope(field: ListedField) -> str:
    return CUSTOM_FIELD_SCOPES[field.scope]


class CustomFieldOut(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="The key in customFields.")
    label = serializers.CharField()  # type: ignore[assignment]
    scope = computed(serializers.ChoiceField(list(CUSTOM_FIELD_SCOPES.values())), _name_scope)
    dataType = serializers.ChoiceField(
        ["STRING", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "DATETIME", "ENUM"], source="data_type"
    )
    isMandatory = serializers.BooleanField(
        source="is_mandatory", help_text="Whether a till must send it when it registers (v1.1)."
    )
    maxLength = serializers.IntegerField(source="max_length")
    enumValues = computed(
        serializers.ListField(
            source="options",
            child=serializers.CharField(),
            help_text="The values of an ENUM; empty for other types.",
        ),
        list,
    )
    createdOn = serializers.DateTimeField(source="created_at")
    modifiedOn = serializers.DateTimeField(source="modified_at")


class CustomFieldsOut(ListOut):
    data = CustomFieldOut(many=True)  # type: ignore[assignment]


class CustomFieldsQuery(serializers.Serializer):
    scope = serializers.ChoiceField(
        list(CUSTOM_FIELD_SCOPES.values()), required=False, help_text="Only fields of this scope."
    )


class CustomFields(V2View):
    """GET /v2/organization/customFields"""

    operation = "organization.customFields"
    scopes = {"GET": Scope.CUSTOMERS_READ}

    @extend_schema(
        summary="List the custom fields",
        tags=["v2 organization"],
        parameters=[CustomFieldsQuery],
        responses=CustomFieldsOut,
        examples=load_examples(__file__, "custom_fields"),
    )
    def get(self, request: Request) -> Response:
        """List the active custom fields of the organization by scope and name."""
        scope = self.read_query(CustomFieldsQuery).get("scope")
        fields = list_custom_fields(org_id=self.org.pk)
        return Response(
            build_list(
                [
                    CustomFieldOut.build(field)
                    for field in fields
                    if scope in (None, CUSTOM_FIELD_SCOPES[field.scope])
                ]
            )
        )


class OrgEntityOut(Shape):
    id = serializers.IntegerField(source="pk")
    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    externalId = serializers.CharField(source="external_id")
    type = serializers.ChoiceField(["ZONE", "CONCEPT", "STORE", "TILL"])
    isActive = serializers.BooleanField(source="is_active")


class TillDetailsOut(OrgEntityOut):
    store = OrgEntityOut(source="parent")
    above = OrgEntityOut(
        many=True,
        source="parent.ancestors",
        help_text="The concepts and zones of the store, nearest first.",
    )
    timeZoneId = serializers.CharField(source="org.time_zone")
    countryCode = serializers.CharField(source="org.default_country")


class TillEntityOut(serializers.Serializer):
    entity = TillDetailsOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class TillQuery(serializers.Serializer):
    code = serializers.CharField(
        required=False, max_length=100, help_text="Default: the till that calls."
    )


class Till(V2View):
    """GET /v2/organization/till"""

    operation = "organization.till"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"code": "demo.till"}}
    refusals = {"GET": [EntityUnknown]}

    @extend_schema(
        summary="Get a till and its store",
        tags=["v2 organization"],
        parameters=[TillQuery],
        responses=TillEntityOut,
        examples=load_examples(__file__, "till"),
    )
    def get(self, request: Request) -> Response:
        """Return a till, its store, and the concepts and zones above it."""
        code = self.read_query(TillQuery).get("code") or self.caller.entity.code
        return Response(build_entity(TillDetailsOut.build(get_till(org_id=self.org.pk, code=code))))


def _get_value(setting: SettingState) -> Any:
    return bool(setting.value) if setting.rule.is_switch else setting.value


def _get_value_type(setting: SettingState) -> str:
    return "BOOLEAN" if setting.rule.is_switch else "INTEGER"


class ConfigOut(Shape):
    name = serializers.CharField()
    label = serializers.CharField(source="rule.label")  # type: ignore[assignment]
    valueType = computed(serializers.ChoiceField(["BOOLEAN", "INTEGER"]), _get_value_type)
    value = computed(serializers.JSONField(), _get_value)
    isDefault = serializers.BooleanField(
        source="is_default", help_text="Whether the organization never changed it."
    )
    description = if_none(serializers.CharField(source="rule.group"), "")
    orgUnitId = constant(serializers.IntegerField(help_text="-1: the whole organization."), -1)


class ConfigEntityOut(serializers.Serializer):
    entity = ConfigOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class Config(V2View):
    """GET /v2/organization/configs/{name}"""

    operation = "organization.config"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"name": "CONF_RETRO_TRANSACTION_ENABLE"}}
    refusals = {"GET": [SettingUnknown]}

    @extend_schema(
        summary="Get a setting of the organization",
        tags=["v2 organization"],
        responses=ConfigEntityOut,
        examples=load_examples(__file__, "config"),
    )
    def get(self, request: Request, name: str) -> Response:
        """Return a setting by its name, in any case."""
        return Response(build_entity(ConfigOut.build(get_setting(org_id=self.org.pk, name=name))))
