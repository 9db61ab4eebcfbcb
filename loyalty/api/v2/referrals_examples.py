"""The examples of referrals on the API page."""

from drf_spectacular.utils import OpenApiExample

from customers.api.v2.details import DETAILS_EXAMPLE

_FRIEND = {"name": "A friend", "identifier": "918867710077", "invitedOn": "2021-12-16 13:15:45"}
_REQUEST = {
    "campaignToken": "CWRME",
    "referrals": [{"type": "MOBILE", "referral": [_FRIEND]}],
}
_CUSTOMER = {
    "id": 420007388,
    "mobile": "918867710031",
    "email": "sample.email10031@gmail.com",
    "externalId": "",
}
_RESULT = {"customer": _CUSTOMER, "referralCode": "69nhcqjkpf", **_REQUEST}

ADD_EXAMPLES = [
    OpenApiExample("By mobile", value={"customerReferrals": [_REQUEST]}, request_only=True),
    OpenApiExample(
        "Invited", value={"customerReferrals": [_RESULT], "warnings": []}, response_only=True
    ),
]
ADD_MANY_EXAMPLES = [
    OpenApiExample(
        "Two customers",
        value={
            "customerReferrals": [
                {"customer": {"mobile": "918867710031"}, **_REQUEST},
                {
                    "customer": {"email": "vimalsudhan@gmail.com"},
                    "campaignToken": "12511",
                    "referrals": [
                        {
                            "type": "EMAIL",
                            "referral": [{"name": "Quinn", "identifier": "quinn@example.com"}],
                        }
                    ],
                },
            ]
        },
        request_only=True,
    ),
    OpenApiExample(
        "One of them is unknown",
        value={
            "customerReferrals": [
                {**_RESULT, "errors": [], "warnings": []},
                {
                    "customer": {"email": "nobody@example.com"},
                    "campaignToken": "12511",
                    "referrals": [],
                    "errors": [
                        {
                            "status": False,
                            "code": 8015,
                            "message": "No customer has this identifier.",
                        }
                    ],
                    "warnings": [],
                },
            ],
            "warnings": [],
        },
        response_only=True,
    ),
]
READ_EXAMPLE = OpenApiExample(
    "One of two invitees joined",
    value={
        "pagination": {"limit": 10, "offset": 0, "total": 1},
        "data": [
            {
                "customer": {"id": 17742, "profiles": DETAILS_EXAMPLE.value["profiles"]},
                "campaignToken": "CWRME",
                "referralCode": "69nhcqjkpf",
                "invitees": [
                    {
                        "type": "EMAIL",
                        "identifier": "917410011121@mail.com",
                        "name": "",
                        "invitedOn": "2020-05-22 12:15:28.0",
                        "till": {"code": "cm.1", "name": "cm"},
                        "success": False,
                    },
                    {
                        "type": "EMAIL",
                        "identifier": "917410011111@mail.com",
                        "name": "Org",
                        "invitedOn": "2020-05-21 11:52:33.0",
                        "till": {"code": "cm.1", "name": "cm"},
                        "success": True,
                    },
                ],
                "referee": [
                    {
                        "eventType": "REGISTRATION",
                        "userId": 379061020,
                        "firstName": "Org",
                        "lastName": "Customer",
                        "mobile": "917410011111",
                        "addedOn": "2020-05-21 11:56:18.0",
                    }
                ],
                "incentives": [
                    {
                        "eventType": "REGISTRATION",
                        "coupons": [
                            {
                                "code": "DF3KDLQ7RT",
                                "validTill": "2020-08-19 23:59:59.0",
                                "value": 50.0,
                                "redemptionInfo": {"redeemed": False, "redeemedOn": None},
                            }
                        ],
                    }
                ],
            }
        ],
        "warnings": [],
        "errors": [],
    },
    response_only=True,
)
