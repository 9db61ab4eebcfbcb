"""The command palette: what it finds, in which order, and what it costs."""

import pytest
from django.urls import reverse

from crm.adminkit.marked_text import mark_match
from loyalty.models import Transaction
from tests.approval_builders import make_request
from tests.builders import NOON, get_or_make_organization, make_customer, make_organization
from tests.card_builders import make_card, make_coupon
from tests.customers.test_update_tickets import make_ticket
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def search(client, text):
    answer = client.get(reverse("admin:search"), {"s": text, "extended": 1})
    assert answer.status_code == 200
    return answer.context["results"] if answer.content else []


def list_names(client, text):
    return [(item.group, item.name) for item in search(client, text)]


@pytest.mark.parametrize("text", ["maria", "MÁR", "ann", "sawyer", "ann maria", "de sawyer", "saw"])
def test_a_customer_is_found_by_any_word_of_the_name(text):
    make_customer(first_name="Ann Maria", last_name="de Sawyer")

    assert ("Customers", "Ann Maria de Sawyer") in list_names(log_in("support agent"), text)


@pytest.mark.parametrize(
    "text", ["98112 23344", "+91 98112-23344", "0091 9811223344", "ann@", "TS12", "#{id}", "{id}"]
)
def test_a_customer_is_found_by_a_number_in_any_spelling(text):
    customer = make_customer(
        first_name="Ann",
        last_name="",
        identifiers=[
            ("mobile", "919811223344"),
            ("email", "ann@example.com"),
            ("externalId", "TS1234"),
        ],
    )

    [item] = search(log_in("support agent"), text.format(id=customer.pk))

    assert item.link == reverse("admin:customers_customer_change", args=[customer.pk])
    assert "<mark>" in item.title + item.description


def test_everything_else_is_found_by_its_whole_code():
    customer = make_customer(first_name="Ann", identifiers=[("mobile", "919811223344")])
    request = make_request(customer, "EMAIL", new_value="new@example.com")
    coupon = make_coupon(customer)
    card = make_card("GOLD0001", customer=customer)
    sale = Transaction.objects.create(
        org=customer.org, customer=customer, type="REGULAR", number="B/77", billed_at=NOON,
        amount=5, gross_amount=5, recorded_at=NOON,
    )  # fmt: skip
    ticket = make_ticket(customer, "Lost card")
    client = log_in()

    for text, group, page, pk in [
        (coupon.code.lower(), "Coupons", "loyalty_coupon_change", coupon.pk),
        (sale.number, "Transactions", "loyalty_transaction_change", sale.pk),
        (ticket.code, "Tickets", "customers_ticket_change", ticket.pk),
        (card.number, "Cards", "loyalty_card_change", card.pk),
        (f"#{request.pk}", "Requests", "approvals_request_change", request.pk),
    ]:
        found = {(item.group, item.link) for item in search(client, text)}
        assert (group, reverse(f"admin:{page}", args=[pk])) in found


def test_actions_and_pages_are_found_by_a_word_of_their_name():
    names = list_names(log_in("support agent"), "ticket")

    assert names == [("Actions", "New ticket"), ("Pages", "Tickets")]


def test_nothing_is_found_without_the_right_to_see_it():
    customer = make_customer(first_name="Ann")
    coupon = make_coupon(customer)
    client = log_in("auditor")
    groups = {group for group, _ in list_names(client, "ann")}
    groups |= {group for group, _ in list_names(client, coupon.code)}

    assert groups == {
        group
        for group, model in (
            ("Customers", "customers.view_customer"),
            ("Coupons", "loyalty.view_coupon"),
        )
        if client.user.has_perm(model)
    }


def test_nothing_of_another_organization_is_found():
    other = make_organization(code="other")
    stranger = make_customer(org=other, first_name="Zanzibar")
    coupon = make_coupon(stranger)

    client = log_in("organization admin", org=get_or_make_organization())

    for text in ("zanzibar", coupon.code, str(stranger.pk)):
        assert not search(client, text)


def test_takes_the_same_queries_for_any_number_of_customers(django_assert_max_num_queries):
    for number in range(20):
        make_customer(first_name=f"Ann{number}")
    client = log_in()
    search(client, "ann")

    with django_assert_max_num_queries(16):
        assert len(search(client, "ann")) == 8


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("Ann Maria", "mar", "Ann <mark>Mar</mark>ia"),
        ("Jürgen", "jurg", "<mark>Jürg</mark>en"),
        ("919811223344", "98112", "91<mark>98112</mark>23344"),
        ("919811223344", "+91 981", "<mark>91981</mark>1223344"),
        ("<b>Tom</b>", "tom", "&lt;b&gt;<mark>Tom</mark>&lt;/b&gt;"),
        ("Tom", "x", "Tom"),
        ("", "x", ""),
    ],
)
def test_the_matched_part_is_marked(text, typed, expected):
    assert mark_match(text, typed) == expected
