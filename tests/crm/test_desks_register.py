"""Staff register customers from the desk of customers."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from crm.audit.models import Event
from crm.tenancy.models import FormReceipt
from customers.models import Customer, Profile, Subscription
from loyalty.models import Enrollment
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_field,
    make_organization,
    make_program,
    make_source_account,
)
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
ADD = "/admin/customers/customer/add/"


@pytest.fixture(autouse=True)
def in_store():
    return get_or_make_source_account()


def _form_data(client, **data):
    form = client.get(ADD).context["form"]
    shown = {name: form[name].value() for name in ("once", "source_account", "loyalty_type")}
    return {**shown, **data}


def _list_errors(page):
    return {name: list(errors) for name, errors in page.context["form"].errors.items()}


def test_an_agent_registers_a_customer_who_joins_the_default_program(in_store):
    make_program("Club", is_default=True)
    make_field("shoe", kind="CUSTOM", scope="PROFILE", data_type="INTEGER")
    client = log_in("support agent")
    page = client.get(ADD)
    [shoe] = [n for n in page.context["form"].fields if n.startswith("custom_")]
    data = _form_data(
        client,
        first_name="Tom",
        last_name="Sawyer",
        mobile="+91 98112 23344",
        email="Tom@Example.com",
        consent_EMAIL_BULK="OPTOUT",
        **{shoe: "44"},
    )

    answer = client.post(ADD, data, follow=True)

    customer = Customer.objects.get()
    page_url = reverse("admin:customers_customer_change", args=[customer.pk])
    assert answer.redirect_chain == [(page_url, 302)]
    assert f"Customer {customer.pk} was registered." in answer.content.decode()
    profile = customer.profiles.get()
    assert (profile.source_account, profile.first_name, profile.fields) == (
        in_store,
        "Tom",
        {"shoe": 44},
    )
    assert set(customer.identifiers.values_list("type", "value")) == {
        ("mobile", "919811223344"),
        ("email", "tom@example.com"),
    }
    assert set(profile.channels.values_list("type", flat=True)) == {"mobile", "email"}
    assert Subscription.objects.get().status == "OPTOUT"
    assert Enrollment.objects.get().customer == customer
    assert customer.registered_by == client.user.entity
    event = Event.objects.get(kind="customer.registered")
    assert (event.actor, event.door) == (client.user.entity, "CONSOLE")


def test_a_form_that_is_sent_twice_registers_once_and_leads_to_the_same_page():
    client = log_in("support agent")
    data = _form_data(client, mobile="919811223344")
    first = client.post(ADD, data)

    answer = client.post(ADD, data, follow=True)

    assert answer.redirect_chain == [(first["Location"], 302)]
    assert "This form was sent twice" in answer.content.decode()
    assert Customer.objects.count() == 1
    assert FormReceipt.objects.get().staff == client.user


def test_an_identifier_that_is_taken_names_who_has_it():
    tom = make_customer(identifiers=[("mobile", "919811223344")])
    client = log_in("support agent")

    page = client.post(ADD, _form_data(client, mobile="9811223344", email="new@example.com"))

    [error] = _list_errors(page)["mobile"]
    assert f"/admin/customers/customer/{tom.pk}/change/" in error
    assert "has it already" in error
    assert Customer.objects.count() == 1
    assert not FormReceipt.objects.exists()


def test_identifiers_of_two_customers_name_both_and_register_nobody():
    tom = make_customer(identifiers=[("mobile", "919811223344")])
    wechat = make_source_account("WECHAT", "22")
    huck = make_customer(source_account=wechat, identifiers=[("email", "huck@example.com")])
    other = make_source_account("WEBSITE")
    client = log_in("support agent")

    page = client.post(
        ADD,
        _form_data(
            client, mobile="919811223344", email="huck@example.com", source_account=other.pk
        ),
    )

    errors = _list_errors(page)
    assert str(tom.pk) in errors["mobile"][0]
    assert str(huck.pk) in errors["email"][0]
    assert "belong to several customers" in errors["__all__"][0]
    assert Profile.objects.count() == 2


def test_a_registration_that_would_combine_asks_first():
    wechat = make_source_account("WECHAT", "22")
    tom = make_customer(
        source_account=wechat, identifiers=[("mobile", "919811223344")], first_name="Tom"
    )
    client = log_in("support agent")
    data = _form_data(client, mobile="919811223344", first_name="Thomas")

    page = client.post(ADD, data)

    assert page.context["combination"]["name"] == f"Tom Rao · {tom.pk}"
    assert "Nothing was registered yet" in page.content.decode()
    assert Profile.objects.count() == 1
    data["combine_with"] = page.context["form"]["combine_with"].value()
    answer = client.post(ADD, data, follow=True)
    assert f"The profile was added to customer {tom.pk}." in answer.content.decode()
    assert set(tom.profiles.values_list("first_name", flat=True)) == {"Tom", "Thomas"}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"mobile": "12"}, "mobile", "cannot be read"),
        ({"email": "tom@"}, "email", "cannot be read"),
        ({"first_name": "Tom"}, "__all__", "no usable mobile number"),
        ({"mobile": "919811223344", "other_value": "x"}, "other_type", "Choose what"),
        ({"mobile": "919811223344", "other_type": "line"}, "other_value", "Enter the value"),
        ({"mobile": "919811223344", "source_account": "99"}, "source_account", "valid choice"),
        ({"mobile": "919811223344", "once": "x"}, "once", "out of date"),
    ],
)
def test_a_wrong_value_is_told_at_its_input(data, field, words):
    client = log_in("support agent")

    page = client.post(ADD, _form_data(client, **data))

    assert words in _list_errors(page)[field][0]
    assert not Customer.objects.exists()


def test_a_mandatory_field_is_asked_for():
    make_field("city", is_mandatory=True)
    client = log_in("support agent")

    page = client.post(ADD, _form_data(client, mobile="919811223344"))

    [name] = _list_errors(page)
    assert name.startswith("extended_")
    assert not Customer.objects.exists()


def test_the_identifier_of_a_customer_of_others_is_free():
    org = make_organization()
    make_customer(
        org,
        source_account=get_or_make_source_account(org=org),
        identifiers=[("mobile", "919811223344")],
    )
    client = log_in("support agent")

    client.post(ADD, _form_data(client, mobile="919811223344"))

    assert Customer.objects.filter(org=client.user.org).count() == 1


def test_who_may_not_register_sees_no_button_and_is_refused():
    client = log_in("auditor")

    assert ADD not in client.get("/admin/customers/customer/").content.decode()
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"mobile": "919811223344"}).status_code == 403
    assert not Customer.objects.exists()
    client.user.user_permissions.add(Permission.objects.get(codename="add_customer"))
    assert ADD in client.get("/admin/customers/customer/").content.decode()
