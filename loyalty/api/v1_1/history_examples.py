"""The examples of transactions, redemptions and coupons on the API page."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_STATUS = {
    "success": "true",
    "code": 200,
    "message": "SUCCESS",
    "total": "1",
    "success_count": "1",
}
_TOM = {
    "user_id": "418",
    "mobile": "44700900000",
    "email": "tom.sawyer@example.com",
    "external_id": "ts1234",
    "firstname": "Tom",
    "lastname": "Sawyer",
}
_STORE = {"code": "storecode", "name": "Web store 1"}
_COUPON = {
    "id": "2423525",
    "series_id": "14162",
    "description": "A tenth off",
    "redemption_count": "1",
    "created_date": "2026-02-01 10:00:00",
    "valid_till": "2026-12-31 23:59:59",
    "code": "VOCU24902",
    "transaction_number": "BILL-10304",
    "redemptions": {
        "redemption": [
            {
                "date": "2026-02-12 12:12:12",
                "transaction_number": "BILL-2042040",
                "redeemed_at": _STORE,
            }
        ]
    },
}


def _item_status(message: str) -> dict[str, Any]:
    return {
        "item_status": {
            "success": "true",
            "code": "1000",
            "message": message,
            "warnings": {"warning": []},
        }
    }


def _build_examples(name: str, body: dict[str, Any]) -> list[OpenApiExample]:
    value = {"response": {"status": _STATUS, **body}}
    return [OpenApiExample(name, value=value, response_only=True)]


TRANSACTIONS = _build_examples(
    "One bill",
    {
        "customer": {
            **_TOM,
            "lifetime_points": "13700",
            "lifetime_purchases": "138000",
            "loyalty_points": "12000",
            "current_slab": "GOLD",
            "registered_on": "2016-07-10 11:11:15",
            "updated_on": "2016-12-25 11:19:11",
            "count": "1",
            "start": "23622808",
            "rows": "1",
            "transactions": {
                "transaction": [
                    {
                        "id": "23622808",
                        "number": "ANBDCGD",
                        "type": "REGULAR",
                        "amount": "3000",
                        "notes": "Bill added by mobile",
                        "billing_time": "2016-12-26 17:02:22",
                        "gross_amount": "3010",
                        "discount": "10",
                        "store": "Web store 1",
                        "points": {"issued": "30", "redeemed": "20"},
                        "coupons": "",
                        "basket_size": "10",
                        "line_items": {"line_item": ""},
                    }
                ]
            },
            **_item_status("The transactions were retrieved."),
        }
    },
)
REDEMPTIONS = _build_examples(
    "A coupon and points",
    {
        "customer": {
            **_TOM,
            "rows": "2",
            "coupons_count": "1",
            "points_count": "1",
            "coupons_start_id": "3",
            "points_start_id": "121614",
            "redemptions": {
                "coupons": {
                    "coupon": [
                        {
                            "id": "3",
                            "code": "832-pghhi6u1",
                            "series_id": "832",
                            "description": "A tenth off",
                            "discount_code": "abc",
                            "discount_type": "PERC",
                            "transaction_number": "TestBill-1234",
                            "redeemed_time": "2026-02-18 14:00:27",
                            "redeemed_at": "Web store 1",
                        }
                    ]
                },
                "points": {
                    "point": [
                        {
                            "id": "121614",
                            "points_redeemed": "200",
                            "transaction_number": "bill-83",
                            "redeemed_time": "2026-02-17 16:03:31",
                            "redeemed_at": "store.server",
                        }
                    ]
                },
            },
            **_item_status("The redemptions were retrieved."),
        }
    },
)
COUPONS = _build_examples(
    "A redeemed coupon",
    {
        "customers": {
            "customer": [
                {
                    **_TOM,
                    "id": "418",
                    "coupons": {"coupon": [_COUPON]},
                    **_item_status("The coupons were retrieved."),
                }
            ]
        }
    },
)
CUSTOMERS = _build_examples(
    "One customer",
    {
        "customers": {
            "customer": [
                {
                    **_TOM,
                    "lifetime_points": 442,
                    "lifetime_purchases": 12338,
                    "loyalty_points": 242,
                    "current_slab": "SILVER",
                    "registered_on": "2014-12-10 04:46:38",
                    "updated_on": "2017-05-09 15:58:29",
                    "type": "LOYALTY",
                    "source": "instore",
                    "identifiers": [{"type": "mobile", "value": "44700900000"}],
                    "registered_by": "cm.1",
                    "registered_store": _STORE,
                    "registered_till": {"code": "cm.1", "name": "cm.1"},
                    "fraud_details": {"status": "NONE", "marked_by": "", "modified_on": ""},
                    "trackers": "",
                    "current_nps_status": None,
                    "custom_fields": {"field": []},
                    "extended_fields": {"field": [{"name": "City", "value": "Bangalore"}]},
                    "transactions": {
                        "transaction": [
                            {
                                "id": "32650346",
                                "number": "90384",
                                "type": "REGULAR",
                                "created_date": "2017-05-09 16:00:10",
                                "store": "cm.1",
                            }
                        ]
                    },
                    "coupons": {"coupon": []},
                    "notes": [],
                    **_item_status("The customer was retrieved."),
                }
            ]
        }
    },
)
