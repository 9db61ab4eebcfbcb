"""Setting one customer's picture concurrently: each is a version, the last one is current."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crm.kernel.transactions import unit_of_work
from customers.models import CustomerImage
from customers.operations.images import set_image
from customers.rules.images import clean_image
from tests.builders import make_customer, make_origin
from tests.pictures import make_picture

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

CLIENTS = 8


def test_numbers_each_once_and_shows_one():
    customer, origin, image = make_customer(), make_origin(), clean_image(make_picture())

    def upload(_):
        try:
            unit_of_work(set_image)(origin=origin, customer_id=customer.pk, image=image)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(upload, range(CLIENTS)))

    versions = CustomerImage.objects.order_by("version").values_list("version", "is_current")
    assert list(versions) == [(n, n == CLIENTS) for n in range(1, CLIENTS + 1)]
