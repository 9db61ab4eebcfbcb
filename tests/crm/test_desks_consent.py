"""Staff opt customers in and out, and change their preferences."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from customers.models import Preferences, Subscription, SubscriptionChange
from tests.builders import (
    NOON,
    make_concept,
    make_customer,
    make_field,
    make_organization,
    make_profile,
    make_source_account,
    make_status_label,
    make_store,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def _url(customer, name="consent"):
    return reverse(f"admin:customers_customer_{name}", args=[customer.pk])


def _page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _list_consent():
    return list(
        Subscription.objects.order_by("pk").values_list(
            "source_account__source", "org_unit_id", "channel", "priority", "status"
        )
    )


def test_an_agent_opts_a_customer_out_from_the_matrix_with_a_reason():
    tom = make_customer()
    client = log_in("support agent")
    row = client.get(_page_url(tom)).context["consent"][0]
    url = row["cells"][1]["url"]
    form = client.get(url).context["form"]
    assert form["EMAIL_BULK"].value() == "OPTOUT"
    assert form.fields["reason"].widget.attrs["autofocus"] is True

    answer = client.post(url, {"EMAIL_BULK": "OPTOUT", "reason": "Asked by phone"}, follow=True)

    assert answer.redirect_chain == [(_page_url(tom), 302)]
    assert "The consent was recorded." in answer.content.decode()
    assert _list_consent() == [("INSTORE", None, "EMAIL", "BULK", "OPTOUT")]
    change = SubscriptionChange.objects.get()
    assert (change.reason, change.changed_by) == ("Asked by phone", client.user.entity)
    assert Event.objects.get(kind="customer.subscribed").door == "CONSOLE"
    shown = answer.context["consent"][0]["cells"][1]
    assert (shown["text"], "EMAIL_BULK=OPTIN" in shown["url"]) == ("Opted out", True)
    assert answer.context["consent_changes"][0]["reason"] == "Asked by phone"


def test_everywhere_means_all_profiles_and_wherever_it_was_set():
    tom = make_customer()
    wechat, line = make_source_account("WECHAT", "22"), make_source_account("LINE", "l")
    make_profile(tom, wechat)
    unit = make_concept()
    Subscription.objects.create(
        customer=tom,
        source_account=line,
        org_unit=unit,
        channel="SMS",
        priority="BULK",
        status="OPTOUT",
        changed_at=NOON,
    )
    client = log_in("support agent")

    client.post(_url(tom), {"SMS_BULK": "OPTIN", "SMS_TRANS": "OPTOUT", "reason": "Came in"})

    assert set(_list_consent()) == {
        ("LINE", unit.pk, "SMS", "BULK", "OPTIN"),
        ("INSTORE", None, "SMS", "BULK", "OPTIN"),
        ("WECHAT", None, "SMS", "BULK", "OPTIN"),
        ("INSTORE", None, "SMS", "TRANS", "OPTOUT"),
        ("WECHAT", None, "SMS", "TRANS", "OPTOUT"),
    }
    client.post(_url(tom), {"where": wechat.pk, "SMS_TRANS": "OPTIN", "reason": "Came in"})
    assert Subscription.objects.filter(priority="TRANS", status="OPTIN").count() == 1


def test_sent_twice_it_is_logged_once():
    tom = make_customer()
    client = log_in("support agent")

    for _ in range(2):
        client.post(_url(tom), {"EMAIL_BULK": "OPTOUT", "reason": "Asked"})

    assert SubscriptionChange.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"EMAIL_BULK": "OPTOUT"}, "reason"),
        ({"EMAIL_BULK": "MAYBE", "reason": "x"}, "EMAIL_BULK"),
        ({"reason": "x"}, "__all__"),
        ({"EMAIL_BULK": "OPTOUT", "reason": "x" * 256}, "reason"),
        ({"EMAIL_BULK": "OPTOUT", "reason": "x", "where": "999"}, "where"),
    ],
)
def test_a_wrong_input_is_told_and_changes_nothing(data, field):
    tom = make_customer()

    page = log_in("support agent").post(_url(tom), data)

    assert list(page.context["form"].errors) == [field]
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("name", ["consent", "preferences"])
def test_who_may_not_sees_no_button_and_is_refused(name):
    tom = make_customer()
    client = log_in("auditor")

    assert _url(tom, name) not in client.get(_page_url(tom)).content.decode()
    assert client.get(_url(tom, name)).status_code == 403
    assert client.post(_url(tom, name), {"EMAIL_BULK": "OPTOUT", "reason": "x"}).status_code == 403
    assert _url(tom, name) in log_in("support agent").get(_page_url(tom)).content.decode()


@pytest.mark.parametrize("name", ["consent", "preferences"])
def test_customers_of_others_and_merged_ones(name):
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    stranger = log_in("support agent", make_organization())

    assert stranger.get(_url(survivor, name)).status_code == 404
    answer = log_in("support agent").post(_url(victim, name), {"EMAIL_BULK": "OPTOUT"})
    assert answer["Location"] == _page_url(survivor)
    assert not Subscription.objects.exists()


# --- Preferences ------------------------------------------------------------------------


def _input_name(page, label):
    fields = page.context["form"].fields
    return next(name for name, field in fields.items() if field.label == label)


def test_preferences_and_the_preferred_store_change_and_are_removed():
    make_field("brand", kind="CUSTOM", scope="PREFERENCE", label="Brand")
    make_field("sizes", kind="CUSTOM", scope="PREFERENCE", label="Size", data_type="INTEGER")
    store = make_store(code="high.street", name="High Street")
    tom = make_customer()
    client = log_in("support agent")
    page = client.get(_url(tom, "preferences"))
    brand, size = _input_name(page, "Brand"), _input_name(page, "Size")

    answer = client.post(
        _url(tom, "preferences"), {"store": "High Street", brand: "Acme", size: "4"}, follow=True
    )

    assert "The preferences were changed." in answer.content.decode()
    row = Preferences.objects.get()
    assert (row.fields, row.preferred_store) == ({"brand": "Acme", "sizes": 4}, store)
    assert row.modified_by == client.user.entity
    assert client.get(_url(tom, "preferences")).context["form"]["store"].value() == "high.street"
    client.post(_url(tom, "preferences"), {"store": "", brand: "", size: "4"})
    row.refresh_from_db()
    assert (row.fields, row.preferred_store) == ({"sizes": 4}, None)
    answer = client.post(_url(tom, "preferences"), {"store": "", brand: "", size: "4"}, follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert Event.objects.filter(kind="customer.preferences_changed").count() == 2


def test_a_wrong_preference_is_told_at_its_field():
    make_field("sizes", kind="CUSTOM", scope="PREFERENCE", label="Size", data_type="INTEGER")
    make_store(make_organization(), code="theirs")
    tom = make_customer()
    client = log_in("support agent")
    size = _input_name(client.get(_url(tom, "preferences")), "Size")

    page = client.post(_url(tom, "preferences"), {"store": "theirs", size: "big"})

    assert page.context["form"].errors == {
        "store": ["There is no active store with this code or name."],
        size: ["Enter a whole number."],
    }
    assert not Preferences.objects.exists()


def test_a_status_that_blocks_changes_refuses_preferences():
    make_field("brand", kind="CUSTOM", scope="PREFERENCE", label="Brand")
    tom = make_customer(status_label=make_status_label("Deleted", "DELETED"))
    client = log_in("support agent")
    brand = _input_name(client.get(_url(tom, "preferences")), "Brand")

    page = client.post(_url(tom, "preferences"), {brand: "Acme"})

    assert "A customer with the status Deleted is not changed." in page.content.decode()
