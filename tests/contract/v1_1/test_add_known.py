"""Registering somebody in v1.1 who is known already ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from crm.usecases.merge_customers import merge_customers
from customers.models import Customer, Profile
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_origin,
    make_profile,
)
from tests.contract.v1_1.add_bodies import (
    EMAIL,
    MOBILE,
    PATH,
    add_customers,
    build_body,
    build_customer_item,
    list_identifiers,
    list_warning_codes,
)
from tests.contract.v1_1.answers import list_item_codes


@pytest.mark.usefixtures("fields")
def test_updates_whoever_is_known(till, read_answer):
    known = make_customer(
        identifiers=[("mobile", MOBILE)], first_name="Old", fields={"Hobbies": "Chess"}
    )
    other = make_customer(identifiers=[("externalId", "R-2")])

    [row] = add_customers(
        till,
        read_answer,
        build_customer_item(
            external_id="R-2",
            lastname="",
            extended_fields={"field": {"name": "color", "value": "red"}},
            custom_fields={"field": [{"name": "Hobbies"}]},
        ),
    )

    assert list_item_codes([row]) == [("true", "1000")]
    assert row["item_status"]["message"] == "The customer was updated."
    assert list_warning_codes(row) == ["91007"]
    assert (row["user_id"], row["email"], row["external_id"]) == (str(known.pk), EMAIL, None)
    assert row["side_effects"] == {"effect": []}
    assert row["custom_fields"] == {"field": []}
    assert list_identifiers(known.pk) == [("email", EMAIL), ("mobile", MOBILE)]
    assert list_identifiers(other.pk) == [("externalId", "R-2")]
    profile = Profile.objects.get(customer=known)
    assert (profile.first_name, profile.fields) == ("Rita", {})


def test_does_not_change_an_identifier_unless_the_organization_allows_it(till, read_answer):
    unit_of_work(change_settings)(
        org_id=till.org.pk,
        values={"CONF_ALLOW_MOBILE_UPDATE": 1, "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE": 1},
    )
    known = make_customer(identifiers=[("mobile", MOBILE), ("email", "old@example.com")])
    by_email = make_customer(identifiers=[("mobile", "447700900112"), ("email", "b@example.com")])

    rows = add_customers(
        till,
        read_answer,
        build_customer_item(),
        {"mobile": "447700900113", "email": "b@example.com"},
    )

    assert [row["user_id"] for row in rows] == [str(known.pk), str(by_email.pk)]
    assert [list_warning_codes(row) for row in rows] == [["91006"], ["91005"]]
    assert list_identifiers(known.pk) == [("email", "old@example.com"), ("mobile", MOBILE)]
    assert list_identifiers(by_email.pk) == [("email", "b@example.com"), ("mobile", "447700900112")]


def test_gives_somebody_known_elsewhere_a_profile_in_store(till, read_answer):
    wechat = get_or_make_source_account("WECHAT", "22232")
    known = make_customer(identifiers=[("mobile", MOBILE), ("wechat", "w1")], source_account=wechat)

    [row] = add_customers(till, read_answer, build_customer_item())

    assert (row["user_id"], list_item_codes([row])) == (str(known.pk), [("true", "1000")])
    assert (row["firstname"], row["mobile"], row["email"]) == ("Rita", MOBILE, EMAIL)
    assert row["side_effects"] == {"effect": []}
    assert Profile.objects.filter(customer=known).count() == 2
    assert list_identifiers(known.pk) == [("email", EMAIL), ("mobile", MOBILE), ("wechat", "w1")]


def test_brings_in_by_an_id_alone(till, read_answer):
    wechat = get_or_make_source_account("WECHAT", "22232")
    known = make_customer(identifiers=[("mobile", MOBILE)], source_account=wechat)
    hidden = make_customer(identifiers=[("wechat", "w1")], source_account=wechat)

    rows = add_customers(
        till, read_answer, {"id": known.pk, "firstname": "Rita"}, {"id": hidden.pk}
    )

    assert list_item_codes(rows) == [("true", "1000"), ("false", "1012")]
    assert rows[0]["firstname"] == "Rita"
    assert Profile.objects.filter(customer=hidden).count() == 1


def test_follows_a_victim_to_the_survivor(till, read_answer):
    survivor = make_customer(identifiers=[("mobile", MOBILE)])
    victim = make_customer(merged_into=survivor)

    [row] = add_customers(till, read_answer, {"user_id": str(victim.pk), "firstname": "Rita"})

    assert (row["user_id"], row["firstname"]) == (str(survivor.pk), "Rita")
    assert list_warning_codes(row) == ["91009"]


def test_takes_a_profile_elsewhere_for_no_profile_in_store(till, read_answer):
    known = make_customer(identifiers=[("mobile", MOBILE)])
    make_profile(known, get_or_make_source_account("WECHAT", "22232"), first_name="We")

    [row] = add_customers(till, read_answer, {"mobile": MOBILE, "lastname": "John"})

    assert (row["user_id"], row["lastname"]) == (str(known.pk), "John")
    assert row["firstname"] != "We"


def test_shows_the_survivor_when_a_merge_came_between_two_tries(till, read_answer, monkeypatch):
    from customers.api.v1_1 import customers

    survivor = make_customer(identifiers=[("mobile", "447700900119")], first_name="Survivor")
    run = customers.run_side_effects

    def crash(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(customers, "run_side_effects", crash)
    with pytest.raises(ZeroDivisionError):
        till.post(PATH, build_body(build_customer_item()), idempotency_key="k")
    victim = Customer.objects.exclude(pk=survivor.pk).get()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )
    monkeypatch.setattr(customers, "run_side_effects", run)

    _, response = read_answer(
        till.post(PATH, build_body(build_customer_item()), idempotency_key="k")
    )

    [row] = response["customers"]["customer"]
    assert (row["user_id"], row["firstname"]) == (str(survivor.pk), "Survivor")
