"""A batch of a hundred registrations beside a hundred single calls of the domain without HTTP."""

from itertools import count

import orjson
import pytest

from crm.dialects.v1_1.xml import write_xml
from crm.kernel.transactions import unit_of_work
from crm.usecases.registering import Person, register_person
from customers.models import Customer
from customers.rules.registration import Channel, ProfileEntry, Registration
from loyalty.operations.effects import run_effects
from tests.benchmarks.clocks import p50, take_turns, told
from tests.builders import (
    make_credential,
    make_field,
    make_origin,
    make_program,
    make_till,
    the_source_account,
)
from tests.crm.callers import basic

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
BATCH = 100
ROUNDS = 8
# So many times as long as the calls alone a batch may take.
MOST = 2
_numbers = count(1)


@pytest.fixture
def till():
    till = make_till()
    make_credential(till)
    the_source_account()
    make_field("color")
    make_field("Hobbies", kind="CUSTOM", scope="PROFILE")
    make_program(is_default=True, registration_bonus=50)
    return till


def test_takes_at_most_twice_as_long(client, till):
    origin = make_origin(actor=till)

    def post(write, content_type):
        answer = client.post(
            "/v1.1/customer/add?format=json",
            write({"root": {"customer": [_said(next(_numbers)) for _ in range(BATCH)]}}),
            content_type=content_type,
            **basic(till.code),
        )
        assert answer.json()["response"]["status"]["success_count"] == str(BATCH)

    seconds = take_turns(
        {
            "single calls of the domain": lambda: _by_single_calls(origin),
            "a batch in JSON": lambda: post(orjson.dumps, "application/json"),
            "a batch in XML": lambda: post(write_xml, "application/xml"),
        },
        rounds=ROUNDS,
    )

    assert Customer.objects.count() == BATCH * 3 * (ROUNDS + 1)
    print()
    print(told(seconds))
    floor, *ours = (p50(times) for times in seconds.values())
    print([f"{times / floor:.2f} times" for times in ours])
    assert max(ours) <= MOST * floor


def _said(number):
    return {
        "mobile": f"+91{7000000000 + number}",
        "email": f"p{number}@example.com",
        "external_id": f"E{number}",
        "firstname": f"First{number % 5000}",
        "lastname": f"Last{number % 7000}",
        "extended_fields": {"field": [{"name": "color", "value": "black"}]},
        "custom_fields": {"field": [{"name": "Hobbies", "value": "Playing"}]},
    }


def _by_single_calls(origin):
    account = the_source_account()
    for _ in range(BATCH):
        number = next(_numbers)
        mobile, email = f"+91{7000000000 + number}", f"p{number}@example.com"
        admitted = unit_of_work(register_person)(
            origin=origin,
            person=Person(
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
        unit_of_work(run_effects)(origin=origin, effect_ids=[admitted.effect_id])
