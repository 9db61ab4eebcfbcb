"""Fields of transactions in the demo: some bills say more than what was bought."""

import pytest
from django.urls import reverse

from crm.tenancy.models import StaffUser
from customers.models import FieldDefinition
from loyalty.models import Transaction


def defined(demo, kind):
    fields = FieldDefinition.objects.filter(org=demo, scope="TRANSACTION", kind=kind)
    return set(fields.values_list("name", flat=True))


@pytest.mark.parametrize("kind", ["CUSTOM", "EXTENDED"])
def test_of_bills_are_those_that_are_defined(demo, kind):
    column = f"{kind.lower()}_fields"
    said = Transaction.objects.filter(org=demo).values_list(column, flat=True)

    names = {name for fields in said for name in fields}

    assert names
    assert names <= defined(demo, kind)
    if kind == "CUSTOM":
        assert names == {"cashier", "occasion", "table_number"}


def test_are_shown_on_the_page_of_a_bill(client):
    client.force_login(StaffUser.objects.get(username="agent"))
    bill = Transaction.objects.get(number="bill-4502", type="REGULAR")

    page = client.get(reverse("admin:loyalty_transaction_change", args=[bill.pk]))

    assert bill.custom_fields == {"cashier": "Sid", "occasion": "Birthday"}
    shown = page.content.decode()
    assert "Custom fields" in shown
    assert "Sid" in shown
    assert "Birthday" in shown
