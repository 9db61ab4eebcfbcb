"""Forms of staff that are sent twice at the same moment take effect once."""

import pytest

from crm.tenancy.models import FormReceipt
from customers.models import Customer
from loyalty.models import Card, Transaction
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_program,
    make_store,
)
from tests.card_builders import make_card_series
from tests.races.test_coupons import count_outcomes
from tests.staff_client import log_in

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def client(transactional_db):
    return log_in()


def _send_at_once(client, url, data):
    """Send the form four times at the same moment; return where the answers lead."""
    places = []

    def send():
        sender = type(client)()
        sender.cookies = client.cookies
        answer = sender.post(url, data)
        places.append((answer.status_code, answer.get("Location")))

    assert count_outcomes(*[send] * 4) == {"done": 4}
    return places


def _shown_values(form):
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def test_a_customer_is_registered_once(client):
    get_or_make_source_account()
    url = "/admin/customers/customer/add/"
    data = _shown_values(client.get(url).context["form"]) | {"mobile": "919811223344"}

    places = _send_at_once(client, url, data)

    customer = Customer.objects.get()
    assert set(places) == {(302, f"/admin/customers/customer/{customer.pk}/change/")}
    assert FormReceipt.objects.count() == 1


def test_a_card_is_issued_once(client):
    tom, series = make_customer(), make_card_series()
    url = f"/admin/loyalty/card/issue/{tom.pk}/"
    data = _shown_values(client.get(url).context["form"])

    places = _send_at_once(
        client,
        url,
        {**data, "series": series.pk, "account": tom.registered_in_id, "reason": "New"},
    )

    assert {status for status, _place in places} == {302}
    assert Card.objects.count() == 1


def test_a_bill_is_entered_once(client):
    member = make_enrollment(program=make_program(is_default=True))
    store = make_store()
    url = f"/admin/loyalty/transaction/enter/?customer={member.customer_id}"
    form = client.get(url).context["form"]
    rows = {
        f"{formset.prefix}-{name}": 0
        for formset in (form.lines, form.payments)
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    data = _shown_values(form) | rows

    places = _send_at_once(
        client,
        url,
        {**data, "number": "B-1", "amount": "10", "store": store.code, "reason": "Down"},
    )

    bill = Transaction.objects.get()
    assert set(places) == {(302, f"/admin/loyalty/transaction/{bill.pk}/change/")}
