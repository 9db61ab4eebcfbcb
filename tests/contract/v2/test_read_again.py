"""What the reference of v2 says and is easily overlooked ..."""

import pytest
from django.conf import settings

from customers.models import CustomerImage, Subscription
from tests.builders import make_customer
from tests.contract.v2.answers import read_refusal
from tests.pictures import make_upload

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"
BY_MOBILE = f"identifierName=mobile&identifierValue={MOBILE}"


@pytest.fixture
def person(till):
    return make_customer(identifiers=[("mobile", MOBILE)])


def test_read_again_identifiers_change_a_thousand_times_an_hour():
    assert settings.RATE_LIMITS["customers.changeIdentifier"] == 1_000


def test_read_again_lookup_sets_an_image(till, person):
    path = f"customers/lookup/setImage?{BY_MOBILE}"

    assert till.upload(path, {"file": make_upload()}).status_code == 200
    assert CustomerImage.objects.get().customer_id == person.pk
    assert read_refusal(till.upload(f"{path}&source=WECHAT", {"file": make_upload()}))[0] == 400
    unknown = till.upload(f"{path}9", {"file": make_upload()})
    assert read_refusal(unknown) == (404, 8015)
    assert CustomerImage.objects.count() == 1


def test_read_again_lookup_opts_out_and_shows_it(till, person):
    path = f"customers/lookup/subscriptions?{BY_MOBILE}"
    row = {"channel": "EMAIL", "priority": "BULK", "type": "OPTOUT"}

    assert till.post(path, {"subscriptions": [row]}).status_code == 200

    assert Subscription.objects.get().customer_id == person.pk
    by_id = till.get(f"customers/{person.pk}/subscriptions").json()
    assert till.get(path).json() == by_id
    assert "OPTOUT" in str(by_id)
