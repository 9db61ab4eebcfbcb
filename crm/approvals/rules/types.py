"""The types of requests on the wire, and the base types that each has."""

from collections.abc import Mapping

CHANGE_IDENTIFIER, GOODWILL, TRANSACTION_UPDATE = (
    "CHANGE_IDENTIFIER",
    "GOODWILL",
    "TRANSACTION_UPDATE",
)
# By type its base types, which are the kinds of requests.
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
    kind: of_type for of_type, kinds in BASE_TYPES.items() for kind in kinds
}
# The organization's switch that lets a kind through without an approver.
AUTO_APPROVAL: Mapping[str, str] = {
    "MOBILE": "CI_MOBILE_AUTO_APPROVE",
    "EMAIL": "CI_EMAIL_AUTO_APPROVE",
    "EXTERNAL_ID": "CI_EXTID_AUTO_APPROVE",
    "ADDRESS": "CI_ADDRESS_AUTO_APPROVE",
    "MERGE": "CI_MERGE_AUTO_APPROVE",
    "MOBILE_REALLOC": "CI_MOBILEREALLOC_AUTO_APPROVE",
}
