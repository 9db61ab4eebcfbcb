"""OpenAPI schema of the views: adds what all operations have in common."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from crm.dialects import transport_errors
from crm.dialects.authentication import TOKEN_HEADER
from crm.dialects.caller_view import ATTRIBUTED_CODE, ATTRIBUTED_TYPE, CallerView
from crm.dialects.dialect_view import DialectView
from crm.dialects.v1_1.body_schema import FORMAT_PARAMETER
from crm.dialects.v1_1.format_view import FormatView
from crm.dialects.v1_1.formats import JSON, XML
from crm.dialects.v1_1.xml import write_xml
from crm.kernel.errors import DomainError
from crm.tenancy import errors
from crm.tenancy.queries.attribution import ATTRIBUTION_TYPES

WRITES = ("POST", "PUT")

COMMON_REFUSALS: list[type[DomainError]] = [
    transport_errors.RequestInvalid,
    transport_errors.NotAcceptable,
    transport_errors.ServerUnavailable,
]
WRITE_REFUSALS: list[type[DomainError]] = [
    transport_errors.RequestTooLarge,
    transport_errors.MediaTypeUnsupported,
]
CALLER_REFUSALS: list[type[DomainError]] = [
    errors.CredentialRefused,
    errors.LogInGuessed,
    errors.ScopeMissing,
    transport_errors.RequestThrottled,
]
CALLER_WRITE_REFUSALS: list[type[DomainError]] = [
    errors.AttributionUnknown,
    errors.IdempotencyKeyInvalid,
    errors.IdempotencyKeyReused,
    errors.IdempotencyKeyRunning,
]

# Facts that fill the catalogue's messages in examples.
EXAMPLE_FACTS = {
    "channel": "SMS",
    "detail": "limit: Ensure this value is less than or equal to 100.",
    "kind": "",
    "longest": 250,
    "media_type": "text/plain",
    "megabytes": 10,
    "most": 100,
    "name": "favourite_colour",
    "priority": "BULK",
    "request_id": "5b1f6c0e9d8a4c3f8e7d6c5b4a392817",
    "scope": "customers.write",
    "seconds": 42,
    "shortest": 8,
    "survivor_id": 343015432,
}

ERRORS_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "status": {"type": "boolean", "enum": [False]},
            "code": {"type": "integer", "description": "See the list of codes."},
            "message": {"type": "string"},
        },
        "required": ["status", "code", "message"],
        "additionalProperties": True,
    },
}
REFUSAL_SCHEMAS: dict[str, dict[str, Any]] = {
    "Refusal": {
        "type": "object",
        "properties": {"errors": ERRORS_SCHEMA, "warnings": {"type": "array", "items": {}}},
        "required": ["errors", "warnings"],
    },
    "RequestRefusal": {
        "type": "object",
        "properties": {
            "response": {
                "type": "object",
                "properties": {
                    "status": {
                        "type": "object",
                        "properties": {
                            "success": {"type": "string", "enum": ["false"]},
                            "code": {"type": "integer", "description": "See the list of codes."},
                            "message": {"type": "string"},
                        },
                        "required": ["success", "code", "message"],
                    }
                },
                "required": ["status"],
            }
        },
        "required": ["response"],
    },
    "TokenRefusal": {
        "type": "object",
        "properties": {"data": {"nullable": True}, "errors": ERRORS_SCHEMA},
        "required": ["data", "errors"],
    },
}

REQUEST_ID_HEADER = OpenApiParameter(
    "X-Request-ID",
    str,
    OpenApiParameter.HEADER,
    description="Your own id of the request, for the log. Our id is in the header"
    " `X-Cap-RequestId` of every answer.",
)
WRITE_HEADERS = [
    OpenApiParameter(
        "Idempotency-Key",
        str,
        OpenApiParameter.HEADER,
        description="1 to 255 printable ASCII characters. A repeat of the same request within 24"
        " hours returns the first answer again (`Idempotent-Replayed: true`) and changes nothing.",
    ),
    OpenApiParameter(
        ATTRIBUTED_TYPE,
        str,
        OpenApiParameter.HEADER,
        enum=ATTRIBUTION_TYPES,
        description="Together with the next header: the entity to attribute the change to,"
        " instead of the caller.",
    ),
    OpenApiParameter(
        ATTRIBUTED_CODE,
        str,
        OpenApiParameter.HEADER,
        description="The code, name, external id or id of that entity.",
    ),
]


class DialectSchema(AutoSchema):
    """Adds to each operation its headers, its scope, an example path and query that work, and its
    errors.
    """

    def get_operation_id(self) -> str:
        if isinstance(self.view, CallerView):
            return self.view.get_operation(self.method)
        return str(getattr(self.view, "operation", "")) or super().get_operation_id()

    def _get_serializer_name(
        self, serializer: Any, direction: Any, bypass_extensions: bool = False
    ) -> str:
        """Return a name that is unique among both dialects, which use the same serializer names."""
        name = str(super()._get_serializer_name(serializer, direction, bypass_extensions))
        return f"V11{name}" if isinstance(self.view, FormatView) else name

    def get_description(self) -> str:  # type: ignore[override]
        description = str(super().get_description() or "")
        scope = getattr(self.view, "scopes", {}).get(self.method)
        if scope:
            description += f"\n\nNeeds the scope `{scope}`."
        return description + self._describe_item_refusals()

    def _describe_item_refusals(self) -> str:
        """Describe the refusals of v1.1 items inside an answer with HTTP 200."""
        if not isinstance(self.view, FormatView) or not isinstance(self.view, CallerView):
            return ""
        entries = [
            self.view.entry(refusal.code) for refusal in self.view.refusals.get(self.method, ())
        ]
        codes = sorted({(entry.code, entry.format_message(EXAMPLE_FACTS)) for entry in entries})
        lines = "".join(f"\n- {code}: {sentence}" for code, sentence in codes)
        return f"\n\nAn item may be refused:\n{lines}" if lines else ""

    def get_override_parameters(self) -> list[Any]:
        if not isinstance(self.view, CallerView):
            return list(super().get_override_parameters())
        return [
            *([FORMAT_PARAMETER] if isinstance(self.view, FormatView) else []),
            REQUEST_ID_HEADER,
            *(WRITE_HEADERS if self.method in WRITES else []),
        ]

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        by_name = {parameter["name"]: parameter for parameter in parameters}
        for name, value in getattr(self.view, "examples", {}).get(self.method, {}).items():
            # With a single example, the page fills it in without asking.
            by_name[name]["example"] = value
        return parameters

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)  # type: ignore[arg-type]
        if isinstance(self.view, DialectView):
            for status, body in self._build_refusal_responses(self.view).items():
                bodies.setdefault(str(status), body)
            for status_text, body in bodies.items():
                _add_xml_examples(body.get("content", {}))
                body["headers"] = {
                    **_build_headers(status_text, self.method),
                    **body.get("headers", {}),
                }
        return bodies

    def _get_request_body(self, direction: str = "request") -> Any:
        body = super()._get_request_body(direction)
        _add_xml_examples((body or {}).get("content", {}))
        return body

    def _build_refusal_responses(self, view: DialectView) -> dict[int, Any]:
        """Return the error responses by HTTP status, with an example for each code."""
        by_status: dict[int, dict[str, Any]] = defaultdict(dict)
        facts = {**EXAMPLE_FACTS, "scope": getattr(view, "scopes", {}).get(self.method)}
        for refusal in self._list_refusals():
            entry = view.entry(refusal.code)
            by_status[entry.status][f"{entry.code} {refusal.code}"] = {
                "summary": f"{entry.code}: {entry.format_message(facts)}",
                "value": view.refusal_body(entry, facts),
            }
        return {
            status: self._build_refusal_response(status, examples)
            for status, examples in sorted(by_status.items())
            if status != HTTPStatus.OK
        }

    def _list_refusals(self) -> Iterable[type[DomainError]]:
        writes = self.method in WRITES
        refusal_classes = [*COMMON_REFUSALS, *(WRITE_REFUSALS if writes else [])]
        if isinstance(self.view, FormatView):
            # A body of another media type is parsed by its first byte.
            refusal_classes = [
                refusal_class
                for refusal_class in refusal_classes
                if refusal_class is not transport_errors.MediaTypeUnsupported
            ]
            refusal_classes.append(transport_errors.BatchTooLarge)
        if isinstance(self.view, CallerView):
            refusal_classes += [*CALLER_REFUSALS, *(CALLER_WRITE_REFUSALS if writes else [])]
            refusal_classes += self.view.refusals.get(self.method, ())
        else:
            refusal_classes += [errors.CredentialRefused, errors.LogInGuessed]
        return dict.fromkeys([*refusal_classes, transport_errors.ServerFailed])

    def _build_refusal_response(self, status: int, examples: dict[str, Any]) -> dict[str, Any]:
        if isinstance(self.view, FormatView):
            name = "RequestRefusal"
        else:
            name = "Refusal" if isinstance(self.view, CallerView) else "TokenRefusal"
        component = ResolvedComponent(
            name=name, type=ResolvedComponent.SCHEMA, schema=REFUSAL_SCHEMAS[name], object=name
        )
        self.registry.register_on_missing(component)
        content = {JSON: {"schema": component.ref, "examples": examples}}
        if isinstance(self.view, FormatView):
            content[XML] = content[JSON]
        return {"description": HTTPStatus(status).phrase, "content": content}


def _add_xml_examples(content: dict[str, Any]) -> None:
    """Add the examples as XML. The schema of XML is only an object."""
    if XML in content:
        content[XML] = {
            "schema": {"type": "object"},
            "examples": {
                name: {**example, "value": write_xml(example["value"]).decode()}
                for name, example in content[JSON].get("examples", {}).items()
            },
        }


def _build_headers(status: str, method: str) -> dict[str, Any]:
    descriptions = {"X-Cap-RequestId": "Our id of this request; include it in support requests."}
    match status:
        case "401":
            descriptions["WWW-Authenticate"] = "The authentication scheme."
        case "429" | "503":
            descriptions["Retry-After"] = "Seconds until the next call is allowed."
    if method in WRITES and status < "401":
        descriptions["Idempotent-Replayed"] = "`true` if this is a stored answer."
    return {
        name: {"schema": {"type": "string"}, "description": description}
        for name, description in descriptions.items()
    }


class CredentialScheme(OpenApiAuthenticationExtension):
    """Describes both authentication methods for the page."""

    target_class = "crm.dialects.authentication.CredentialAuthentication"
    name = ["basic", "token"]

    def get_security_definition(self, auto_schema: AutoSchema) -> Any:
        return [
            {
                "type": "http",
                "scheme": "basic",
                "description": "A till's code, and its password or the MD5 of it in hex.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": TOKEN_HEADER,
                "description": "A token of `POST /v3/oauth/token/generate`.",
            },
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> Any:
        return [{"basic": []}, {"token": []}]
