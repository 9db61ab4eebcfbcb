"""A bulk of a hundred customers with three children each, compared with 400 registrations."""

from itertools import count

import orjson
import pytest
from django.test import Client

from crm.kernel.transactions import unit_of_work
from crm.usecases.register_customers import SignUp, sign_up_customer
from customers.models import Association, Customer
from customers.rules.identifiers import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.benchmarks.clocks import format_times, p50, take_turns
from tests.builders import (
    get_or_make_source_account,
    make_credential,
    make_origin,
    make_program,
    make_till,
)
from tests.crm.callers import basic_auth
from tests.group_builders import make_hierarchy

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
ITEMS, CHILDREN = 100, 3
# How many times longer a bulk may take than the single registrations.
GOAL = 3.0
_numbers = count(1)


@pytest.fixture(params=["with a program", "without"])
def till(request):
    """A till in an organization with or without a loyalty program."""
    entity = make_till()
    make_credential(entity)
    get_or_make_source_account(org=entity.org)
    make_hierarchy(org=entity.org)
    if request.param == "with a program":
        make_program(org=entity.org, is_default=True)
    return entity


def test_takes_at_most_three_times_as_long_as_registering_one_by_one(till, settings):
    settings.RATE_LIMIT_PER_HOUR = 10_000_000
    seconds = take_turns(
        {
            "one by one": lambda: register_one_by_one(till),
            "in bulk": lambda: register_in_bulk(till),
        },
        rounds=3,
    )
    print()
    print(format_times(seconds))
    single, bulk = (p50(times) for times in seconds.values())
    print(f"{bulk / single:.2f} of single registrations, goal {GOAL}")
    assert bulk <= GOAL * single


def register_one_by_one(till):
    origin, account = make_origin(actor=till), get_or_make_source_account(org=till.org)
    for _ in range(ITEMS * (CHILDREN + 1)):
        mobile = next_mobile()
        unit_of_work(sign_up_customer)(
            origin=origin,
            sign_up=SignUp(
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


def register_in_bulk(till):
    before = Customer.objects.count()
    answer = Client().post(
        "/v2/customers/bulk?source=INSTORE",
        orjson.dumps([build_group() for _ in range(ITEMS)]),
        content_type="application/json",
        HTTP_WAIT_FOR_DOWNSTREAM="false",
        **basic_auth(till.code),
    )
    assert answer.status_code == 200
    items = answer.json()
    assert all(item["childSuccessCount"] == CHILDREN and not item["errors"] for item in items)
    assert Customer.objects.count() - before == ITEMS * (CHILDREN + 1)
    assert Association.objects.filter(customer_id=items[0]["entity"]["id"]).exists()


def build_group():
    return {
        **build_customer(),
        "associationDetails": {
            "hierarchyCode": "fleet",
            "roleCode": "FA",
            "childCustomers": [build_customer() for _ in range(CHILDREN)],
            "fleetCompany": {"externalId": "ex1"},
        },
    }


def build_customer():
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
