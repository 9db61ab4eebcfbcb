"""The published schema of the v2 operations of customers ..."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.rules.movements import Movement
from tests.approval_builders import make_person, make_request, reject
from tests.builders import (
    make_concept,
    make_customer,
    make_enrollment,
    make_field,
    make_origin,
    make_program,
    make_status_label,
    make_store,
)
from tests.card_builders import make_card, make_card_series, make_coupon
from tests.contract.v2.bulk_bodies import BULK, build_item, get_children
from tests.contract.v2.import_calls import make_import_calls
from tests.contract.v2.till_calls import (
    make_coupon_calls,
    make_organization_calls,
    make_partner_calls,
    make_points_calls,
    make_transaction_calls,
)
from tests.group_builders import make_hierarchy
from tests.openapi import make_strict
from tests.pictures import make_upload
from tests.referral_builders import make_campaign, make_referee

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"
LATER = datetime(2126, 1, 1, tzinfo=UTC)
PERSON = "/v2/customers/{customer_id}"


@pytest.fixture(scope="module")
def schema():
    return make_strict(SchemaGenerator().get_schema(request=None, public=True))


@pytest.fixture
def person(till):
    make_field("city")
    make_status_label()
    return make_customer(
        identifiers=[("mobile", MOBILE)],
        channels=[("mobile", MOBILE)],
        extended_fields={"city": "Pune"},
        registered_by=till.entity,
    )


def make_calls(till, person):
    by = f"identifierName=mobile&identifierValue={MOBILE}&source=INSTORE"
    new = {
        "profiles": [{"source": "INSTORE", "identifiers": [{"type": "cuid", "value": "c"}]}],
        "extendedFields": {"hat": 1},
    }
    consent = {
        "channel": "SMS",
        "priority": "BULK",
        "type": "OPTOUT",
        "orgUnitId": make_concept().pk,
    }
    label = {"label": "Active", "reason": "r"}
    swap = {"add": [{"type": "cuid", "value": "d"}]}
    pk = person.pk
    return [
        ("post", "/v2/customers", till.post("customers", new)),
        ("put", PERSON, till.put(f"customers/{pk}?source=INSTORE", {})),
        ("put", "/v2/customers/lookup", till.put(f"customers/lookup?{by}", {})),
        ("put", "/v2/customers/lookup/status", till.put(f"customers/lookup/status?{by}", label)),
        (
            "post",
            f"{PERSON}/changeIdentifier",
            till.post(f"customers/{pk}/changeIdentifier?source=INSTORE", swap),
        ),
        (
            "post",
            f"{PERSON}/subscriptions",
            till.post(f"customers/{pk}/subscriptions", {"subscriptions": [consent]}),
        ),
        (
            "post",
            f"{PERSON}/setImage",
            till.upload(f"customers/{pk}/setImage", {"file": make_upload()}),
        ),
        (
            "post",
            "/v2/customers/lookup/setImage",
            till.upload(f"customers/lookup/setImage?{by}", {"file": make_upload()}),
        ),
        (
            "get",
            "/v2/customers/lookup/subscriptions",
            till.get(f"customers/lookup/subscriptions?{by}"),
        ),
        (
            "post",
            "/v2/customers/lookup/subscriptions",
            till.post(f"customers/lookup/subscriptions?{by}", {"subscriptions": [consent]}),
        ),
        ("get", PERSON, till.get(f"customers/{pk}?embed=subscriptions,customerImage")),
        (
            "get",
            "/v2/customers/lookup/customerDetails",
            till.get(f"customers/lookup/customerDetails?{by}"),
        ),
        ("get", "/v2/customers/lookup", till.get(f"customers/lookup?{by}")),
        ("get", "/v2/customers/search", till.get("customers/search?q=asha")),
        ("get", f"{PERSON}/subscriptions", till.get(f"customers/{pk}/subscriptions")),
        ("get", f"{PERSON}/statusLog", till.get(f"customers/{pk}/statusLog")),
        (
            "get",
            f"{PERSON}/subscriptionStatusChangeLog",
            till.get(f"customers/{pk}/subscriptionStatusChangeLog"),
        ),
        ("get", "/v2/extendedFields", till.get("extendedFields")),
        *make_loyalty_calls(till, person, by),
        *make_card_calls(till, person),
        *make_organization_calls(till, person),
        *make_points_calls(till, person),
        *make_coupon_calls(till, person),
        *make_partner_calls(till, person),
        *make_transaction_calls(till, person),
        *make_referral_calls(till, person),
        *make_bulk_calls(till),
        *make_request_calls(till, person),
        *make_import_calls(till),
    ]


def make_bulk_calls(till):
    make_hierarchy()
    item = build_item()
    changed = build_item(associationDetails={"roleCode": "nobody", "hierarchyCode": "fleet"})
    return [
        ("post", "/v2/customers/bulk", till.post(BULK, [item, {}])),
        ("put", "/v2/customers/bulk", till.put(BULK, [item, changed])),
        ("get", "/v2/customers/bulk", get_children(till)),
    ]


REQUEST_LISTS = ("retroRequest", "changeRequest", "goodwillRequest")


def make_request_calls(till, person):
    reject(make_request(person, "MOBILE", maker=till.entity))
    make_request(person, "MERGE", maker=make_person(), target_id=make_customer().pk)
    make_request(person, "POINTS", maker=make_person(), points=5)
    customer_path = f"customers/{person.pk}"
    by = f"identifierName=id&identifierValue={person.pk}"
    return [
        ("get", f"{PERSON}/{listed}", till.get(f"{customer_path}/{listed}"))
        for listed in REQUEST_LISTS
    ] + [
        ("get", f"/v2/customers/lookup/{listed}", till.get(f"customers/lookup/{listed}?{by}"))
        for listed in REQUEST_LISTS
    ]


def make_referral_calls(till, person):
    campaign = make_campaign(is_default=True)
    guests = [{"type": "MOBILE", "referral": [{"identifier": "919810000001"}]}]
    sent = {"customerReferrals": [{"referrals": guests}]}
    unknown = {"customer": {"mobile": "nobody"}, "referrals": guests}
    many = {"customerReferrals": [{"customer": {"id": person.pk}, "referrals": guests}, unknown]}
    make_referee(person, make_customer(), campaign, coupon=make_coupon(person))
    referrals_path = f"customers/{person.pk}/referrals"
    return [
        ("post", f"{PERSON}/referrals", till.post(referrals_path, sent)),
        ("post", "/v2/customers/referrals", till.post("customers/referrals", many)),
        ("get", f"{PERSON}/referrals", till.get(referrals_path)),
    ]


def make_loyalty_calls(till, person, by):
    store, pk = make_store(), person.pk
    member = make_enrollment(person, make_program(is_default=True), points=10, expires_at=LATER)
    make_enrollment(person, make_program(), tier=3)
    make_coupon(person, issued_in=store)
    everything = "embed=points,mlp,promotionalPoints,expirySchedules,expiredPoints"
    looked_up = "/v2/customers/lookup"
    with transaction.atomic():
        for kind, points in (("GOODWILL", 5), ("AWARD", 1)):
            movement = Movement(
                customer_id=pk, program_id=member.program_id, kind=kind, points=points
            )
            post_movement(origin=make_origin(), movement=movement)
        taker = make_enrollment(make_customer(), member.program)
        transfer = Transfer(from_customer_id=pk, to_customer_id=taker.customer_id, points=1)
        transfer_points(origin=make_origin(), transfer=transfer)
    return [
        ("get", PERSON, till.get(f"customers/{pk}?{everything}")),
        (
            "get",
            f"{looked_up}/customerDetails",
            till.get(f"customers/lookup/customerDetails?{by}&{everything}"),
        ),
        ("get", f"{PERSON}/loyaltyDetails", till.get(f"customers/{pk}/loyaltyDetails")),
        (
            "get",
            f"{looked_up}/loyaltyDetails",
            till.get(f"customers/lookup/loyaltyDetails?{by}"),
        ),
        ("get", f"{PERSON}/pointsTransfers", till.get(f"customers/{pk}/pointsTransfers")),
        ("get", f"{PERSON}/pointsExpirySchedule", till.get(f"customers/{pk}/pointsExpirySchedule")),
        (
            "get",
            f"{looked_up}/pointsExpirySchedule",
            till.get(f"customers/lookup/pointsExpirySchedule?{by}"),
        ),
        ("get", "/v2/customers/coupons", till.get(f"customers/coupons?id={pk}")),
        ("get", f"{PERSON}/coupons", till.get(f"customers/{pk}/coupons")),
    ]


def make_card_calls(till, person):
    make_card("held", customer=person, external_id="e")
    series = till.post("card/series", {"code": "c", "name": "n", "cardGenerationEnabled": False})
    pk, makes = series.json()["entity"], make_card_series()
    lost = {"cardNumber": "held", "statusLabel": "SUSPENDED"}
    series_path = f"card/series/{pk}"
    return [
        ("post", "/v2/card/series", series),
        ("put", "/v2/card/series/{series_id}", till.put(series_path, {"name": "m"})),
        ("get", "/v2/card/series/{series_id}", till.get(series_path)),
        ("get", "/v2/card/series/get/all", till.get("card/series/get/all")),
        (
            "post",
            "/v2/card/generate",
            till.post("card/generate", {"seriesId": makes.pk, "count": 2}),
        ),
        (
            "get",
            "/v2/card/generation/logs/{series_id}",
            till.get(f"card/generation/logs/{makes.pk}"),
        ),
        ("post", "/v2/card", till.post("card", {"seriesId": pk, "cardNumber": "n"})),
        ("put", "/v2/card", till.put("card", lost)),
        ("get", "/v2/card", till.get("card?number=n")),
        ("put", "/v2/card/bulk", till.put("card/bulk", [lost, {"cardNumber": "unknown"}])),
    ]


def read_answer(answer):
    if answer["Content-Type"].startswith("application/json"):
        return answer.json()
    return b"".join(answer).decode()


def test_is_true_of_every_answer(schema, till, person):
    documented = set()
    for method, path, answer in make_calls(till, person):
        documented.add((method, path))
        assert answer.status_code in (200, 202), (path, answer.content)
        responses = schema["paths"][path][method]["responses"]
        content = responses[str(answer.status_code)]["content"]
        media = content[answer["Content-Type"].partition(";")[0]]
        rule = {**media["schema"], "components": schema["components"]}
        problems = Draft202012Validator(rule).iter_errors(read_answer(answer))
        assert [(method, path, error.json_path, error.message) for error in problems] == []
    ours = {
        (method, path)
        for path, methods in schema["paths"].items()
        if path.startswith("/v2/")
        for method in methods
    }
    assert documented == ours


def test_has_a_summary_a_description_and_examples_that_fit_for_each(schema, till, person):
    for method, path, _ in make_calls(till, person):
        operation = schema["paths"][path][method]
        assert operation["summary"], path
        assert "Needs the scope" in operation["description"]
        answers = [one for status, one in operation["responses"].items() if status < "300"]
        bodies = [operation.get("requestBody"), *answers]
        for media in (m for body in bodies if body for m in body["content"].values()):
            rule = {**media["schema"], "components": schema["components"]}
            assert media["examples"], path
            for example in media["examples"].values():
                problems = Draft202012Validator(rule).iter_errors(example["value"])
                assert [(path, error.json_path, error.message) for error in problems] == []


@pytest.mark.parametrize("row", [{"seriesId": 9}, {"seriesCode": "none"}])
def test_tells_what_a_card_that_cannot_be_issued_answers(till, schema, row):
    identifiers = [
        {"type": "mobile", "value": MOBILE},
        {"type": "cardExternalId", "value": "C-1", **row},
    ]

    answer = till.post("customers?source=INSTORE", {"profiles": [{"identifiers": identifiers}]})

    assert answer.status_code == 404
    assert "404" in schema["paths"]["/v2/customers"]["post"]["responses"]
