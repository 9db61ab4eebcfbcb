"""One-time codes for customers (v2, `/otp`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Organization, Scope
from customers import errors
from customers.api.v2.field_types import IdentifierValue, Text
from customers.api.v2.lookup import LOOKUP_REFUSALS
from customers.api.v2.shared_schema import WarningOut
from customers.operations.one_time_codes import (
    send_one_time_code,
    try_one_time_code,
    use_one_time_code,
)
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.one_time_codes import list_code_addresses
from customers.rules.identifiers import normalise_identifier
from customers.rules.one_time_codes import ACTIONS, CodeTarget

# By entity type: the identifier that it is. A MOBILE or an EMAIL need not belong to a customer.
ADDRESSES = {"MOBILE": "mobile", "EMAIL": "email"}
CUSTOMERS = {"USER_ID": "id", "CUSTOMER": "id", "EXTERNAL_ID": "externalId"}


class CodeEntityIn(serializers.Serializer):
    entityType = serializers.ChoiceField([*ADDRESSES, *CUSTOMERS])
    entityValue = IdentifierValue()
    action = serializers.ChoiceField(ACTIONS, default="GENERIC")


class CodeChannelIn(serializers.Serializer):
    type = serializers.ChoiceField(["mobile", "sms", "email", "MOBILE", "SMS", "EMAIL"])
    value = IdentifierValue()


class SendCodeIn(CodeEntityIn):
    template = Text(
        max_length=1_000, help_text="The text of the SMS; `{{code}}` stands for the code."
    )
    emailTemplate = Text(max_length=10_000, help_text="The text of the email.")
    channels = CodeChannelIn(
        many=True,
        required=False,
        help_text="Where to send it. Default: the address itself, or the customer's mobile.",
    )


class UseCodeIn(CodeEntityIn):
    code = serializers.CharField(max_length=20)


class CodeSentOut(serializers.Serializer):
    createdId = serializers.IntegerField(help_text="The id of the code that was sent.")
    warnings = WarningOut(many=True)


class CodeUsedOut(serializers.Serializer):
    valid = serializers.BooleanField()
    warnings = WarningOut(many=True)


class SendCode(V2View):
    """POST /v2/otp/generate"""

    operation = "otp.generate"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {"POST": [*LOOKUP_REFUSALS, errors.CodeChannelMissing, errors.CodeSentRecently]}

    @extend_schema(
        summary="Send a one-time code",
        tags=["v2 one-time codes"],
        request=SendCodeIn,
        responses=CodeSentOut,
        examples=load_examples(__file__, "otp_generate"),
    )
    def post(self, request: Request) -> Response:
        """Send a code of six digits by SMS or email. It is good for ten minutes and five tries.

        One code a minute is sent for the same entity and action, and a new one replaces the last.
        """
        body = self.read_body(SendCodeIn)
        target = read_target(self.org, body)
        channels = _read_channels(self.org, target, body.get("channels") or [])
        by_email = all(channel == "email" for channel, _ in channels)
        template = body.get("emailTemplate") if by_email else body.get("template")
        created_id = send_one_time_code(
            origin=self.origin, target=target, channels=channels, template=template or ""
        )
        return Response({"createdId": created_id, "warnings": []})


class UseCode(V2View):
    """POST /v2/otp/validate"""

    operation = "otp.validate"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {"POST": [*LOOKUP_REFUSALS, errors.CodeInvalid, errors.CodeExpired]}

    @extend_schema(
        summary="Check and use up a one-time code",
        tags=["v2 one-time codes"],
        request=UseCodeIn,
        responses=CodeUsedOut,
        examples=load_examples(__file__, "otp_validate"),
    )
    def post(self, request: Request) -> Response:
        """Use up the code that was sent for the entity and the action; it is good once."""
        body = self.read_body(UseCodeIn)
        use_one_time_code(
            origin=self.origin, targets=[read_target(self.org, body)], code=body["code"].strip()
        )
        return Response({"valid": True, "warnings": []})

    def prepare_write(self) -> None:
        body = self.read_body(UseCodeIn)
        refuse_wrong_code(self, [read_target(self.org, body)], body["code"].strip())


def refuse_wrong_code(view: V2View, targets: list[CodeTarget], code: str) -> None:
    """Count a wrong code in a unit of work of its own, so that the count outlives the refusal.

    Raises:
        CodeInvalid, CodeExpired: the code is not good.
    """
    refusal: DomainError | None = unit_of_work(try_one_time_code)(
        origin=view.origin, targets=targets, code=code
    )
    if refusal is not None:
        raise refusal


def read_target(org: Organization, body: Mapping[str, Any]) -> CodeTarget:
    """Return whom a code is for; an external id is read as the customer who has it."""
    kind, action = body["entityType"], body["action"]
    if kind in CUSTOMERS:
        customer_id = find_customer_id(
            org=org, kind=CUSTOMERS[kind], value=body["entityValue"], source_account=None
        )
        return CodeTarget("CUSTOMER", str(customer_id), action)
    return CodeTarget(kind, _read_address(org, ADDRESSES[kind], body["entityValue"]), action)


def _read_channels(
    org: Organization, target: CodeTarget, channels: list[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    if channels:
        kinds = ["email" if c["type"].lower() == "email" else "mobile" for c in channels]
        return [
            (kind, _read_address(org, kind, channel["value"]))
            for kind, channel in zip(kinds, channels, strict=True)
        ]
    if target.type == "CUSTOMER":
        return list_code_addresses(org_id=org.pk, customer_id=int(target.value))
    return [(ADDRESSES[target.type], target.value)]


def _read_address(org: Organization, kind: str, raw: object) -> str:
    value = normalise_identifier(
        kind, raw, default_country=org.default_country, strict_mobile=org.strict_mobile
    )
    if value is None:
        raise errors.IdentifierInvalid(kind=kind)
    return value
