"""Every operation of both dialects: its scope, and a request of another organization's till.

``path`` and ``body`` name rows of the organization in ``World``: ``{customer}``, ``{series}``,
``{request}``, ``{redemption}``, ``{transaction}``, ``{coupon}``, ``{coupon_series}``,
``{coupon_redemption}``, ``{mobile}``, ``{email}``. ``codes`` are what another organization's till
gets for it.
"""

from dataclasses import dataclass
from typing import Any

READ, WRITE = "customers.read", "customers.write"
LOYALTY = "loyalty.write"
SALES = "transactions.write"
COUPONS = "coupons.write"
FILE, DECIDE = "requests.write", "requests.approve"
IMPORT = "imports.write"

BY_MOBILE = "identifierName=mobile&identifierValue={mobile}"
PROFILES = {"profiles": [{"firstName": "Mine"}]}
IDENTIFIERS = [{"type": "mobile", "value": "{mobile}"}]
OWN_PROFILE = {"profiles": [{"identifiers": IDENTIFIERS}]}
OPT_OUT = {"channel": "EMAIL", "priority": "BULK", "type": "OPTOUT"}
REFERRAL = {
    "campaignToken": "CWRME",
    "referrals": [{"type": "MOBILE", "referral": [{"identifier": "919810000001"}]}],
}
NO_DATA = '"data":[]'
BY_ID = "identifierName=id&identifierValue={customer}"
HOLDER = {"type": "mobile", "value": "{mobile}"}
REDEMPTION = {"points": 1, "identifier": HOLDER}
TRANSFER = {
    "pointsTobeTransferred": 1,
    "fromCustomerIdentifier": HOLDER,
    "toCustomerIdentifier": {"type": "id", "value": "{customer}"},
}
BILL = {"billNumber": "b-1", "billAmount": 1}
COUPON_BILL = {
    "redemptionRequestList": [{"code": "{coupon}"}],
    "user": {"mobile": "{mobile}"},
}
OWNER = {"identifierType": "mobile", "identifierValue": "{mobile}"}
EMAIL_CODE = {"entityType": "EMAIL", "entityValue": "{email}"}
NOTE = {"date": "2016-12-21", "description": "mine"}
TICKET = {"ticket_code": "T-1", "status": "OPEN", "subject": "mine", "message": "mine"}


@dataclass(frozen=True)
class Operation:
    """One request for each operation. ``codes``: the HTTP status, then the codes of refusals."""

    method: str
    route: str
    scope: str
    path: str
    codes: tuple[int, ...]
    body: Any = None
    # Whether the till's own organization gets a row, such as a customer or its first card labels.
    is_own: bool = False
    # What the answer contains, such as an empty list.
    shows: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _v2(method: str, route: str, scope: str, *codes: int, **more: Any) -> Operation:
    path = more.pop("path", route.replace("<id:customer_id>", "{customer}"))
    path = path.replace("<id:series_id>", "{series}")
    return Operation(method, f"v2/{route}", scope, f"v2/{path}", codes, **more)


def _v1_1(method: str, route: str, scope: str, *codes: int, **more: Any) -> Operation:
    path = f"v1.1/{route}{more.pop('query', '')}"
    return Operation(method, f"v1.1/{route}", scope, path, codes, **more)


def _items(parent: str, item: Any) -> dict[str, Any]:
    return {"root": {parent: [item]}}


ONE = "customers/<id:customer_id>"
OPERATIONS = [
    _v2("post", "customers", WRITE, 200, path="customers?source=INSTORE", body=OWN_PROFILE,
        is_own=True),
    _v2("get", "customers/bulk", READ, 404, 8015,
        path="customers/bulk?associationEntityType=parentCustomer"
        "&associationEntityIdentifierType=mobile&associationEntityIdentifierValue={mobile}"),
    _v2("post", "customers/bulk", WRITE, 200, path="customers/bulk?source=INSTORE",
        body=[OWN_PROFILE], is_own=True),
    _v2("put", "customers/bulk", WRITE, 200, 8015, path="customers/bulk?source=INSTORE",
        body=[OWN_PROFILE]),
    _v2("get", "customers/search", READ, 200, path="customers/search?q=zarathustra",
        shows=NO_DATA),
    _v2("get", "customers/lookup", READ, 404, 8015, path=f"customers/lookup?{BY_MOBILE}"),
    _v2("get", "customers/lookup", READ, 404, 8015,
        path="customers/lookup?identifierName=id&identifierValue={customer}"),
    _v2("put", "customers/lookup", WRITE, 404, 8015,
        path=f"customers/lookup?source=INSTORE&{BY_MOBILE}", body=PROFILES),
    _v2("put", "customers/lookup/status", WRITE, 404, 8015,
        path=f"customers/lookup/status?source=INSTORE&{BY_MOBILE}",
        body={"label": "Active", "reason": "mine"}),
    _v2("get", "customers/lookup/customerDetails", READ, 404, 8015,
        path=f"customers/lookup/customerDetails?{BY_MOBILE}"),
    _v2("post", "customers/lookup/setImage", WRITE, 404, 8015,
        path=f"customers/lookup/setImage?{BY_MOBILE}", body="image"),
    _v2("get", "customers/lookup/subscriptions", READ, 404, 8015,
        path=f"customers/lookup/subscriptions?{BY_MOBILE}"),
    _v2("post", "customers/lookup/subscriptions", WRITE, 404, 8015,
        path=f"customers/lookup/subscriptions?{BY_MOBILE}", body={"subscriptions": [OPT_OUT]}),
    *(
        _v2("get", f"customers/lookup/{name}", READ, 404, 8015,
            path=f"customers/lookup/{name}?{BY_MOBILE}")
        for name in ("retroRequest", "changeRequest", "goodwillRequest")
    ),
    _v2("get", ONE, READ, 404, 8015),
    _v2("put", ONE, WRITE, 404, 8009, path="customers/{customer}?source=INSTORE", body=PROFILES),
    _v2("post", f"{ONE}/changeIdentifier", WRITE, 404, 8009,
        path="customers/{customer}/changeIdentifier?source=INSTORE",
        body={"add": [{"type": "email", "value": "mine@example.com"}], "remove": []}),
    _v2("post", f"{ONE}/setImage", WRITE, 404, 8009, body="image"),
    _v2("get", f"{ONE}/subscriptions", READ, 404, 8015),
    _v2("post", f"{ONE}/subscriptions", WRITE, 404, 8009, body={"subscriptions": [OPT_OUT]}),
    _v2("get", f"{ONE}/statusLog", READ, 404, 8015),
    _v2("get", f"{ONE}/subscriptionStatusChangeLog", READ, 404, 8015),
    _v2("get", f"{ONE}/labels", READ, 404, 8015),
    _v2("post", f"{ONE}/changeLabels", WRITE, 404, 8015,
        body={"label": "Active", "reason": "mine"}),
    _v2("get", "customers/labels/search", READ, 200, path="customers/labels/search?label=Active"),
    _v2("get", "meta/sources", READ, 200),
    _v2("get", "organization/configs/<str:name>", READ, 200,
        path="organization/configs/CI_MERGE_AUTO_APPROVE"),
    _v2("get", "organization/customFields", READ, 200),
    _v2("get", "organization/labels", READ, 200),
    _v2("get", "organization/till", READ, 404, 404, path="organization/till?code=zarathustra.till"),
    _v2("get", "extendedFields", READ, 200),
    _v2("get", "customers/lookup/loyaltyDetails", READ, 404, 8015,
        path=f"customers/lookup/loyaltyDetails?{BY_MOBILE}"),
    _v2("get", "customers/lookup/pointsExpirySchedule", READ, 404, 8015,
        path=f"customers/lookup/pointsExpirySchedule?{BY_MOBILE}"),
    _v2("get", "customers/coupons", READ, 404, 8015, path="customers/coupons?id={customer}"),
    _v2("get", "customers/coupons", READ, 404, 8015, path="customers/coupons?mobile={mobile}"),
    _v2("get", f"{ONE}/coupons", READ, 404, 8015),
    _v2("get", f"{ONE}/loyaltyDetails", READ, 404, 8015),
    _v2("get", f"{ONE}/pointsExpirySchedule", READ, 404, 8015),
    _v2("get", f"{ONE}/pointsTransfers", READ, 404, 8015),
    _v2("post", "customers/referrals", WRITE, 200, 8015,
        body={"customerReferrals": [{**REFERRAL, "customer": {"id": "{customer}"}}]}),
    _v2("get", f"{ONE}/referrals", READ, 404, 8015),
    _v2("post", f"{ONE}/referrals", WRITE, 404, 8009, body={"customerReferrals": [REFERRAL]}),
    _v2("get", "organization/programs", READ, 200),
    _v2("get", "card", READ, 404, 404, path="card?number=known-1"),
    _v2("post", "card", LOYALTY, 404, 404, body={"seriesId": "{series}", "cardNumber": "n"}),
    _v2("put", "card", LOYALTY, 404, 404, body={"cardNumber": "known-1"}),
    _v2("put", "card/bulk", LOYALTY, 200, 404,
        body=[{"cardNumber": "known-1", "statusLabel": "DELETED"}], is_own=True),
    _v2("post", "card/generate", LOYALTY, 404, 404, body={"seriesId": "{series}", "count": 1}),
    _v2("get", "card/generation/logs/<id:series_id>", READ, 404, 404),
    _v2("post", "card/series", LOYALTY, 400, 400, body={"name": ""}),
    _v2("get", "card/series/<id:series_id>", READ, 404, 404),
    _v2("put", "card/series/<id:series_id>", LOYALTY, 404, 404, body={"name": "x"}),
    _v2("get", "card/series/get/all", READ, 200, shows=NO_DATA),
    _v2("post", "otp/generate", WRITE, 200, body=EMAIL_CODE, is_own=True),
    _v2("post", "otp/validate", WRITE, 400, 808, body={**EMAIL_CODE, "code": "123456"}),
    _v2("post", "points/isRedeemable", LOYALTY, 404, 8015, body=REDEMPTION),
    _v2("post", "points/redeem", LOYALTY, 404, 8015, body=REDEMPTION),
    _v2("post", "points/reverse", LOYALTY, 404, 3801, body={"redemptionId": "{redemption}"}),
    _v2("post", "points/isTransferrable", LOYALTY, 404, 8015, body=TRANSFER),
    _v2("get", "points/transfer", READ, 404, 8015, path=f"points/transfer?{BY_ID}"),
    _v2("post", "points/transfer", LOYALTY, 404, 8015, body=TRANSFER),
    *(
        _v2("get", f"pointsLedger/getCustomerLedger{kind}", READ, 404, 8015,
            path=f"pointsLedger/getCustomerLedger{kind}?{BY_ID}")
        for kind in ("Balance", "Info")
    ),
    *(
        _v2("post", f"partnerProgram/{name}", LOYALTY, 200, shows='"code":8015',
            body={items: [{"customer": {"mobile": "{mobile}"},
                           partners: [{"partnerProgramName": "Miles"}]}]})
        for name, items, partners in (
            ("linkCustomer", "linkCustomers", "linkToPartnerPrograms"),
            ("customerPartnerProgramUpdate", "customersPartnerUpdates", "partnerProgramUpdates"),
            ("deLinkCustomer", "deLinkCustomers", "deLinkFromPartnerPrograms"),
        )
    ),
    _v2("get", "coupon", READ, 200, path="coupon?code={coupon}", shows=NO_DATA),
    _v2("get", "coupon/series", READ, 200, shows=NO_DATA),
    _v2("post", "coupon/series", COUPONS, 400, 400, body={"seriesCode": "mine"}),
    _v2("put", "coupon/series", COUPONS, 404, 404,
        body={"id": "{coupon_series}", "description": "mine"}),
    _v2("post", "coupon/issue", COUPONS, 404, 8015,
        body={"seriesId": "{coupon_series}", "customer": {"mobile": "{mobile}"}}),
    _v2("post", "coupon/bulk/issue", COUPONS, 200, 8015,
        body=[{"seriesId": "{coupon_series}", "customer": {"id": "{customer}"}}]),
    _v2("get", "coupon/is_redeemable", READ, 404, 8015,
        path="coupon/is_redeemable?mobile={mobile}&code={coupon}"),
    _v2("post", "coupon/redeem", COUPONS, 404, 8015, body=COUPON_BILL),
    _v2("post", "coupon/bulk/redeem", COUPONS, 200, 8015, body=[COUPON_BILL]),
    _v2("post", "coupon/reactivate", COUPONS, 404, 404,
        body={"redemptionIds": ["{coupon_redemption}"]}),
    _v2("post", "transactions", SALES, 404, 8015, path=f"transactions?{BY_MOBILE}", body=BILL),
    _v2("put", "transactions", SALES, 404, 404, body={"id": "{transaction}"}),
    _v2("post", "transactions/bulk", SALES, 200, 8015, body=[{**BILL, **OWNER}]),
    _v2("get", "transactions/<id:transaction_id>", READ, 404, 404,
        path="transactions/{transaction}"),
    _v2("get", "earning/<id:transaction_id>", READ, 404, 404, path="earning/{transaction}"),
    _v2("get", f"{ONE}/retroRequest", READ, 404, 8015),
    _v2("get", f"{ONE}/changeRequest", READ, 404, 8015),
    _v2("get", f"{ONE}/goodwillRequest", READ, 404, 8015),
    _v2("post", "imports", IMPORT, 202, body="table", is_own=False),
    _v2("get", "imports", IMPORT, 200, shows=NO_DATA),
    _v2("get", "imports/columns", IMPORT, 200),
    _v2("get", "exports", IMPORT, 200),
    _v2("get", "exports/<str:list_name>", IMPORT, 200, path="exports/customers?columns=id"),
    _v2("get", "exports/<id:export_id>", IMPORT, 404, 404, path="exports/999999"),
    *(_v2("get", f"imports/<id:import_id>{part}", IMPORT, 404, 404,
          path=f"imports/{{import}}{part}")
      for part in ("", "/rows", "/errors.csv")),
    *(_v2("post", f"imports/<id:import_id>/{step}", IMPORT, 404, 404,
          path=f"imports/{{import}}/{step}", body={})
      for step in ("confirm", "cancel", "continue", "undo")),
    _v1_1("post", "transaction/add", SALES, 200,
          body=_items("transaction", {"number": "n-1", "amount": "1",
                                      "customer": {"mobile": "{mobile}"}}),
          is_own=True),
    _v1_1("post", "transaction/add", SALES, 200, 1011,
          body=_items("transaction", {"number": "n-1", "amount": "1",
                                      "customer": {"id": "{customer}"}})),
    _v1_1("get", "transaction/get", READ, 200, 404, query="?id={transaction}"),
    _v1_1("get", "coupon/isredeemable", READ, 200, 1012, query="?mobile={mobile}&code={coupon}"),
    _v1_1("post", "coupon/redeem", COUPONS, 200, 1012,
          body=_items("coupon", {"code": "{coupon}", "customer": {"mobile": "{mobile}"}})),
    _v1_1("get", "points/isredeemable", LOYALTY, 200, 1012, query="?mobile={mobile}&points=1"),
    _v1_1("get", "points/validationcode", LOYALTY, 200, 1012, query="?mobile={mobile}&points=1"),
    _v1_1("post", "points/redeem", LOYALTY, 200, 1012,
          body=_items("redeem", {"points_redeemed": "1", "customer": {"mobile": "{mobile}"}})),
    _v1_1("post", "customer/add", WRITE, 200, body=_items("customer", {"mobile": "{mobile}"}),
          is_own=True),
    _v1_1("post", "customer/add", WRITE, 200, 1011,
          body=_items("customer", {"id": "{customer}", "firstname": "Mine"})),
    _v1_1("post", "customer/update", WRITE, 200, 1012,
          body=_items("customer", {"mobile": "{mobile}", "firstname": "Mine"})),
    _v1_1("post", "customer/update", WRITE, 200, 1011,
          body=_items("customer", {"id": "{customer}"})),
    _v1_1("get", "customer/notes", READ, 200, 1012, query="?mobile={mobile}"),
    _v1_1("get", "customer/notes", READ, 200, 1011, query="?id={customer}"),
    _v1_1("post", "customer/notes", WRITE, 200, 1012,
          body=_items("customer", {"mobile": "{mobile}", "notes": {"note": [NOTE]}})),
    _v1_1("get", "customer/tickets", READ, 200, 1011, query="?id={customer}"),
    _v1_1("post", "customer/tickets", WRITE, 200, 1012,
          body=_items("customer", {"mobile": "{mobile}", "ticket": [TICKET]})),
    _v1_1("get", "customer/preferences", READ, 200, 1011, query="?id={customer}"),
    _v1_1("post", "customer/preferences", WRITE, 200, 1012,
          body=_items("customer", {"mobile": "{mobile}", "store": {"code": "x"}})),
    _v1_1("get", "customer/interaction", READ, 200, 1012, query="?mobile={mobile}"),
    _v1_1("get", "customer/subscriptions", READ, 200, 1011, query="?id={customer}"),
    _v1_1("post", "customer/subscriptions", WRITE, 200, 1012,
          body=_items("subscription", {"mobile": "{mobile}", "priority": "bulk", "scope": "all",
                                       "channel": "email", "is_subscribed": "0"})),
    *(_v1_1("get", "customer/search", READ, 200, query=f"?q={query}",
            shows='"count":"0"')
      for query in ("mobile:{mobile}", "user_id:{customer}", "org_id:{org}")),
    *(_v1_1("get", f"customer/{name}", READ, 200, 1011, query="?id={customer}")
      for name in ("get", "transactions", "redemptions", "coupons")),
    _v1_1("get", "customer/referrals", READ, 200, 1012, query="?mobile={mobile}"),
    _v1_1("post", "customer/referrals", WRITE, 200, 1012, body=_items(
        "customer",
        {"mobile": "{mobile}", "referrals": {"campaign_token": "CWRME", "referral_type": {
            "type": "EMAIL", "referral": [{"id": "1", "identifier": "bob@example.com"}]}}})),
    _v1_1("post", "customer/update_identity", FILE, 200, 1041, body=_items(
        "customer",
        {"identifier": "mobile", "old_value": "{mobile}", "new_value": "447700900222"})),
    _v1_1("post", "request/add", FILE, 200, 9011, body=_items("request", {
        "type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "customer": {"id": "{customer}"},
        "old_value": "known@example.com", "new_value": "mine@example.com",
        "reason": "mine"})),
    *(_v1_1("post", f"request/{verb}", DECIDE, 200, 9013, body=_items("request", {
        "type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "id": "{request}", "reason": "mine"}))
      for verb in ("approve", "reject")),
    _v1_1("get", "request/get", READ, 200, shows='"count":0'),
    _v1_1("get", "request/logs", READ, 200),
]  # fmt: skip
