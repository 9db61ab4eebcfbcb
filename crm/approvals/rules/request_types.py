"""Request types and base types, as the API names them."""

from collections.abc import Mapping

CHANGE_IDENTIFIER, GOODWILL, TRANSACTION_UPDATE = (
    "CHANGE_IDENTIFIER",
    "GOODWILL",
    "TRANSACTION_UPDATE",
)
# The base types of each type. A base type is the request's kind.
BASE_TYPES: Mapping[str, tuple[str, ...]] = {
    CHANGE_IDENTIFIER: (
        "MOBILE",
        "EMAIL",
        "EXTERNAL_ID",
        "ADDRESS",
        "MERGE",
        "MOBILE_REALLOC",
        "MERGE_UNDO",
    ),
    GOODWILL: ("POINTS", "COUPON"),
    TRANSACTION_UPDATE: ("RETRO",),
}
TYPE_OF: Mapping[str, str] = {
    kind: request_type for request_type, kinds in BASE_TYPES.items() for kind in kinds
}
# The setting that approves requests of a kind automatically.
AUTO_APPROVAL: Mapping[str, str] = {
    "MOBILE": "CI_MOBILE_AUTO_APPROVE",
    "EMAIL": "CI_EMAIL_AUTO_APPROVE",
    "EXTERNAL_ID": "CI_EXTID_AUTO_APPROVE",
    "ADDRESS": "CI_ADDRESS_AUTO_APPROVE",
    "MERGE": "CI_MERGE_AUTO_APPROVE",
    "MOBILE_REALLOC": "CI_MOBILEREALLOC_AUTO_APPROVE",
}
