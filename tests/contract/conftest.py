"""Rows that a request of any operation can be about, and the tills that ask.

Each dialect says by ``till_class`` how its till asks.
"""

import orjson
import pytest

from loyalty.models import CouponRedemption
from tests.approval_builders import make_request
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_credential,
    make_customer,
    make_enrollment,
    make_field,
    make_organization,
    make_program,
    make_status_label,
    make_till,
)
from tests.card_builders import make_card, make_card_series, make_coupon, make_coupon_series
from tests.contract.requests_of_operations import CARD, EMAIL, MOBILE, SECRET
from tests.crm.callers import basic_auth
from tests.customers.import_helpers import upload_file
from tests.referral_builders import make_campaign, make_code


@pytest.fixture
def world(client, db):
    """Rows of the first organization: their ids and values, to fill paths and bodies with."""
    till = make_credential(make_till(code=f"{SECRET}.till", name=f"{SECRET}.till"))
    account = get_or_make_source_account("INSTORE")
    make_status_label("Active", is_default=True)
    make_status_label(SECRET)
    make_field(SECRET, kind="CUSTOM", scope="PROFILE", options=["a"])
    program = make_program(f"{SECRET} club", is_default=True)
    person = make_customer(
        first_name=SECRET.title(),
        identifiers=[("mobile", MOBILE), ("email", EMAIL)],
        source_account=account,
    )
    make_enrollment(person, program, points=5)
    card = make_card(CARD, make_card_series(SECRET))
    coupon = make_coupon(person, make_coupon_series(SECRET), redemption_count=1)
    use = CouponRedemption.objects.create(coupon=coupon, customer=person, redeemed_at=NOON)
    make_code(person, make_campaign("CWRME"))
    request = make_request(person, "EMAIL", old_value=EMAIL, new_value="a@b.example")
    redemption = {"points": 2, "identifier": {"type": "id", "value": person.pk}}
    redeemed = client.post(
        "/v2/points/redeem",
        orjson.dumps(redemption),
        content_type="application/json",
        **basic_auth(till.login),
    )
    sold = client.post(
        f"/v2/transactions?identifierName=id&identifierValue={person.pk}",
        orjson.dumps({"billNumber": f"{SECRET}-1", "billAmount": 1}),
        content_type="application/json",
        **basic_auth(till.login),
    )
    return {
        "org": person.org_id,
        "import": upload_file(f"Mobile,First name\n{MOBILE},{SECRET}\n", f"{SECRET}.csv").pk,
        "customer": person.pk,
        "series": card.series_id,
        "request": request.pk,
        "redemption": redeemed.json()["redemptionId"],
        "transaction": sold.json()["createdId"],
        "coupon": coupon.code,
        "coupon_series": coupon.series_id,
        "coupon_redemption": use.pk,
        "mobile": MOBILE,
        "email": EMAIL,
    }


@pytest.fixture
def till(db, client, till_class):
    """A till of the organization to which everything belongs; INSTORE and two WECHAT accounts."""
    entity = make_till(code="rr.till", name="rr.till")
    make_credential(entity)
    for source, account_id in (("INSTORE", ""), ("WECHAT", "22232"), ("WECHAT", "1234")):
        get_or_make_source_account(source, account_id)
    return till_class(entity, client)


@pytest.fixture
def stranger(db, client, till_class):
    """A till of another organization."""
    org = make_organization()
    get_or_make_source_account(org=org)
    entity = make_till(org)
    make_credential(entity)
    return till_class(entity, client)
