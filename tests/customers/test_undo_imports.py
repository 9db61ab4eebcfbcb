"""Undo an import of customers: newcomers go, known customers get back what was changed."""

import pytest

from crm.audit.models import Event
from crm.imports.queries.import_states import get_state
from crm.kernel.transactions import unit_of_work
from customers.models import Customer, Identifier, SearchKey
from customers.operations.customers.update import update_customer
from customers.rules.customer_update import CustomerChange
from customers.rules.registration import ProfileEntry
from loyalty.models import (
    Coupon,
    CouponSeries,
    Enrollment,
)
from loyalty.operations.points.post import post_movement
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.movements import Movement
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_field,
    make_program,
    make_till,
)
from tests.card_builders import make_card_series, make_coupon_series
from tests.crm.undo_helpers import (
    CONFIGURATION,
    MOBILE,
    dump_kept,
    import_customers,
    list_obstacles,
    make_undo_origin,
    undo,
    write_note,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sums_hold():
    yield
    assert find_ledger_violations() == []


@pytest.fixture
def program():
    return make_program(
        "Stars",
        is_default=True,
        registration_bonus=50,
        welcome_series=make_coupon_series("WELCOME"),
    )


def test_takes_newcomers_back_with_all_that_loyalty_gave_them(program):
    get_or_make_source_account()
    make_card_series("GOLD", trigger="REGISTRATION")
    before = dump_kept(CONFIGURATION)
    upload = import_customers(
        "Mobile,E-mail,First name,Consent SMS BULK\n"
        "9800000001,a@example.com,Asha,yes\n9800000002,,Ben,\n"
    )
    assert Enrollment.objects.filter(points=50).count() == 2
    assert Coupon.objects.count() == 2

    upload = undo(upload)

    after = dump_kept(CONFIGURATION)
    withdrawn = after.pop("loyalty.WithdrawnMembership")
    before.pop("loyalty.WithdrawnMembership")
    assert list_obstacles(upload) == {}
    assert after == before
    assert get_state(upload) == "UNDONE"
    assert [row["entries"][0]["points"] for row in withdrawn.values()] == ["50.000", "50.000"]
    assert CouponSeries.objects.get(code="WELCOME").issued_count == 0
    assert Event.objects.filter(kind="customer.withdrawn").count() == 2
    # Their identifiers are free again.
    again = import_customers("Mobile\n9800000001\n")
    assert get_state(again) == "APPLIED"


def test_restores_names_fields_channels_and_consent():
    account = get_or_make_source_account()
    make_field("city")
    asha = make_customer(
        source_account=account,
        identifiers=[("mobile", MOBILE)],
        channels=[("mobile", MOBILE)],
        fields={"city": "Pune"},
    )
    before = dump_kept()
    upload = import_customers(
        f"Mobile,First name,Last name,city,Email\n{MOBILE},Aasha,Roy,Goa,asha@example.com\n"
    )
    assert asha.profiles.get().first_name == "Aasha"

    upload = undo(upload)

    assert list_obstacles(upload) == {}
    assert dump_kept() == before
    assert get_state(upload) == "UNDONE"
    assert SearchKey.objects.filter(customer=asha, text="asha").exists()


def test_leaves_an_update_that_somebody_changed_since_and_says_who():
    account = get_or_make_source_account()
    asha = make_customer(source_account=account, identifiers=[("mobile", MOBILE)])
    upload = import_customers(f"Mobile,First name\n{MOBILE},Aasha\n9800000002,Ben\n")
    agent = make_till(name="Till of Goa")
    unit_of_work(update_customer)(
        origin=make_undo_origin(agent),
        change=CustomerChange(
            customer_id=asha.pk,
            profiles=[ProfileEntry(source_account_id=account.pk, first_name="Usha")],
        ),
    )

    upload = undo(upload)

    assert get_state(upload) == "PARTLY_UNDONE"
    [[sentence]] = list_obstacles(upload).values()
    assert sentence.startswith("Changed since (customer updated) by Till of Goa on ")
    assert asha.profiles.get().first_name == "Usha"
    assert Customer.objects.count() == 1


def test_restores_a_value_although_another_one_was_changed_since():
    account = get_or_make_source_account()
    asha = make_customer(source_account=account, identifiers=[("mobile", MOBILE)], last_name="Rao")
    upload = import_customers(f"Mobile,First name\n{MOBILE},Aasha\n")
    unit_of_work(update_customer)(
        origin=make_undo_origin(),
        change=CustomerChange(
            customer_id=asha.pk,
            profiles=[ProfileEntry(source_account_id=account.pk, last_name="Roy")],
        ),
    )

    upload = undo(upload)

    profile = asha.profiles.get()
    assert (profile.first_name, profile.last_name) == ("Asha", "Roy")
    assert get_state(upload) == "UNDONE"


def test_takes_back_a_profile_that_it_added_to_a_known_customer(program):
    get_or_make_source_account()
    wechat = get_or_make_source_account("WECHAT", "22232")
    asha = make_customer(
        source_account=wechat,
        identifiers=[("mobile", MOBILE)],
        loyalty_type=Customer.LoyaltyType.NON_LOYALTY,
    )
    before = dump_kept()
    upload = import_customers(f"Mobile,E-mail,First name\n{MOBILE},asha@example.com,Aasha\n")
    assert asha.profiles.count() == 2
    assert asha.enrollments.count() == 1

    upload = undo(upload)

    assert list_obstacles(upload) == {}
    assert dump_kept() == before
    assert Identifier.objects.count() == 1


def test_leaves_newcomers_who_were_served_since(program):
    upload = import_customers("Mobile\n9800000001\n9800000002\n9800000003\n")
    served, noted, _free = Customer.objects.order_by("pk")
    unit_of_work(post_movement)(
        origin=make_undo_origin(),
        movement=Movement(customer_id=served.pk, kind="REDEEM", points=10),
    )
    write_note(noted)

    upload = undo(upload)

    assert set(Customer.objects.all()) == {served, noted}
    obstacles = list_obstacles(upload)
    assert obstacles[2][0].startswith("Changed since (points redeem)")
    assert obstacles[3] == ["Something came to depend on it: note."]
    assert Enrollment.objects.get(customer=served).points == 40
    # What stood in the way is gone: the rest can be undone as well.
    noted.notes.all().delete()
    upload = undo(upload)
    assert set(Customer.objects.all()) == {served}
    assert upload.undone_rows == 2
