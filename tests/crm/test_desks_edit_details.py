"""Staff change the names and fields of a customer."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.models import Customer
from customers.operations.customers.update import update_customer
from customers.rules.customer_update import CustomerChange
from loyalty.models import Enrollment
from tests.builders import (
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_profile,
    make_program,
    make_source_account,
    make_status_label,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def _url(customer):
    return reverse("admin:customers_customer_edit", args=[customer.pk])


def _form_data(client, url, **data):
    form = client.get(url).context["form"]
    shown = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    return {**shown, "reason": "Said on the phone", **data}


def _find_input(client, url, label):
    form = client.get(url).context["form"]
    return next(name for name, field in form.fields.items() if field.label == label)


def test_names_and_fields_change_with_a_reason():
    make_field("shoe", kind="CUSTOM", scope="PROFILE", data_type="INTEGER", label="Shoe size")
    make_field("color", kind="CUSTOM", scope="PROFILE", label="Color")
    make_field("born", data_type="DATE", label="Born")
    make_field("gender", options=["Male", "Female"], label="Gender")
    tom = make_customer(first_name="Tm", last_name="Sawyer", fields={"color": "red", "shoe": 4})
    client = log_in("support agent")
    url = _url(tom)
    data = _form_data(client, url, first_name="Tom") | {
        _find_input(client, url, "Shoe size"): "44",
        _find_input(client, url, "Color"): "",
        _find_input(client, url, "Born"): "1990-05-06",
        _find_input(client, url, "Gender"): "Male",
    }

    answer = client.post(url, data, follow=True)

    page_url = reverse("admin:customers_customer_change", args=[tom.pk])
    assert answer.redirect_chain == [(page_url, 302)]
    assert "The details were changed." in answer.content.decode()
    profile = tom.profiles.get()
    assert (profile.first_name, profile.last_name, profile.fields) == (
        "Tom",
        "Sawyer",
        {"shoe": 44},
    )
    tom.refresh_from_db()
    assert tom.extended_fields == {"born": "1990-05-06", "gender": "Male"}
    assert tom.modified_by == client.user.entity
    event = Event.objects.get(kind="customer.updated")
    assert (event.door, event.after["reason"]) == ("CONSOLE", "Said on the phone")
    assert "Said on the phone" in answer.content.decode()


def test_one_profile_is_changed_and_the_others_are_named():
    tom = make_customer(first_name="Tom")
    wechat = make_source_account("WECHAT", "22")
    make_profile(tom, wechat, first_name="Thomas")
    client = log_in("support agent")
    assert client.get(_url(tom)).context["other_profiles"] == [
        ("WeChat 22", f"{_url(tom)}?account={wechat.pk}")
    ]
    url = f"{_url(tom)}?account={wechat.pk}"

    client.post(url, _form_data(client, url, first_name="Tommy"))

    assert set(tom.profiles.values_list("first_name", flat=True)) == {"Tom", "Tommy"}
    assert client.get(f"{_url(tom)}?account=999").status_code == 404


def test_sent_twice_it_changes_once():
    tom = make_customer(first_name="Tm")
    client = log_in("support agent")
    data = _form_data(client, _url(tom), first_name="Tom")
    client.post(_url(tom), data)

    page = client.post(_url(tom), data)

    assert page.status_code == 200
    assert Event.objects.filter(kind="customer.updated").count() == 1


def test_a_change_by_somebody_else_is_not_overwritten():
    tom = make_customer(first_name="Tm")
    client = log_in("support agent")
    data = _form_data(client, _url(tom), first_name="Tom")
    make_field("city")
    unit_of_work(update_customer)(
        origin=make_origin(at=timezone.now()),
        change=CustomerChange(customer_id=tom.pk, extended_fields={"city": "Pune"}),
    )

    page = client.post(_url(tom), data)

    assert "Someone else changed this customer." in page.content.decode()
    assert tom.profiles.get().first_name == "Tm"


@pytest.mark.parametrize(
    ("attributes", "value", "words"),
    [
        ({"data_type": "INTEGER"}, "many", "Enter a whole number."),
        ({"data_type": "DATE"}, "soon", "Enter a date."),
        ({"max_length": 3}, "long", "At most 3 characters."),
        ({"options": ["Male"]}, "M", "Choose one of the list."),
    ],
)
def test_a_wrong_value_is_told_at_its_field_and_nothing_changes(attributes, value, words):
    make_field("thing", label="Thing", **attributes)
    tom = make_customer(first_name="Tm")
    client = log_in("support agent")
    name = _find_input(client, _url(tom), "Thing")

    page = client.post(_url(tom), _form_data(client, _url(tom), first_name="Tom", **{name: value}))

    assert page.context["form"].errors[name] == [words]
    assert tom.profiles.get().first_name == "Tm"


def test_a_reason_is_needed_and_a_mandatory_field_is_not_emptied():
    make_field("city", is_mandatory=True, label="City")
    tom = make_customer(extended_fields={"city": "Pune"})
    client = log_in("support agent")
    name = _find_input(client, _url(tom), "City")

    page = client.post(_url(tom), _form_data(client, _url(tom), reason="", **{name: ""}))

    assert set(page.context["form"].errors) == {"reason", name}


def test_a_customer_joins_loyalty_and_the_default_program():
    make_program("Club", is_default=True)
    tom = make_customer(loyalty_type="NON_LOYALTY")
    client = log_in("support agent")

    client.post(_url(tom), _form_data(client, _url(tom), loyalty_type="LOYALTY"))

    tom.refresh_from_db()
    assert tom.loyalty_type == "LOYALTY"
    assert Enrollment.objects.get().customer == tom
    assert "loyalty_type" not in client.get(_url(tom)).context["form"].fields


def test_a_status_that_blocks_changes_says_so():
    label = make_status_label("Deleted", "DELETED")
    tom = make_customer(first_name="Tm", status_label=label)
    client = log_in("support agent")

    page = client.post(_url(tom), _form_data(client, _url(tom), first_name="Tom"))

    assert "A customer with the status Deleted is not changed." in page.content.decode()


def test_who_may_not_change_details_sees_no_button_and_is_refused():
    tom = make_customer()
    client = log_in("auditor")
    page_url = reverse("admin:customers_customer_change", args=[tom.pk])

    assert _url(tom) not in client.get(page_url).content.decode()
    assert client.get(_url(tom)).status_code == 403
    assert client.post(_url(tom), {"first_name": "X"}).status_code == 403
    agent = log_in("support agent")
    assert _url(tom) in agent.get(page_url).content.decode()


def test_a_customer_of_others_is_not_there_and_a_merged_one_leads_to_the_survivor():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    stranger = log_in("support agent", make_organization())

    assert stranger.get(_url(survivor)).status_code == 404
    assert stranger.get(f"/admin/customers/customer/{2**70}/edit/").status_code == 404
    answer = log_in("support agent").get(_url(victim))
    assert answer["Location"] == reverse("admin:customers_customer_change", args=[survivor.pk])
    assert Customer.objects.count() == 2
