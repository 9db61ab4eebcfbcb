"""Interactions in the demo."""

import pytest
from django.urls import resolve

from crm.demo.secrets import TILL_PASSWORD
from crm.dialects.v1_1.xml import read_xml
from customers.models import Interaction
from tests.crm.callers import basic_auth
from tests.crm.demo.moment import NOW


@pytest.fixture
def knock(client):
    def knock(path, **query):
        assert resolve(f"/v1.1/customer/{path}")
        return client.get(f"/v1.1/customer/{path}", query, **basic_auth("demo.till", TILL_PASSWORD))

    return knock


def test_418_was_met_on_three_networks_and_asked(knock):
    answer = knock("interaction", mobile="44700900000").json()["response"]

    assert answer["status"]["response_code"] == "200"
    networks = answer["customer"]["interactions"]["network"]
    assert [network["name"] for network in networks] == ["facebook", "twitter", "capillary"]
    survey = networks[2]["interaction"][-1]
    assert (survey["latest_nps_score"], survey["count"]) == ("9", "5")
    assert survey["latest_survey_name"] == "Customer Satisfaction Survey 5"


def test_418_is_found_by_the_documents_search(knock):
    answer = knock("search", q="mobile:EQUALS:44700900000", format="xml")

    page = read_xml(answer.content)["response"]["customer"]
    assert (page["count"], page["results"]["item"]["user_id"]) == ("1", "418")


def test_the_crowd_keeps_the_desk_busy():
    crowd = Interaction.objects.filter(customer_id__gt=500_000_000)

    assert crowd.count() > 200
    assert set(crowd.values_list("type", flat=True)) >= {"EMAIL", "SMS", "SURVEY", "LIKE", "TWEET"}
    assert crowd.filter(happened_at__gt=NOW).count() == 0
