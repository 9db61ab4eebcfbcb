"""Logging: one JSON object per line, with the request id and without personal data."""

import re
from typing import Any

import orjson
import structlog

# Keys whose values are never logged.
SECRET_KEYS = frozenset(
    {"authorization", "cookie", "password", "secret", "token", "key", "mobile", "email", "name"}
)
# The DETAIL and CONTEXT lines of a PostgreSQL error quote the row.
_QUOTED_ROW = re.compile(
    r"^(?:DETAIL|CONTEXT):.*?(?=^(?:The above exception|During handling of)|\Z)", re.M | re.S
)

_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _without_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: "***" if key in SECRET_KEYS else value for key, value in event.items()}


def _without_rows(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if "exception" in event:
        event["exception"] = _QUOTED_ROW.sub("***\n", event["exception"])
    return event


def _json(event: dict[str, Any], default: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=default, option=orjson.OPT_NON_STR_KEYS).decode()


def logging_config(*, level: str, readable: bool) -> dict[str, Any]:
    """The LOGGING setting; ``readable`` is for a person at a terminal."""
    renderers: list[Any] = (
        [structlog.dev.ConsoleRenderer()]
        if readable
        # A traceback has code lines and messages but no local variables, which hold personal data.
        else [
            structlog.processors.format_exc_info,
            _without_rows,
            structlog.processors.JSONRenderer(_json),
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _without_secrets,
                    *renderers,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # These three repeat the request's own line, with path and query.
            "django.request": {"level": "CRITICAL"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"level": "ERROR"},
            "axes": {"level": "ERROR"},
            # Logs every poll, twice a second.
            "django_tasks_db": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Route structlog through the standard logging configuration."""
    structlog.configure(
        processors=[
            *_shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
