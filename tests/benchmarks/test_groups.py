"""A bulk of a hundred customers with three children each, beside 400 who are registered singly."""

from itertools import count

import orjson
import pytest
from django.test import Client

from crm.kernel.transactions import unit_of_work
from crm.usecases.registering import Person, register_person
from customers.models import Association, Customer
from customers.rules.registration import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.benchmarks.clocks import p50, take_turns, told
from tests.builders import make_credential, make_origin, make_program, make_till, the_source_account
from tests.crm.callers import basic
from tests.group_builders import make_hierarchy

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
ITEMS, CHILDREN = 100, 3
# How many times as long as single registrations a bulk may take, answers and places included.
GOAL = 3.0
_numbers = count(1)


@pytest.fixture(params=["with a program", "without"])
def till(request):
    """A till that registers in a store, where loyalty has something to do or nothing."""
    entity = make_till()
    make_credential(entity)
    the_source_account(org=entity.org)
    make_hierarchy(org=entity.org)
    if request.param == "with a program":
        make_program(org=entity.org, is_default=True)
    return entity


def test_takes_at_most_three_times_as_long_as_registering_one_by_one(till, settings):
    settings.RATE_LIMIT_PER_HOUR = 10_000_000
    seconds = take_turns(
        {
            "one by one": lambda: one_by_one(till),
            "in bulk": lambda: in_bulk(till),
        },
        rounds=3,
    )
    print()
    print(told(seconds))
    single, bulk = (p50(times) for times in seconds.values())
    print(f"{bulk / single:.2f} of single registrations, goal {GOAL}")
    assert bulk <= GOAL * single


def one_by_one(till):
    origin, account = make_origin(actor=till), the_source_account(org=till.org)
    for _ in range(ITEMS * (CHILDREN + 1)):
        mobile = next_mobile()
        unit_of_work(register_person)(
            origin=origin,
            person=Person(
                registration=Registration(
                    profiles=[
                        ProfileEntry(
                            source_account_id=account.pk,
                            first_name="Asha",
                            last_name="Rao",
                            identifiers=[("mobile", mobile), ("cuid", f"cuid_{mobile}")],
                            channels=[ChannelEntry(type="mobile", value=mobile, is_primary=True)],
                        )
                    ]
                )
            ),
        )


def in_bulk(till):
    before = Customer.objects.count()
    answer = Client().post(
        "/v2/customers/bulk?source=INSTORE",
        orjson.dumps([group() for _ in range(ITEMS)]),
        content_type="application/json",
        HTTP_WAIT_FOR_DOWNSTREAM="false",
        **basic(till.code),
    )
    assert answer.status_code == 200
    items = answer.json()
    assert all(item["childSuccessCount"] == CHILDREN and not item["errors"] for item in items)
    assert Customer.objects.count() - before == ITEMS * (CHILDREN + 1)
    assert Association.objects.filter(customer_id=items[0]["entity"]["id"]).exists()


def group():
    return {
        **person(),
        "associationDetails": {
            "hierarchyCode": "fleet",
            "roleCode": "FA",
            "childCustomers": [person() for _ in range(CHILDREN)],
            "fleetCompany": {"externalId": "ex1"},
        },
    }


def person():
    mobile = next_mobile()
    return {
        "profiles": [
            {
                "firstName": "Asha",
                "lastName": "Rao",
                "identifiers": [
                    {"type": "mobile", "value": mobile},
                    {"type": "cuid", "value": f"cuid_{mobile}"},
                ],
                "commChannels": [{"type": "mobile", "value": mobile, "primary": True}],
            }
        ]
    }


def next_mobile():
    return f"91{7_000_000_000 + next(_numbers)}"
