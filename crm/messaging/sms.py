"""Gateways for SMS: where a text message leaves. The setting ``SMS_GATEWAY`` names the class."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from string import Template
from typing import Protocol
from urllib.parse import quote
from xml.sax.saxutils import escape

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

TIMEOUT = 10  # seconds
log = structlog.get_logger(__name__)


class SmsGateway(Protocol):
    """Sends one text to one number in international form, or raises ``SmsNotSent``."""

    def send(self, *, to: str, text: str) -> None: ...


class SmsNotSent(Exception):
    """The gateway did not take the message."""


class ConsoleGateway:
    """Shows messages in the log; for the demo and for development only."""

    def send(self, *, to: str, text: str) -> None:
        """Log the message."""
        log.warning("sms_shown_in_log", to=to, text=text)


class NoGateway:
    """Sends nothing: the organization has no gateway."""

    def send(self, *, to: str, text: str) -> None:
        """Refuse the message.

        Raises:
            SmsNotSent: always.
        """
        raise SmsNotSent("SMS_GATEWAY is not set")


class HttpGateway:
    """Calls a URL for each message.

    ``SMS_HTTP_URL``, ``SMS_HTTP_HEADERS`` (JSON) and ``SMS_HTTP_BODY`` are templates with ``$to``
    and ``$text``. Values are escaped for where they stand: in the URL, and in a body of JSON, XML
    or a form, as the header Content-Type says.
    """

    def send(self, *, to: str, text: str) -> None:
        """Send the message.

        Raises:
            SmsNotSent: the gateway cannot be reached, or does not answer with 2xx.
        """
        headers = {"Content-Type": "application/json", **settings.SMS_HTTP_HEADERS}
        values = {"to": to, "text": text}
        url = _fill(settings.SMS_HTTP_URL, values, lambda value: quote(value, safe=""))
        body = _fill(settings.SMS_HTTP_BODY, values, _get_escape(headers["Content-Type"]))
        request = urllib.request.Request(  # noqa: S310 (the operator's own URL)
            url, data=body.encode() or None, headers=headers, method="POST" if body else "GET"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310
                return
        except OSError as failure:
            # The text holds a code, and the URL may hold a password: neither is logged.
            raise SmsNotSent(type(failure).__name__) from None


def get_sms_gateway() -> SmsGateway:
    """Return the gateway of the settings."""
    gateway: SmsGateway = import_string(settings.SMS_GATEWAY)()
    return gateway


def has_sms_gateway() -> bool:
    """Whether texts can be sent at all."""
    return not isinstance(get_sms_gateway(), NoGateway)


def _fill(template: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    return Template(template).safe_substitute({name: escape(v) for name, v in values.items()})


def _get_escape(content_type: str) -> Callable[[str], str]:
    if "json" in content_type:
        # Within the quotes that the template has.
        return lambda value: json.dumps(value)[1:-1]
    if "xml" in content_type:
        return lambda value: escape(value, {'"': "&quot;", "'": "&apos;"})
    return lambda value: quote(value, safe="")
