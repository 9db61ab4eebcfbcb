"""The samples of v1.1 are answered in the demo with all the values that they show."""

import orjson
import pytest

from crm.demo.secrets import TILL_PASSWORD
from tests.crm.callers import basic_auth


@pytest.fixture
def read(client):
    def read(path):
        answer = client.get(f"/v1.1/{path}", **basic_auth("demo.till", TILL_PASSWORD))
        return orjson.loads(answer.content)["response"]

    return read


def test_the_three_mobiles_of_the_batches_are_all_known(read):
    answer = read("customer/get?mobile=44700900000,44700900999,4470090345")

    assert answer["status"]["success_count"] == "3"


def test_who_redeemed_a_coupon_has_every_identifier(read):
    [shown] = read("customer/coupons?mobile=44700900990")["customers"]["customer"]

    assert (shown["email"], shown["external_id"]) == ("john.doe@example.com", "EXT001")
    [used] = [coupon for coupon in shown["coupons"]["coupon"] if coupon["redemption_count"] != "0"]
    assert used["redemptions"]["redemption"][0]["redeemed_at"]["code"] == "storecode"


@pytest.mark.parametrize("mobile", ["44700900000", "44700900999"])
def test_every_ticket_shows_its_fields(read, mobile):
    tickets = read(f"customer/tickets?mobile={mobile}")["customer"]["tickets"]["ticket"]

    assert tickets
    assert all(ticket["custom_fields"]["field"] for ticket in tickets)
