"""GET /v2/meta/sources, /v2/organization/... and the labels of customers."""

import pytest

from crm.tenancy.models import Setting
from tests.builders import (
    get_or_make_source_account,
    make_concept,
    make_customer,
    make_field,
    make_organization,
    make_program,
    make_source_account,
    make_status_label,
    make_store,
    make_till,
)
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db


def read_list(answer):
    body = answer.json()
    assert answer.status_code == 200
    assert (body["warnings"], body["errors"]) == ([], [])
    return body["data"]


def read_entity(answer):
    body = answer.json()
    assert answer.status_code == 200
    assert (body["warnings"], body["errors"]) == ([], [])
    return body["entity"]


def test_lists_active_sources_with_their_accounts(till):
    make_source_account("WECHAT", "gone", is_active=False)
    make_source_account("LINE", "line-else", org=make_organization())
    store, line = (get_or_make_source_account(s, a) for s, a in (("INSTORE", ""), ("LINE", "x")))

    sources = read_list(till.get("meta/sources"))

    assert [source["name"] for source in sources] == ["INSTORE", "LINE", "WECHAT"]
    assert sources[0]["accounts"] == [
        {"id": store.pk, "accountId": "", "name": "", "isDefault": True}
    ]
    assert sources[1]["accounts"] == [
        {"id": line.pk, "accountId": "x", "name": "", "isDefault": False}
    ]
    assert [account["accountId"] for account in sources[2]["accounts"]] == ["22232", "1234"]


def test_lists_active_custom_fields_of_a_scope(till):
    make_field("Size", kind="CUSTOM", scope="TRANSACTION")
    make_field("Gender", kind="CUSTOM", scope="PROFILE", options=["Male", "Female"])
    make_field("closed", kind="CUSTOM", scope="PROFILE", is_active=False)
    make_field("extended")
    make_field("elsewhere", make_organization(), kind="CUSTOM", scope="PROFILE")

    fields = read_list(till.get("organization/customFields"))
    of_customers = read_list(
        till.get("organization/customFields", {"scope": "loyalty_registration"})
    )

    assert [(field["name"], field["scope"]) for field in fields] == [
        ("Gender", "loyalty_registration"),
        ("Size", "loyalty_transaction"),
    ]
    assert [field["enumValues"] for field in of_customers] == [["Male", "Female"]]
    assert till.get("organization/customFields", {"scope": "else"}).status_code == 400


def test_a_till_sees_itself_and_any_other_of_its_organization(till):
    concept = make_concept(code="brand")
    store = make_store(code="shop", parent=concept)
    make_till(code="Other.Till", parent=store)
    make_till(make_organization(), code="foreign.till")

    itself = read_entity(till.get("organization/till"))
    other = read_entity(till.get("organization/till", {"code": "other.till"}))

    assert (itself["id"], itself["code"], itself["type"]) == (till.entity.pk, "rr.till", "TILL")
    assert other["store"]["code"] == "shop"
    assert [(above["code"], above["type"]) for above in other["above"]] == [("brand", "CONCEPT")]
    assert (other["timeZoneId"], other["countryCode"]) == ("Asia/Kolkata", "IN")
    for code in ("foreign.till", "nobody"):
        assert read_refusal(till.get("organization/till", {"code": code})) == (404, 404)


def test_a_setting_is_answered_with_its_value_or_its_default(till):
    Setting.objects.create(org=till.org, name="CONF_RETRO_TRANSACTION_ENABLE", value=1)

    switch = read_entity(till.get("organization/configs/conf_retro_transaction_enable"))
    number = read_entity(till.get("organization/configs/CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS"))

    assert (switch["value"], switch["valueType"], switch["isDefault"]) == (True, "BOOLEAN", False)
    assert (number["value"], number["valueType"], number["isDefault"]) == (30, "INTEGER", True)
    assert read_refusal(till.get("organization/configs/SECRET_KEY")) == (404, 404)


def test_lists_and_searches_active_labels(till):
    make_status_label("Suspended", "SUSPENDED")
    make_status_label("Active", is_default=True)
    make_status_label("Old", is_active=False)
    make_status_label("Elsewhere", org=make_organization())

    assert [row["label"] for row in read_list(till.get("organization/labels"))] == [
        "Active",
        "Suspended",
    ]
    found = read_list(till.get("customers/labels/search", {"q": "SUS"}))
    assert [(row["label"], row["status"]) for row in found] == [("Suspended", "SUSPENDED")]
    assert read_list(till.get("customers/labels/search", {"q": "old"})) == []


@pytest.mark.parametrize("said", [{"label": "suspended"}, {"labels": ["Suspended"]}])
def test_changes_and_shows_a_customers_label(till, said):
    make_status_label("Active", is_default=True)
    make_status_label("Suspended", "SUSPENDED")
    customer = make_customer()
    path = f"customers/{customer.pk}"
    assert [row["label"] for row in read_list(till.get(f"{path}/labels"))] == ["Active"]

    answer = till.post(f"{path}/changeLabels", {**said, "reason": "card lost"})

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "warnings": [], "errors": []}
    assert [row["label"] for row in read_list(till.get(f"{path}/labels"))] == ["Suspended"]
    [line] = till.get(f"{path}/statusLog").json()["data"]
    assert (line["label"], line["reason"]) == ("Suspended", "card lost")


@pytest.mark.parametrize(
    "body",
    [
        {"label": "Gone", "reason": "r"},
        {"label": "Active"},
        {"labels": ["Active", "Suspended"], "reason": "r"},
        {"label": "Active", "labels": ["Suspended"], "reason": "r"},
        {"label": "Active", "reason": "r", "createdOn": "soon"},
        {},
    ],
)
def test_a_label_that_cannot_be_set_changes_nothing(till, body):
    make_status_label("Active")
    make_status_label("Suspended", "SUSPENDED")
    customer = make_customer()

    assert till.post(f"customers/{customer.pk}/changeLabels", body).status_code == 400
    assert read_list(till.get(f"customers/{customer.pk}/labels")) == []


def test_another_organization_has_its_own(till, stranger):
    make_status_label("Active", is_default=True)
    make_field("Gender", kind="CUSTOM", scope="PROFILE")
    make_program(is_default=True)
    customer = make_customer()

    assert read_list(stranger.get("organization/labels")) == []
    assert read_list(stranger.get("organization/customFields")) == []
    assert read_list(stranger.get("organization/programs")) == []
    assert stranger.get(f"customers/{customer.pk}/labels").status_code == 404
    answer = stranger.post(
        f"customers/{customer.pk}/changeLabels", {"label": "Active", "reason": "r"}
    )
    assert answer.status_code in (400, 404)
    assert till.get(f"customers/{customer.pk}/statusLog").json()["data"] == []


def test_lists_programs_with_their_tiers(till):
    program = make_program("Gold club", is_default=True, registration_bonus=50)

    [row] = read_list(till.get("organization/programs"))

    assert (row["id"], row["name"], row["isDefault"]) == (program.pk, "Gold club", True)
    assert (row["registrationBonus"], row["isActive"]) == (50, True)
    assert [tier["serialNumber"] for tier in row["tiers"]] == sorted(
        tier.serial for tier in program.tiers.all()
    )


@pytest.mark.parametrize(
    "path",
    [
        "meta/sources",
        "organization/customFields",
        "organization/labels",
        "organization/programs",
        "organization/till",
        "organization/configs/CI_MERGE_AUTO_APPROVE",
    ],
)
def test_a_warm_list_takes_two_queries_and_the_credential_at_most(
    till, path, django_assert_max_num_queries
):
    till.get(path)
    for number in range(5):
        make_field(f"field-{number}", kind="CUSTOM", scope="PROFILE", options=["a"])
        make_status_label(f"Label {number}")
    with django_assert_max_num_queries(3):
        till.get(path)
