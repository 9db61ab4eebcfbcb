"""What the reference of v2 says and is easily overlooked ..."""

import pytest
from django.conf import settings

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.models import Channel, Customer, CustomerImage, Subscription
from loyalty.models import Card
from tests.approval_builders import make_request
from tests.builders import get_or_make_source_account, make_customer, make_enrollment, make_program
from tests.card_builders import make_card, make_card_series
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


def build_registration(kind, value, loyalty_type="non_loyalty", cards=()):
    identifiers = [{"type": kind, "value": value}]
    identifiers += [{"type": "cardnumber", "value": number} for number in cards]
    profile = {"source": "INSTORE", "identifiers": identifiers}
    return {"loyaltyInfo": {"loyaltyType": loyalty_type}, "profiles": [profile]}


def register(till, *identifier, **more):
    return till.post("customers?source=INSTORE", build_registration(*identifier, **more))


def test_read_again_1045_non_loyalty_needs_a_mobile_or_an_email(till):
    assert read_refusal(register(till, "externalId", "E-1")) == (400, 1045)
    assert not Customer.objects.exists()

    assert register(till, "email", "rita@example.com").status_code == 200
    assert register(till, "mobile", MOBILE).status_code == 200
    assert register(till, "externalId", "E-1", "loyalty").status_code == 200


def test_read_again_1045_in_bulk_refuses_only_the_item(till):
    bodies = [build_registration("externalId", "E-1"), build_registration("mobile", MOBILE)]

    rows = till.post("customers/bulk?source=INSTORE", bodies).json()

    assert [[error["code"] for error in row["errors"]] for row in rows] == [[1045], []]
    assert Customer.objects.get().identifiers.get().value == MOBILE


def test_read_again_1045_of_one_who_becomes_non_loyalty(till):
    unknown = make_customer(identifiers=[("externalId", "E-1")], loyalty_type="NOT_INTERESTED")
    reachable = make_customer(loyalty_type="NOT_INTERESTED")
    body = {"loyaltyInfo": {"loyaltyType": "non_loyalty"}}

    refused = till.put(f"customers/{unknown.pk}?source=INSTORE", body)
    accepted = till.put(f"customers/{reachable.pk}?source=INSTORE", body)

    assert read_refusal(refused) == (400, 1045)
    assert accepted.status_code == 200
    assert [Customer.objects.get(pk=row.pk).loyalty_type for row in (unknown, reachable)] == [
        "NOT_INTERESTED",
        "NON_LOYALTY",
    ]


@pytest.fixture
def card():
    return make_card("CARD0001")


@pytest.mark.parametrize("loyalty_type", ["NON_LOYALTY", "NOT_INTERESTED"])
def test_read_again_1013_a_card_is_for_loyalty_customers(till, card, loyalty_type):
    person = make_customer(loyalty_type=loyalty_type)
    change = {"add": [{"type": "cardnumber", "value": card.number}]}

    refused = till.post(f"customers/{person.pk}/changeIdentifier?source=INSTORE", change)

    assert read_refusal(refused) == (400, 1013)
    assert Card.objects.get().customer_id is None


def test_read_again_1013_leaves_nothing_of_a_registration(till, card):
    refused = register(till, "mobile", MOBILE, cards=[card.number])

    assert read_refusal(refused) == (400, 1013)
    assert not Customer.objects.exists()
    assert register(till, "mobile", MOBILE, "loyalty", cards=[card.number]).status_code == 200


def test_read_again_1013_no_welcome_card_outside_loyalty(till):
    make_card_series(trigger="REGISTRATION")

    answer = register(till, "mobile", MOBILE)

    assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    assert not Card.objects.exists()


PUSH = [{"type": "mobilePush", "value": "token"}]


@pytest.mark.parametrize("source", ["MOBILE_APP", "INSTORE", "MARTJACK", "ECOMMERCE", "WEBSITE"])
def test_read_again_8010_mobile_push_where_apps_are(till, source):
    account_id = "400" if source == "MOBILE_APP" else ""
    get_or_make_source_account(source, account_id)
    body = build_registration("mobile", MOBILE)
    body["profiles"][0] |= {"source": source, "accountId": account_id, "commChannels": PUSH}

    assert till.post("customers", body).status_code == 200
    assert Channel.objects.get().value == "token"


def test_read_again_8010_no_mobile_push_elsewhere(till):
    account = get_or_make_source_account("WECHAT", "22232")
    person = make_customer(source_account=account)
    query = "source=WECHAT&accountId=22232"
    body = build_registration("mobile", MOBILE)
    del body["profiles"][0]["source"]
    body["profiles"][0]["commChannels"] = PUSH

    assert read_refusal(till.post(f"customers?{query}", body)) == (400, 8010)
    change = {"profiles": [{"commChannels": PUSH}]}
    assert read_refusal(till.put(f"customers/{person.pk}?{query}", change)) == (400, 8010)
    assert (Customer.objects.count(), Channel.objects.count()) == (1, 0)


def test_read_again_martjack_has_several_accounts_and_a_default(till):
    default, outlet = (get_or_make_source_account("MARTJACK", name) for name in ("", "outlet"))
    person = make_customer(identifiers=[("mobile", MOBILE)], source_account=default)
    path = f"customers/{person.pk}?source=MARTJACK"

    register_in_outlet = "customers?source=MARTJACK&accountId=outlet"
    body = build_registration("mobile", MOBILE, "loyalty")
    del body["profiles"][0]["source"]

    assert till.post(register_in_outlet, body).json()["createdId"] == person.pk
    assert [row["accountId"] for row in till.get(path).json()["profiles"]] == [""]
    [shown] = till.get(f"{path}&accountId=outlet").json()["profiles"]
    assert (shown["accountId"], outlet.account_id) == ("outlet", "outlet")
    assert read_refusal(till.get(f"{path}&accountId=nowhere"))[1] == 8012


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


def test_read_again_activity_is_ignored(till):
    body = build_registration("mobile", MOBILE, "loyalty")
    body["profiles"][0]["activity"] = "ACTIVE"

    answer = till.post("customers?source=INSTORE", {**body, "activity": {"state": 1}})

    assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    assert "activity" not in str(till.get(f"customers/{answer.json()['createdId']}").json())


@pytest.mark.parametrize("name", ["retroRequest", "changeRequest", "goodwillRequest"])
def test_read_again_lookup_lists_requests_as_by_id(till, person, name):
    make_enrollment(person, make_program(is_default=True))
    make_request(person, "MOBILE", maker=till.entity)
    make_request(person, "POINTS", maker=till.entity, points=5)
    path = f"customers/lookup/{name}?{BY_MOBILE}"

    shown = till.get(path)

    assert shown.json() == till.get(f"customers/{person.pk}/{name}").json()
    assert shown.json()["data"]
    assert read_refusal(till.get(f"{path}9")) == (404, 8015)
    assert read_refusal(till.get(f"{path}&source=WECHAT")) == (400, 8045)


def test_read_again_a_till_is_described_alike_wherever_it_is_shown(till, person):
    values = {
        "CONF_ORG_UNITS_ENABLED": 0,
        "CONF_TIME_ZONE_ID": 5,
        "CONF_CURRENCY_ID": 95,
        "CONF_LANGUAGE_ID": 148,
    }
    unit_of_work(change_settings)(org_id=till.org.pk, values=values)
    make_request(person, "MOBILE", maker=till.entity)
    person.profiles.update(created_by=till.entity)
    change = [{"profiles": [{"identifiers": [{"type": "mobile", "value": MOBILE}]}]}]

    [request] = till.get(f"customers/{person.pk}/changeRequest").json()["data"]
    [updated] = till.put("customers/bulk?source=INSTORE", change).json()

    names = ("id", "code", "name", "type", "description", "isActive")
    traits = ("adminType", "isOuEnabled", "timeZoneId", "currencyId", "languageId")
    written = updated["profiles"][0]["attribution"]["createdBy"]
    assert [written[key] for key in traits] == ["GENERAL", False, 5, 95, 148]
    assert [written[key] for key in (*names, *traits)] == [
        request["addedBy"][key] for key in (*names, *traits)
    ]
