"""Calls of a till whose answers the published schema must fit: method, path and answer."""

from django.conf import settings

from customers.models import OneTimeCode
from customers.rules.one_time_codes import CodeTarget, hash_code
from loyalty.models import Program
from tests.builders import make_customer, make_enrollment, make_field, make_program
from tests.card_builders import make_coupon, make_coupon_series
from tests.partner_builders import make_partner

PERSON = "/v2/customers/{customer_id}"


def make_organization_calls(till, person):
    make_field("Gender", kind="CUSTOM", scope="PROFILE", options=["a"])
    make_program("Listed")
    new_label = {"label": "Active", "reason": "r"}
    config = "organization/configs/CI_MERGE_AUTO_APPROVE"
    paths = ("meta/sources", "organization/customFields", "organization/labels")
    return [
        *(("get", f"/v2/{path}", till.get(path)) for path in paths),
        ("get", "/v2/organization/programs", till.get("organization/programs")),
        ("get", "/v2/organization/till", till.get("organization/till")),
        ("get", "/v2/organization/configs/{name}", till.get(config)),
        ("get", "/v2/customers/labels/search", till.get("customers/labels/search?q=a")),
        (
            "post",
            f"{PERSON}/changeLabels",
            till.post(f"customers/{person.pk}/changeLabels", new_label),
        ),
        ("get", f"{PERSON}/labels", till.get(f"customers/{person.pk}/labels")),
    ]


def make_points_calls(till, person):
    mobile = {"type": "id", "value": person.pk}
    redeemed = till.post("points/redeem", {"points": 2, "identifier": mobile})
    receiver = make_enrollment(make_customer(), Program.objects.get(is_default=True))
    transfer = {
        "pointsTobeTransferred": 1,
        "fromCustomerIdentifier": mobile,
        "toCustomerIdentifier": {"type": "id", "value": receiver.customer_id},
    }
    by_id = f"identifierName=id&identifierValue={person.pk}"
    code = {"entityType": "EMAIL", "entityValue": "asha@example.com"}
    sent = till.post("otp/generate", code)
    target = CodeTarget("EMAIL", "asha@example.com", "GENERIC")
    known = hash_code("123456", target, org_id=till.org.pk, secret=settings.SECRET_KEY)
    OneTimeCode.objects.update(code_hash=known)
    return [
        (
            "post",
            "/v2/points/isRedeemable",
            till.post("points/isRedeemable", {"points": 1, "identifier": mobile}),
        ),
        ("post", "/v2/points/redeem", redeemed),
        (
            "post",
            "/v2/points/reverse",
            till.post("points/reverse", {"redemptionId": redeemed.json()["redemptionId"]}),
        ),
        (
            "post",
            "/v2/points/isTransferrable",
            till.post("points/isTransferrable", transfer),
        ),
        ("post", "/v2/points/transfer", till.post("points/transfer", transfer)),
        ("get", "/v2/points/transfer", till.get(f"points/transfer?{by_id}")),
        *(
            (
                "get",
                f"/v2/pointsLedger/getCustomerLedger{kind}",
                till.get(f"pointsLedger/getCustomerLedger{kind}?{by_id}"),
            )
            for kind in ("Balance", "Info")
        ),
        ("post", "/v2/otp/generate", sent),
        ("post", "/v2/otp/validate", till.post("otp/validate", {**code, "code": "123456"})),
    ]


def make_transaction_calls(till, person):
    line = {"itemCode": "a", "qty": 2, "rate": 5}
    bill = {"billNumber": "b-1", "lineItemsV2": [line], "paymentModes": [{"mode": "CASH"}]}
    by_id = f"identifierName=id&identifierValue={person.pk}"
    added = till.post(f"transactions?{by_id}", bill)
    pk = added.json()["createdId"]
    back = {"type": "RETURN", "billNumber": "b-1", "returnType": "LINE_ITEM"}
    returned = till.post(
        f"transactions?{by_id}", {**back, "lineItemsV2": [{"itemCode": "a", "qty": 1}]}
    )
    assert returned.status_code == 200, returned.content
    many = [{**bill, "billNumber": "b-2", "identifierType": "id", "identifierValue": person.pk}]
    return [
        ("post", "/v2/transactions", added),
        ("put", "/v2/transactions", till.put("transactions?points=MLP", {"id": pk})),
        ("post", "/v2/transactions/bulk", till.post("transactions/bulk", many)),
        ("get", "/v2/transactions/{transaction_id}", till.get(f"transactions/{pk}")),
        ("get", "/v2/earning/{transaction_id}", till.get(f"earning/{pk}")),
    ]


def make_coupon_calls(till, person):
    user = {"id": person.pk}
    codes = [make_coupon(person, expires_at=None).code for _ in range(3)]

    def build_bill(code):
        return {"redemptionRequestList": [{"code": code}], "user": user, "billAmount": 50}

    redeemed = till.post("coupon/redeem", build_bill(codes[0]))
    ids = {"redemptionIds": [redeemed.json()["redemption"][0]["id"]]}
    issue = {"seriesId": make_coupon_series().pk, "customer": user}
    rules = {"seriesCode": "n", "description": "n", "discountType": "ABS", "discountValue": 5}
    added = till.post("coupon/series", rules)
    listed = f"coupon?identifierName=id&identifierValue={person.pk}"
    asked = f"coupon/is_redeemable?id={person.pk}&details=extended&code={codes[1]},NOBODY"
    return [
        ("post", "/v2/coupon/series", added),
        ("put", "/v2/coupon/series", till.put("coupon/series", {"id": added.json()["id"]})),
        ("get", "/v2/coupon/series", till.get("coupon/series")),
        ("post", "/v2/coupon/issue", till.post("coupon/issue", issue)),
        ("post", "/v2/coupon/bulk/issue", till.post("coupon/bulk/issue", [issue, {}])),
        ("get", "/v2/coupon", till.get(listed)),
        ("get", "/v2/coupon/is_redeemable", till.get(asked)),
        ("post", "/v2/coupon/redeem", redeemed),
        (
            "post",
            "/v2/coupon/bulk/redeem",
            till.post("coupon/bulk/redeem", [build_bill(codes[1]), build_bill("NOBODY")]),
        ),
        ("post", "/v2/coupon/reactivate", till.post("coupon/reactivate", ids)),
    ]


def make_partner_calls(till, person):
    program = Program.objects.get(is_default=True)
    partner = make_partner(program)
    customer, name = {"id": person.pk}, {"partnerProgramName": partner.name}
    tier = {"tierName": "Blue", "tierExpiryDate": "2099-12-31"}
    linked = {**name, "membershipId": "m-1", **tier}
    details = {"updatedTierName": "Black", "updatedTierExpiryDate": "2099-12-31"}
    calls = [
        ("linkCustomer", "linkCustomers", "linkToPartnerPrograms", linked),
        (
            "customerPartnerProgramUpdate",
            "customersPartnerUpdates",
            "partnerProgramUpdates",
            {**name, "updateType": "UPGRADE", "updateDetails": details},
        ),
        ("deLinkCustomer", "deLinkCustomers", "deLinkFromPartnerPrograms", name),
    ]
    answers = []
    for path, items, partners, entry in calls:
        answer = till.post(
            f"partnerProgram/{path}", {items: [{"customer": customer, partners: [entry]}, {}]}
        )
        assert '"status":true,"code":200' in answer.content.decode().split(partners)[1]
        answers.append(("post", f"/v2/partnerProgram/{path}", answer))
    return answers
