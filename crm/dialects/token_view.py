"""The endpoint at which an application gets a token."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.authentication import get_client_address
from crm.dialects.tokens import make_token
from crm.dialects.v2.json_view import JsonView
from crm.tenancy.models import Credential
from crm.tenancy.operations.log_in import log_in


class KeyAndSecret(serializers.Serializer):
    key = serializers.CharField(help_text="The OAuth key of the application.")
    secret = serializers.CharField(help_text="Its secret.", trim_whitespace=False)


class TokenOut(serializers.Serializer):
    accessToken = serializers.CharField(help_text="For the header X-CAP-API-OAUTH-TOKEN.")
    ttlSeconds = serializers.IntegerField(help_text="Seconds until the token expires.")


TOKEN_RESPONSE = inline_serializer(
    "TokenAnswer",
    {
        "data": TokenOut(),
        "errors": serializers.ListField(child=serializers.DictField(), allow_null=True),
    },
)


class GenerateToken(JsonView):
    """POST /v3/oauth/token/generate"""

    @extend_schema(
        operation_id="oauth.token.generate",
        summary="Get a token",
        tags=["v3 log-in"],
        request=KeyAndSecret,
        responses=TOKEN_RESPONSE,
        auth=[],
        examples=load_examples(__file__, "token"),
    )
    def post(self, request: Request) -> Response:
        """Exchange a key and its secret for a token.

        The token expires after `ttlSeconds`, or at once if the secret changes or the key is
        disabled. An `Idempotency-Key` has no effect here, as the caller is not logged in yet.
        """
        body = self.read_body(KeyAndSecret)
        credential = log_in(
            kind=Credential.Kind.OAUTH,
            login=body["key"],
            secret=body["secret"],
            address=get_client_address(request),
        )
        token, seconds = make_token(credential)
        return Response({"data": {"accessToken": token, "ttlSeconds": seconds}, "errors": None})

    def complete_body(self, data: Any) -> Any:
        return data

    def build_errors_body(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        return {"data": None, "errors": errors}
