"""Compare v2 answers: refusals by their codes, bodies by their shape."""

from typing import Any


def read_refusal(answer: Any) -> tuple[int, int]:
    """Return the HTTP status and code of a refusal, and check its shape."""
    body = answer.json()
    assert body.keys() == {"errors", "warnings"}
    [error] = body["errors"]
    assert error["status"] is False
    assert error["message"]
    return answer.status_code, error["code"]


def list_warning_codes(answer: Any) -> list[int]:
    """Return the codes of the warnings of a successful answer."""
    assert answer.status_code == 200, answer.content
    return [warning["code"] for warning in answer.json()["warnings"]]


def replace_values_by_kind(value: Any) -> Any:
    """Replace leaf values by their types. Empty lists and objects stay."""
    if isinstance(value, dict):
        return {key: replace_values_by_kind(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [replace_values_by_kind(inner) for inner in value]
    return type(value).__name__
