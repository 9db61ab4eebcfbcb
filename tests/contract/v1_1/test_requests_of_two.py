"""Requests of v1.1 that name a second customer, or a transaction of nobody."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.queries.customers.by_identifier import find_customer_id
from loyalty.operations.transactions.enter import Sale, enter_transaction
from tests.builders import (
    NOON,
    get_or_make_organization,
    make_credential,
    make_customer,
    make_origin,
    make_till,
)
from tests.contract.v1_1.conftest import Till

MOBILE, OTHER = "447700900111", "447700900222"


@pytest.fixture
def checker(till, client):
    entity = make_till(code="checker.till")
    make_credential(entity)
    return Till(entity, client)


def add_request(till, read_answer, **item):
    body = {"root": {"request": [{"customer": {"mobile": MOBILE}, "reason": "moved", **item}]}}
    [row] = read_answer(till.post("request/add", body))[1]["requests"]["request"]
    return row


@pytest.mark.parametrize("new_value", [{}, {"new_value": ""}, {"new_value": f"+{OTHER}"}])
@pytest.mark.parametrize("named", [{"mobile": OTHER}, {"external_id": "R-2"}])
def test_a_mobile_goes_to_the_target_customer(till, checker, read_answer, named, new_value):
    make_customer(identifiers=[("mobile", MOBILE), ("externalId", "R-1")])
    target = make_customer(identifiers=[("mobile", OTHER), ("externalId", "R-2")])

    filed = add_request(
        till,
        read_answer,
        type="CHANGE_IDENTIFIER",
        base_type="MOBILE_REALLOC",
        old_value=f"+{MOBILE}",
        misc_info={"target_customer": named},
        **new_value,
    )

    assert (filed["item_status"]["code"], filed["status"]) == ("9000", "PENDING")
    assert (filed["old_value"], filed["new_value"]) == (MOBILE, OTHER)
    assert filed["misc_info"]["target_customer"]["id"] == str(target.pk)
    decision = {"type": "CHANGE_IDENTIFIER", "base_type": "MOBILE_REALLOC", "id": filed["id"]}
    answer = checker.post("request/approve", {"root": {"request": [decision]}})
    assert read_answer(answer)[1]["requests"]["request"][0]["status"] == "APPROVED"
    org = get_or_make_organization()
    owner = find_customer_id(org=org, kind="mobile", value=MOBILE, source_account=None)
    assert owner == target.pk


@pytest.mark.parametrize("is_their_own", [False, True])
def test_a_transaction_that_has_an_owner_is_not_claimed(till, read_answer, is_their_own):
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    owner = customer if is_their_own else make_customer()
    settings = {"CONF_RETRO_TRANSACTION_ENABLE": 1}
    unit_of_work(change_settings)(org_id=customer.org_id, values=settings)
    sale = Sale(number="b1", type="NOT_INTERESTED", amount=1, billed_at=NOON, customer_id=owner.pk)
    entered = unit_of_work(enter_transaction)(origin=make_origin(), sale=sale)

    row = add_request(
        till,
        read_answer,
        type="TRANSACTION_UPDATE",
        base_type="RETRO",
        transaction_id=entered.transaction_id,
        old_type="NOT_INTERESTED",
        new_type="REGULAR",
    )

    assert (row["item_status"]["success"], row["item_status"]["code"]) == ("false", "1627")
