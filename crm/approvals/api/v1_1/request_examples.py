"""Examples for the API page: request bodies that work with the demo data, and responses."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_TOM = {
    "id": "418",
    "firstname": "Tom",
    "lastname": "Sawyer",
    "mobile": "44700900000",
    "email": "tom.sawyer@example.com",
    "external_id": "ts1234",
}
_REQUEST = {
    "reference_id": "17",
    "id": "61",
    "status": "PENDING",
    "requested_on": "2026-03-02 17:30:00",
    "type": "CHANGE_IDENTIFIER",
    "base_type": "EMAIL",
    "customer": _TOM,
    "old_value": "tom.sawyer@example.com",
    "new_value": "tom@new.example.com",
    "old_type": None,
    "new_type": None,
    "points": None,
    "program_id": None,
    "series_id": None,
    "misc_info": {},
    "transaction_id": None,
    "reason": "He typed it wrong",
    "comments": "",
    "is_one_step_change": "false",
}
_CHECKER = {"id": "31", "code": "approver", "name": "Asha Approver", "type": "ADMIN_USER"}
_UNDECIDED = {
    "updated_on": None,
    "updated_comments": "",
    "decision_reason": "",
    "approved_points": None,
    "auto_approved": "false",
}
_STATUS = {
    "success": "true",
    "code": 200,
    "message": "SUCCESS",
    "total": "1",
    "success_count": "1",
}


def _item_status(code: str, message: str) -> dict[str, Any]:
    return {
        "item_status": {
            "success": "true",
            "code": code,
            "message": message,
            "warnings": {"warning": []},
        }
    }


def _request_example(name: str, child: str, item: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value={"root": {child: [item]}}, request_only=True)


def _response_example(name: str, body: dict[str, Any]) -> OpenApiExample:
    value = {"response": {"status": _STATUS, **body}}
    return OpenApiExample(name, value=value, response_only=True)


def _decision_example(name: str, status: str, message: str) -> OpenApiExample:
    row = {
        **_REQUEST,
        **_UNDECIDED,
        "status": status,
        "updated_by": _CHECKER,
        "updated_on": "2026-03-03 11:05:00",
        "updated_comments": "Seen the passport",
        **_item_status("9000", message),
    }
    return _response_example(name, {"requests": {"request": [row]}})


def _list_example(name: str, **extra_fields: Any) -> OpenApiExample:
    line = {**_REQUEST, "added_by": {**_CHECKER, "code": "agent"}, **_UNDECIDED, **extra_fields}
    lists = {"change_identifier": [line], "goodwill": [], "transaction_update": []}
    return _response_example(name, {"requests": {"count": 1, "rows": 1, **lists}})


ADD = [
    _request_example(
        "A new email address",
        "request",
        {
            "reference_id": "17",
            "type": "CHANGE_IDENTIFIER",
            "base_type": "EMAIL",
            "customer": {"mobile": "44700900000"},
            "old_value": "tom.sawyer@example.com",
            "new_value": "tom@new.example.com",
            "reason": "He typed it wrong",
        },
    ),
    _response_example(
        "Filed",
        {"requests": {"request": [{**_REQUEST, **_item_status("9000", "The request was filed.")}]}},
    ),
]
APPROVE = [
    _request_example(
        "One request",
        "request",
        {
            "type": "CHANGE_IDENTIFIER",
            "base_type": "EMAIL",
            "id": "29",
            "updated_comments": "Seen the passport",
        },
    ),
    _decision_example("Approved", "APPROVED", "The request was approved."),
]
REJECT = [
    _request_example(
        "One request",
        "request",
        {
            "type": "CHANGE_IDENTIFIER",
            "base_type": "EMAIL",
            "id": "29",
            "reason": "No proof that it is the customer",
        },
    ),
    _decision_example("Rejected", "REJECTED", "The request was rejected."),
]
UPDATE_IDENTITY = [
    _request_example(
        "Another mobile number",
        "customer",
        {"identifier": "mobile", "old_value": "44700900000", "new_value": "44700900090"},
    ),
    _response_example(
        "Filed",
        {
            "customers": {
                "customer": [
                    {
                        "identifier": "mobile",
                        "old_value": "44700900000",
                        "new_value": "44700900090",
                        "updated": "true",
                        "request_id": "61",
                        **_item_status(
                            "1040", "The change of the identifier was filed as a request."
                        ),
                    }
                ]
            }
        },
    ),
]
GET = [_list_example("A pending request")]
LOGS = [
    _list_example(
        "A pending request after a failed approval",
        logs={
            "log": [
                {
                    "status": "FAILED",
                    "by": _CHECKER,
                    "on": "2026-03-03 11:05:00",
                    "reason": "",
                    "comments": "",
                    "failure": "customers.identifier_taken",
                    "auto_approved": "false",
                }
            ]
        },
    )
]
