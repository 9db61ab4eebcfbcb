"""The examples of referrals in v1.1 on the API page."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_SUCCESS = {
    "success": "true",
    "code": 200,
    "message": "SUCCESS",
    "total": "1",
    "success_count": "1",
}
_VIMAL = {
    "email": "vimalsudhan@gmail.com",
    "mobile": "919740798372",
    "external_id": "VIMAL004",
    "id": "430000004",
    "user_id": "430000004",
    "firstname": "Vimal",
    "lastname": "Sudhan",
    "referral_code": "djk39wq7rt",
}


def _item_status(message: str) -> dict[str, Any]:
    return {
        "success": "true",
        "code": "1000",
        "message": message,
        "warnings": {"warning": []},
    }


REFER_EXAMPLES = [
    OpenApiExample(
        "Two by email",
        value={
            "root": {
                "customer": [
                    {
                        "mobile": "919740798372",
                        "referrals": {
                            "campaign_token": "12511",
                            "referral_type": [
                                {
                                    "type": "EMAIL",
                                    "referral": [
                                        {
                                            "id": "1",
                                            "name": "Arya Stark",
                                            "identifier": "arya.stark@example.com",
                                            "invited_on": "2016-09-12T15:19:21+05:30",
                                        },
                                        {
                                            "id": "2",
                                            "name": "Robb Stark",
                                            "identifier": "robb.stark@example.com",
                                        },
                                    ],
                                }
                            ],
                        },
                    }
                ]
            }
        },
        request_only=True,
    ),
    OpenApiExample(
        "Invited",
        value={
            "response": {
                "status": _SUCCESS,
                "customers": {
                    "customer": [
                        {
                            **_VIMAL,
                            "referrals": {
                                "referral_type": [
                                    {
                                        "type": "EMAIL",
                                        "referral": [
                                            {
                                                "id": "1",
                                                "name": "Arya Stark",
                                                "identifier": "arya.stark@example.com",
                                                "invited_on": "2016-09-12 15:19:21",
                                                "status": {
                                                    "success": "true",
                                                    "code": "100",
                                                    "message": "Invitee added successfully.",
                                                },
                                            }
                                        ],
                                    }
                                ]
                            },
                            "item_status": _item_status("The referrals were invited."),
                        }
                    ]
                },
            }
        },
        response_only=True,
    ),
]
REFERRALS_EXAMPLE = OpenApiExample(
    "One of two invitees joined",
    value={
        "response": {
            "status": _SUCCESS,
            "customer": {
                **_VIMAL,
                "invitees": {
                    "referral_type": [
                        {
                            "type": "EMAIL",
                            "invitee": [
                                {
                                    "identifier": "dexter.morgan@example.com",
                                    "invited_on": "2016-09-02 12:49:12",
                                    "till": {"code": "store.server", "name": "store.server"},
                                    "success": "true",
                                },
                                {
                                    "identifier": "debra.morgan@example.com",
                                    "invited_on": "2016-09-01 13:04:10",
                                    "till": {"code": "demo.till", "name": "demo.till"},
                                    "success": "false",
                                },
                            ],
                        }
                    ]
                },
                "referees": {
                    "referee": [
                        {
                            "event_type": "REGISTRATION",
                            "user_id": "430000012",
                            "firstname": "Dexter",
                            "lastname": "Morgan",
                            "email": "dexter.morgan@example.com",
                            "mobile": "919988776655",
                            "external_id": "MPD345",
                            "added_on": "2016-09-04 11:29:10",
                        }
                    ]
                },
                "incentives": {
                    "event_type": [
                        {
                            "name": "REGISTRATION",
                            "coupons": {
                                "coupon": [
                                    {
                                        "code": "DF3KDLQ7RT",
                                        "valid_till": "2017-09-04 23:59:59",
                                        "value": "50",
                                        "redemption_info": {
                                            "redeemed": "true",
                                            "redeemed_on": "2016-10-12 14:29:41",
                                        },
                                    }
                                ]
                            },
                        }
                    ]
                },
                "item_status": _item_status("The referral statistics were retrieved."),
            },
        }
    },
    response_only=True,
)
