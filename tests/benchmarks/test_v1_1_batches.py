"""A batch of a hundred registrations, compared with single registrations without HTTP."""

from itertools import count

import orjson
import pytest

from crm.dialects.v1_1.xml import write_xml
from crm.kernel.transactions import unit_of_work
from crm.usecases.register_customers import SignUp, sign_up_customer
from customers.models import Customer
from customers.rules.identifiers import Channel
from customers.rules.registration import ProfileEntry, Registration
from loyalty.operations.effects import run_effects
from tests.benchmarks.clocks import format_times, p50, take_turns
from tests.builders import (
    get_or_make_source_account,
    make_credential,
    make_field,
    make_origin,
    make_program,
    make_till,
)
from tests.crm.callers import basic_auth

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
BATCH = 100
ROUNDS = 8
# How many times longer a batch may take than the single registrations.
MAX_RATIO = 2
_numbers = count(1)


@pytest.fixture
def till():
    till = make_till()
    make_credential(till)
    get_or_make_source_account()
    make_field("color")
    make_field("Hobbies", kind="CUSTOM", scope="PROFILE")
    make_program(is_default=True, registration_bonus=50)
    return till


def test_takes_at_most_twice_as_long(client, till):
    origin = make_origin(actor=till)

    def post(write, content_type):
        answer = client.post(
            "/v1.1/customer/add?format=json",
            write({"root": {"customer": [_build_item(next(_numbers)) for _ in range(BATCH)]}}),
            content_type=content_type,
            **basic_auth(till.code),
        )
        assert answer.json()["response"]["status"]["success_count"] == str(BATCH)

    seconds = take_turns(
        {
            "single calls of the domain": lambda: _register_singly(origin),
            "a batch in JSON": lambda: post(orjson.dumps, "application/json"),
            "a batch in XML": lambda: post(write_xml, "application/xml"),
        },
        rounds=ROUNDS,
    )

    assert Customer.objects.count() == BATCH * 3 * (ROUNDS + 1)
    print()
    print(format_times(seconds))
    floor, *ours = (p50(times) for times in seconds.values())
    print([f"{times / floor:.2f} times" for times in ours])
    assert max(ours) <= MAX_RATIO * floor


def _build_item(number):
    return {
        "mobile": f"+91{7000000000 + number}",
        "email": f"p{number}@example.com",
        "external_id": f"E{number}",
        "firstname": f"First{number % 5000}",
        "lastname": f"Last{number % 7000}",
        "extended_fields": {"field": [{"name": "color", "value": "black"}]},
        "custom_fields": {"field": [{"name": "Hobbies", "value": "Playing"}]},
    }


def _register_singly(origin):
    account = get_or_make_source_account()
    for _ in range(BATCH):
        number = next(_numbers)
        mobile, email = f"+91{7000000000 + number}", f"p{number}@example.com"
        result = unit_of_work(sign_up_customer)(
            origin=origin,
            sign_up=SignUp(
                registration=Registration(
                    profiles=[
                        ProfileEntry(
                            source_account_id=account.pk,
                            first_name=f"First{number % 5000}",
                            last_name=f"Last{number % 7000}",
                            fields={"Hobbies": "Playing"},
                            identifiers=[
                                ("mobile", mobile),
                                ("email", email),
                                ("externalId", f"E{number}"),
                            ],
                            channels=[
                                Channel(type="mobile", value=mobile, is_primary=True),
                                Channel(type="email", value=email, is_primary=True),
                            ],
                        )
                    ],
                    extended_fields={"color": "black"},
                )
            ),
        )
        unit_of_work(run_effects)(origin=origin, effect_ids=[result.effect_id])
