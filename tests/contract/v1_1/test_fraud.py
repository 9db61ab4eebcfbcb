"""A fraud status over v1.1 ..."""

import pytest

from customers.models import Customer
from tests.builders import make_credential, make_customer, make_till
from tests.contract.v1_1.add_bodies import build_body
from tests.contract.v1_1.conftest import Till

MOBILE = "447700900111"


@pytest.fixture
def clerk(till, client):
    """A till whose log-in may not mark customers as fraud."""
    entity = make_till(code="clerk")
    make_credential(entity, scopes=["customers.read", "customers.write"])
    return Till(entity, client)


def send(till, read_answer, path, **item):
    _, response = read_answer(till.post(path, build_body({"mobile": MOBILE, **item})))
    [row] = response["customers"]["customer"]
    return row


@pytest.mark.parametrize("path", ["customer/add", "customer/update"])
def test_marks_a_known_customer(till, read_answer, path):
    customer = make_customer(identifiers=[("mobile", MOBILE)])

    mark = {"status": "confirmed", "reason": "stolen card"}
    send(till, read_answer, path, fraud_status=mark)

    customer.refresh_from_db()
    assert (customer.fraud_status, customer.fraud_reason) == ("CONFIRMED", "stolen card")
    assert customer.fraud_marked_by is not None


def test_marks_a_new_customer(till, read_answer):
    send(till, read_answer, "customer/add", fraud_status={"status": "INTERNAL"})

    assert Customer.objects.get().fraud_status == "INTERNAL"


def test_needs_a_scope_of_its_own_and_else_changes_nothing(clerk, read_answer):
    customer = make_customer(identifiers=[("mobile", MOBILE)])

    row = send(
        clerk,
        read_answer,
        "customer/update",
        firstname="Eve",
        fraud_status={"status": "MARKED"},
    )

    assert row["item_status"]["code"] == "403"
    customer.refresh_from_db()
    assert customer.fraud_status == "NOT_FRAUD"
    assert customer.profiles.get().first_name == "Asha"


@pytest.mark.parametrize(
    "mark", [{"status": "FRAUD"}, {"reason": "x"}, "MARKED", {"status": {}}, [1]]
)
def test_refuses_other_statuses(till, read_answer, mark):
    row = send(till, read_answer, "customer/add", fraud_status=mark)

    assert row["item_status"]["code"] == "1061"
    assert not Customer.objects.exists()
