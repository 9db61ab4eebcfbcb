"""POST /v2/otp/generate and /v2/otp/validate ..."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import OneTimeCode
from tests.builders import make_customer
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"
BY_EMAIL = {"entityType": "EMAIL", "entityValue": "asha@example.com", "action": "POINTS"}


class Gateway:
    sent: list[tuple[str, str]] = []

    def send(self, *, to, text):
        self.sent.append((to, text))


@pytest.fixture
def sms(settings):
    settings.SMS_GATEWAY = f"{__name__}.Gateway"
    Gateway.sent = []
    return Gateway.sent


@pytest.fixture
def generate(till, django_capture_on_commit_callbacks):
    def call(**body):
        with django_capture_on_commit_callbacks(execute=True):
            return till.post("otp/generate", body)

    return call


def read_code(text):
    return re.search(r"\d{6}", text).group()


def a_minute_later():
    OneTimeCode.objects.update(sent_at=timezone.now() - timedelta(seconds=61))


def test_a_code_is_sent_by_sms_and_is_good_once(till, generate, sms):
    body = {"entityType": "MOBILE", "entityValue": MOBILE, "action": "GENERIC"}

    answer = generate(**body, template="Dear {{code}} & <b>")

    row = OneTimeCode.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {"createdId": row.pk, "warnings": []}
    [(to, text)] = sms
    code = read_code(text)
    assert (to, text) == (MOBILE, f"Dear {code} & <b>")
    assert code not in row.code_hash
    assert till.post("otp/validate", {**body, "code": code}).json() == {
        "valid": True,
        "warnings": [],
    }
    assert read_refusal(till.post("otp/validate", {**body, "code": code})) == (400, 808)


def test_a_code_is_sent_by_email(till, generate, mailoutbox):
    generate(**BY_EMAIL, emailTemplate="Code: {{code}}")

    assert mailoutbox[0].to == ["asha@example.com"]
    code = read_code(mailoutbox[0].body)
    assert till.post("otp/validate", {**BY_EMAIL, "code": code}).status_code == 200


def test_a_code_is_for_one_action_and_one_address(till, generate, mailoutbox):
    generate(**BY_EMAIL)
    code = read_code(mailoutbox[0].body)

    for change in ({"action": "COUPON"}, {"entityValue": "ben@example.com"}):
        refused = till.post("otp/validate", {**BY_EMAIL, **change, "code": code})
        assert read_refusal(refused) == (400, 808)
    assert till.post("otp/validate", {**BY_EMAIL, "code": code}).status_code == 200


def test_five_wrong_tries_end_a_code(till, generate, mailoutbox):
    generate(**BY_EMAIL)
    code = read_code(mailoutbox[0].body)
    wrong = f"{(int(code) + 1) % 10**6:06}"

    for _ in range(5):
        assert till.post("otp/validate", {**BY_EMAIL, "code": wrong}).status_code == 400

    assert OneTimeCode.objects.get().failed_attempts == 5
    assert till.post("otp/validate", {**BY_EMAIL, "code": code}).status_code == 400
    assert OneTimeCode.objects.get().used_at is None


def test_a_code_ends_after_ten_minutes(till, generate, mailoutbox):
    generate(**BY_EMAIL)
    OneTimeCode.objects.update(expires_at=timezone.now())

    code = read_code(mailoutbox[0].body)

    assert till.post("otp/validate", {**BY_EMAIL, "code": code}).status_code == 400


def test_one_code_a_minute_and_the_new_one_replaces_the_old(till, generate, mailoutbox):
    generate(**BY_EMAIL)
    assert read_refusal(generate(**BY_EMAIL)) == (429, 429)
    assert len(mailoutbox) == 1

    a_minute_later()
    assert generate(**BY_EMAIL).status_code == 200

    old, new = (read_code(mail.body) for mail in mailoutbox)
    if old != new:
        assert till.post("otp/validate", {**BY_EMAIL, "code": old}).status_code == 400
    assert till.post("otp/validate", {**BY_EMAIL, "code": new}).status_code == 200


def test_a_customer_gets_it_at_their_mobile(till, generate, sms):
    customer = make_customer(identifiers=[("email", "a@b.example"), ("mobile", MOBILE)])
    body = {"entityType": "USER_ID", "entityValue": customer.pk, "action": "COUPON"}

    generate(**body)

    [(to, text)] = sms
    assert to == MOBILE
    assert till.post("otp/validate", {**body, "code": read_code(text)}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entityType": "PIGEON", "entityValue": "x"},
        {"entityType": "MOBILE", "entityValue": "no number"},
        {"entityType": "EMAIL", "entityValue": "nobody"},
        {"entityType": "USER_ID", "entityValue": 999999},
        {"entityType": "MOBILE", "entityValue": MOBILE, "action": "DANCE"},
        {
            "entityType": "MOBILE",
            "entityValue": MOBILE,
            "channels": [{"type": "fax", "value": "1"}],
        },
    ],
)
def test_refuses_what_cannot_be_sent(till, generate, sms, body):
    assert generate(**body).status_code in (400, 404)
    assert (sms, OneTimeCode.objects.count()) == ([], 0)


def test_nobody_without_an_address(till, generate):
    customer = make_customer(identifiers=[("externalId", "x-1")])
    refused = generate(entityType="USER_ID", entityValue=customer.pk)
    assert read_refusal(refused) == (400, 400)
    assert customer.pk


def test_another_organization_cannot_use_the_code(till, stranger, generate, mailoutbox):
    generate(**BY_EMAIL)
    code = read_code(mailoutbox[0].body)

    assert stranger.post("otp/validate", {**BY_EMAIL, "code": code}).status_code == 400
    assert till.post("otp/validate", {**BY_EMAIL, "code": code}).status_code == 200
