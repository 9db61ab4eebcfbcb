"""The list of interactions, and their section of a customer's page."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from crm.kernel.transactions import unit_of_work
from customers.operations.interactions import record_interactions
from customers.rules.interactions import NewInteraction
from tests.builders import NOON, make_customer, make_origin
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

LIST = reverse("admin:customers_interaction_changelist")


def record_for(customer, *interactions):
    results = unit_of_work(record_interactions)(
        origin=make_origin(),
        interactions=[
            NewInteraction(**{"customer_id": customer.pk, "happened_at": NOON, **interaction})
            for interaction in interactions
        ],
    )
    return [result.interaction_id for result in results]


SURVEY = {"type": "survey", "survey_name": "How was it?", "nps_score": 9}
CHECKIN = {"type": "checkin", "network": "facebook", "latitude": 22.23, "longitude": 23.33}


def list_ids(query="", role="support agent"):
    page = log_in(role).get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


def test_lists_the_newest_first_and_filters():
    tom, huck = make_customer(first_name="Tom"), make_customer(first_name="Huck")
    survey, checkin = record_for(tom, SURVEY, CHECKIN)
    [tweet] = record_for(huck, {"type": "tweet"})

    assert list_ids() == [tweet, checkin, survey]
    assert list_ids("network=FACEBOOK") == [checkin]
    assert list_ids("type=SURVEY") == [survey]
    assert list_ids(f"customer={huck.pk}") == [tweet]
    assert list_ids("q=tom") == [checkin, survey]


@pytest.mark.parametrize(
    "query", ["network=x", "type=%F0%9F%92%A9", "customer=x", "q=%00", "after=x"]
)
def test_hostile_addresses_are_answered(query):
    page = log_in("support agent").get(f"{LIST}?{query}")

    assert page.status_code in (200, 302, 400)


def test_shows_one_with_what_is_told_of_its_type():
    [survey] = record_for(make_customer(), SURVEY)

    page = log_in("auditor").get(reverse("admin:customers_interaction_change", args=[survey]))

    text = page.content.decode()
    assert page.status_code == 200
    assert "How was it?" in text
    assert "NPS score" in text
    assert "Latitude" not in text


def test_asks_as_much_for_many_as_for_one(django_assert_max_num_queries):
    client, tom = log_in("support agent"), make_customer()
    record_for(tom, SURVEY)
    client.get(LIST)
    with django_assert_max_num_queries(29) as few:
        client.get(LIST)
    record_for(tom, SURVEY, CHECKIN, {"type": "tweet"})

    with django_assert_max_num_queries(29) as many:
        client.get(LIST)

    assert len(many) == len(few)


def test_the_customers_page_tells_of_them_to_who_may_look():
    tom = make_customer()
    record_for(tom, SURVEY, CHECKIN, {"type": "tweet", "times": 10})
    url = reverse("admin:customers_customer_change", args=[tom.pk])

    client = log_in("support agent")
    shown = client.get(url).content.decode()
    right = Permission.objects.get(codename="view_interaction")
    Group.objects.get(name="support agent").permissions.remove(right)
    hidden = client.get(url).content.decode()

    assert "Last NPS score 9" in shown
    assert "Tweet 10" in shown
    assert "22.23, 23.33" in shown
    assert f"{LIST}?customer={tom.pk}" in shown
    assert "Last NPS score 9" not in hidden
