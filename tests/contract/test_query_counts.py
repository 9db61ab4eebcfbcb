"""A read takes as many queries for a customer with many rows as for one with few."""

from itertools import count
from typing import Any

import orjson

from customers.models import Customer
from loyalty.models import CouponSeries, Program, ReferralCampaign
from tests.approval_builders import make_request
from tests.builders import (
    get_or_make_source_account,
    make_credential,
    make_customer,
    make_enrollment,
    make_field,
    make_profile,
    make_program,
    make_status_label,
    make_till,
)
from tests.card_builders import make_card, make_card_series, make_coupon, make_coupon_series
from tests.contract.operations import NOTE, OPERATIONS, TICKET, Operation
from tests.contract.requests_of_operations import SECRET, send
from tests.crm.callers import basic_auth
from tests.queries import count_queries
from tests.referral_builders import make_invitation, make_referee

# An export is a file that the customer's rows are not in.
READS = [
    operation
    for operation in OPERATIONS
    if operation.method == "get" and "export" not in operation.route.lower()
]
MOST_QUERIES = 13
# Those that tills ask most, with the one for the log-in.
PINNED = {
    "customers/{customer}/pointsExpirySchedule": 6,
    "customers/{customer}/pointsTransfers": 4,
    "customers/{customer}/statusLog": 3,
    "customers/{customer}/subscriptionStatusChangeLog": 3,
    "customers/{customer}/subscriptions": 3,
    "customers/search?q=zarathustra": 4,
    "extendedFields": 3,
    "pointsLedger/getCustomerLedgerInfo?identifierName=id&identifierValue={customer}": 7,
}
_numbers = count(1)


def test_every_read_takes_as_many_queries_for_many_rows_as_for_few(client, world):
    till = make_credential(make_till())
    for _ in range(2):
        add_rows(client, till.login, world)
    few = {str(read): count_read(client, read, world, till) for read in READS}
    for _ in range(3):
        add_rows(client, till.login, world)

    assert {str(read): count_read(client, read, world, till) for read in READS} == few
    assert max(few.values()) <= MOST_QUERIES
    assert {read: few[f"get v2/{read}"] for read in PINNED} == PINNED


def count_read(client: Any, read: Operation, world: Any, till: Any) -> int:
    """Count the queries once the configuration is in the cache."""
    answer = send(client, read, world, till)
    assert answer.status_code == 200, answer.content
    return count_queries(lambda: send(client, read, world, till))


def add_rows(client: Any, login: str, world: Any) -> None:
    """Give the customer one row more of each kind, and the organization another customer."""
    number = next(_numbers)
    customer = Customer.objects.get(pk=world["customer"])
    other = make_customer(first_name=SECRET, identifiers=[("externalId", f"other-{number}")])
    make_profile(other, get_or_make_source_account("WECHAT", f"{number}"))
    make_field(f"field {number}", options=["a", "b"])
    make_status_label(f"label {number}")
    make_card(customer=customer)
    make_card(customer=customer, series=make_card_series())
    make_coupon(customer, CouponSeries.objects.get(pk=world["coupon_series"]))
    make_coupon(other, make_coupon_series())
    make_enrollment(customer, make_program(), points=5)
    make_enrollment(other, Program.objects.get(org=customer.org_id, is_default=True))
    make_request(customer, "EXTERNAL_ID", new_value=f"new-{number}")
    campaign = ReferralCampaign.objects.get(org=customer.org_id)
    make_invitation(customer, campaign, f"{number}@example.com")
    make_referee(customer, other, campaign, coupon=make_coupon(customer))
    item = {"id": customer.pk}
    transfer = {"type": "id", "value": customer.pk}, {"type": "id", "value": other.pk}
    for path, body in {
        f"v2/transactions?identifierName=id&identifierValue={customer.pk}": {
            "billNumber": f"bill {number}",
            "billAmount": 50,
            "lineItemsV2": [{"itemCode": "a", "qty": 1, "rate": 50}],
        },
        "v2/points/redeem": {"points": 1, "identifier": transfer[0]},
        "v2/points/transfer": {
            "pointsTobeTransferred": 1,
            "fromCustomerIdentifier": transfer[0],
            "toCustomerIdentifier": transfer[1],
        },
        "v2/card/generate": {"seriesId": world["series"], "count": 1},
        f"v2/customers/{customer.pk}/changeLabels": {"label": f"label {number}", "reason": "a"},
        f"v2/customers/{customer.pk}/subscriptions?source=INSTORE": {
            "subscriptions": [
                {"channel": "SMS", "priority": "BULK", "type": ("OPTIN", "OPTOUT")[number % 2]}
            ]
        },
        "v1.1/customer/notes": {"root": {"customer": [item | {"notes": {"note": [NOTE]}}]}},
        "v1.1/customer/tickets": {
            "root": {"customer": [item | {"ticket": [TICKET | {"subject": f"{number}"}]}]}
        },
    }.items():
        answer = client.post(
            f"/{path}", orjson.dumps(body), content_type="application/json", **basic_auth(login)
        )
        assert answer.status_code == 200, (path, answer.content)
