"""Concurrent subscriptions of one customer: each waits, and nothing is lost or repeated."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crm.kernel.transactions import unit_of_work
from customers.models import ScopedSubscription, Subscription, SubscriptionChange
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from tests.builders import make_customer, make_origin

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

CLIENTS = 8


def test_keeps_one_row_and_logs_a_change_once():
    customer, origin = make_customer(), make_origin()

    def opt_out(_):
        try:
            return unit_of_work(subscribe)(
                origin=origin,
                customer_id=customer.pk,
                changes=[SubscriptionChangeIn(channel="SMS", priority="BULK", status="OPTOUT")],
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(opt_out, range(CLIENTS)))

    assert [answer[0].status for answer in answers] == ["OPTOUT"] * CLIENTS
    assert Subscription.objects.count() == 1
    assert SubscriptionChange.objects.count() == 1


def test_keeps_one_row_of_a_scope_and_logs_a_change_once():
    customer, origin = make_customer(), make_origin()
    change = SubscriptionChangeIn(
        channel="SMS", priority="BULK", status="OPTOUT", scopes=["POINTS"]
    )

    def opt_out(_):
        try:
            return unit_of_work(subscribe)(origin=origin, customer_id=customer.pk, changes=[change])
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(opt_out, range(CLIENTS)))

    assert [answer[0].scope for answer in answers] == ["POINTS"] * CLIENTS
    assert ScopedSubscription.objects.count() == 1
    assert SubscriptionChange.objects.count() == 1
