"""A customer's page, and the change of status on it."""

import pytest
from django.urls import reverse

from crm.kernel.transactions import unit_of_work
from customers.models import Customer, MergeJournal, StatusChange, Subscription
from customers.operations.images import set_image
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.rules.images import clean_image
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_profile,
    make_source_account,
    make_status_label,
    make_till,
)
from tests.pictures import make_picture, open_image
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"


def _get_page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _list_ids(client, query=""):
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [customer.pk for customer in page.context["cl"].result_list]


def _make_full_customer():
    till = make_till(name="Demo till")
    make_field("gender", label="Gender")
    wechat = make_source_account("WECHAT", "22")
    customer = make_customer(
        identifiers=[("mobile", "919811223344"), ("externalId", "ts1234")],
        first_name="Tom",
        last_name="Sawyer",
        extended_fields={"gender": "Male"},
        fields={"shoe": 44},
        registered_by=till,
    )
    make_profile(customer, wechat, identifiers=[("wechat", "open-id-1")], created_by=till)
    Subscription.objects.create(
        customer=customer,
        source_account=wechat,
        channel="EMAIL",
        priority="BULK",
        status="OPTOUT",
        changed_at=NOON,
    )
    return customer


def test_the_page_tells_the_whole_story():
    customer = _make_full_customer()

    context = log_in("support agent").get(_get_page_url(customer)).context

    assert context["customer"]["name"] == "Tom Sawyer"
    assert context["identifiers"] == [
        ("Mobile", "919811223344", "In store"),
        ("External id", "ts1234", "In store"),
        ("WeChat", "open-id-1", "WeChat 22"),
    ]
    assert [(p["source_account"], p["fields"]) for p in context["profiles"]] == [
        ("In store", [("shoe", "44")]),
        ("WeChat 22", []),
    ]
    assert context["extended_fields"] == [("Gender", "Male")]
    assert [
        (row["channel"], [cell["text"] for cell in row["cells"]]) for row in context["consent"]
    ] == [("Email", ["Not set", "Opted out"]), ("SMS", ["Not set", "Not set"])]


def test_the_page_shows_consent_by_subject():
    customer = make_customer()
    change = SubscriptionChangeIn(
        channel="SMS", priority="BULK", status="OPTOUT", scopes=["POINTS"]
    )
    unit_of_work(subscribe)(origin=make_origin(), customer_id=customer.pk, changes=[change])

    answer = log_in("support agent").get(_get_page_url(customer))

    [row] = answer.context["consent_scopes"]
    assert (row["channel"], row["priority"], row["scope"]) == ("SMS", "bulk", "Points")
    assert (row["status"], row["is_in"]) == ("Opted out", False)
    [line] = answer.context["consent_changes"]
    assert (line["scope"], line["before"], line["after"]) == ("Points", "Not set", "Opted out")
    assert "By subject" in answer.content.decode()


def test_the_page_shows_the_picture_instead_of_initials():
    customer = _make_full_customer()
    client = log_in("support agent")
    assert "Picture of" not in client.get(_get_page_url(customer)).content.decode()

    unit_of_work(set_image)(
        origin=make_origin(), customer_id=customer.pk, image=clean_image(make_picture())
    )

    page = client.get(_get_page_url(customer))
    assert "Picture of Tom Sawyer" in page.content.decode()
    assert "Picture set" in page.content.decode()
    seen = client.get(page.context["image_url"])
    assert open_image(b"".join(seen)).size == (40, 30)


def test_the_page_takes_a_constant_number_of_queries(django_assert_max_num_queries):
    customer = _make_full_customer()
    client = log_in("support agent")
    client.get(_get_page_url(customer))
    with django_assert_max_num_queries(35) as few:
        client.get(_get_page_url(customer))
    for n in range(5):
        account = make_source_account("FACEBOOK", str(n))
        make_profile(customer, account, identifiers=[("fbId", f"fb{n}")])
        victim = make_customer(merged_into=customer)
        MergeJournal.objects.create(
            org=customer.org, survivor=customer, victim=victim, cause="REQUEST", merged_at=NOON
        )

    with django_assert_max_num_queries(35) as many:
        client.get(_get_page_url(customer))

    assert len(many) == len(few)


def test_names_are_written_as_text_not_as_markup():
    customer = make_customer(first_name="<script>alert(1)</script>", last_name='"><img src=x>')

    client = log_in()

    for url in (_get_page_url(customer), LIST):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_merged_customer_points_at_the_survivor_and_cannot_be_labelled():
    survivor, label = make_customer(), make_status_label("Active")
    victim = make_customer(merged_into=survivor)
    client = log_in("support agent")

    page = client.get(_get_page_url(victim))
    refused = client.post(
        reverse("admin:customers_customer_label", args=[victim.pk]),
        {"label": label.label, "reason": "because"},
        follow=True,
    )

    assert page.context["survivor"] == {"id": survivor.pk, "url": _get_page_url(survivor)}
    assert "label_form" not in page.context
    assert "merged into customer" in refused.content.decode()
    assert not StatusChange.objects.exists()


def test_the_label_changes_with_a_reason_and_the_page_says_so():
    customer = make_customer()
    make_status_label("Suspended", "SUSPENDED")
    client = log_in("support agent")

    answer = client.post(
        reverse("admin:customers_customer_label", args=[customer.pk]),
        {"label": "Suspended", "reason": "Card lost"},
        follow=True,
    )

    change = StatusChange.objects.get()
    assert (change.label.label, change.reason) == ("Suspended", "Card lost")
    assert change.created_by == client.user.entity
    page = answer.content.decode()
    assert "The status is now Suspended." in page
    assert "Card lost" in page
    assert "Status label changed" in page


@pytest.mark.parametrize(
    ("role", "data", "status"),
    [
        ("support agent", {"label": "Suspended", "reason": " "}, 302),
        ("support agent", {"label": "Nonsense", "reason": "x"}, 302),
        ("support agent", {"label": "Suspended", "reason": "a\0b"}, 302),
        ("auditor", {"label": "Suspended", "reason": "x"}, 403),
        ("import operator", {"label": "Suspended", "reason": "x"}, 403),
    ],
)
def test_a_label_is_not_changed_without_a_reason_or_the_right(role, data, status):
    customer = make_customer()
    make_status_label("Suspended", "SUSPENDED")

    answer = log_in(role).post(reverse("admin:customers_customer_label", args=[customer.pk]), data)

    assert answer.status_code == status
    assert Customer.objects.get(pk=customer.pk).status_label is None
    assert not StatusChange.objects.exists()


def test_the_page_of_another_organizations_customer_is_not_there():
    org = make_organization()
    theirs = make_customer(org, source_account=get_or_make_source_account(org=org))

    assert log_in().get(_get_page_url(theirs)).status_code == 404
