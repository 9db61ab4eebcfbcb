"""What each row of an imported file comes to, and that the run does what was shown."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.audit.models import Event
from crm.imports import import_work
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow
from customers.models import (
    Channel,
    Customer,
    Identifier,
    Profile,
    Subscription,
    SubscriptionChange,
)
from customers.operations.customers.register import register_customer
from customers.operations.customers.update import update_customer
from customers.rules.customer_update import CustomerChange
from customers.rules.registration import ProfileEntry, Registration
from loyalty.models import Effect, Enrollment
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_program,
    make_till,
)
from tests.customers.import_helpers import (
    check_file,
    import_file,
    list_counts,
    list_outcomes,
    list_remarks,
)

pytestmark = pytest.mark.django_db


def make_known(mobile="919800000001", **attributes):
    return make_customer(identifiers=[("mobile", mobile)], **attributes)


def test_creates_people_that_nobody_knows_with_all_that_the_row_says():
    till = make_till(code="till.7")
    make_field("city")
    make_field("Favorite Color", kind="CUSTOM", scope="PROFILE")
    upload = check_file(
        "Mobile;E-mail;First Name;Last Name;Registered On;Till code;city;Favorite color;"
        "SMS opt-in\n"
        "98000 00001;Asha@Example.com;Asha;Rao;3/4/2021;till.7;Pune;Green;no\n",
        channels=True,
    )

    assert list_counts(upload.dry_run) == {"create": 1}
    assert Customer.objects.count() == 0
    import_file(upload)

    customer = Customer.objects.get()
    profile = customer.profiles.get()
    assert (customer.loyalty_type, customer.extended_fields) == ("LOYALTY", {"city": "Pune"})
    assert customer.registered_at.isoformat() == "2021-04-02T18:30:00+00:00"
    assert customer.associated_with == till
    assert (profile.first_name, profile.last_name) == ("Asha", "Rao")
    assert profile.fields == {"Favorite Color": "Green"}
    assert set(customer.identifiers.values_list("type", "value")) == {
        ("mobile", "919800000001"),
        ("email", "asha@example.com"),
    }
    assert set(profile.channels.values_list("type", "value")) == {
        ("mobile", "919800000001"),
        ("email", "asha@example.com"),
    }
    assert list(customer.subscriptions.values_list("channel", "priority", "status")) == [
        ("SMS", "BULK", "OPTOUT")
    ]
    assert SubscriptionChange.objects.get().reason == "Import"
    event = Event.objects.get(kind="customer.registered")
    assert (event.subject_id, event.door) == (customer.pk, "IMPORT")


def test_joins_whom_another_source_knows_and_says_so():
    wechat = get_or_make_source_account("WECHAT", "22232")
    known = make_known(source_account=wechat)
    upload = check_file("Mobile,First name\n919800000001,Asha\n")

    assert list_counts(upload.dry_run) == {"create": 1, "combine": 1, "warned": 1}
    assert list_remarks(upload) == {
        2: [("", f"Adds a profile to customer {known.pk}, known in another source.")]
    }
    import_file(upload)

    assert Customer.objects.get() == known
    assert {p.source_account.source for p in known.profiles.all()} == {"WECHAT", "INSTORE"}


def test_updates_whom_the_source_knows_but_no_identifier():
    known = make_known(first_name="Asha", loyalty_type="NON_LOYALTY")
    upload = check_file(
        "Mobile,E-mail,First name,Loyalty type\n919800000001,asha@example.com,Aasha,loyalty\n",
        channels=False,
    )

    row = ImportRow.objects.get(upload=upload)
    account = str(get_or_make_source_account().pk)
    assert (row.outcome, row.subject_id) == ("UPDATE", known.pk)
    assert row.before == {
        "loyalty_type": "NON_LOYALTY",
        "profiles": {account: {"first_name": "Asha"}},
    }
    assert row.after == {
        "loyalty_type": "LOYALTY",
        "profiles": {account: {"first_name": "Aasha"}},
    }
    assert list_remarks(upload) == {
        2: [
            ("E-mail", "The email was left as it is: this operation changes no identifiers."),
        ]
    }
    import_file(upload)

    known.refresh_from_db()
    assert (known.loyalty_type, known.profiles.get().first_name) == ("LOYALTY", "Aasha")
    assert known.identifiers.count() == 1


def test_read_again_1045_refuses_only_the_row_of_one_whom_nobody_can_reach():
    upload = check_file(
        "Mobile,External id,First name,Loyalty type\n"
        ",E-1,Asha,non loyalty\n919800000002,E-2,Rita,non loyalty\n"
    )

    assert list_counts(upload.dry_run) == {"create": 1, "error": 1}
    assert list_remarks(upload) == {
        2: [
            (
                "Loyalty type",
                "A customer outside loyalty needs a mobile number or an email address.",
            )
        ]
    }
    import_file(upload)

    assert Customer.objects.get().loyalty_type == "NON_LOYALTY"


def test_the_files_default_type_is_for_newcomers_only():
    make_known(loyalty_type="NON_LOYALTY", first_name="Asha")

    upload = check_file("Mobile,First name\n919800000001,Asha\n", channels=False)

    assert list_outcomes(upload) == {2: "UNCHANGED"}


def test_a_blank_cell_leaves_what_is_stored():
    make_known(first_name="Asha", last_name="Rao", fields={})

    upload = check_file("Mobile,First name,Last name\n919800000001,,Rao\n", channels=False)

    assert list_remarks(upload) == {2: [("", "No changes.")]}


def test_a_default_stands_where_a_cell_is_blank():
    upload = check_file(
        "Mobile,First name\n919800000001,\n919800000002,Ben\n", defaults=["", "Unknown"]
    )

    import_file(upload)

    assert sorted(Profile.objects.values_list("first_name", flat=True)) == ["Ben", "Unknown"]


def test_consent_alone_is_an_update_and_the_same_consent_is_none():
    known = make_known()
    content = "Mobile,SMS opt-in\n919800000001,yes\n"

    first = check_file(content, channels=False)
    row = ImportRow.objects.get(upload=first)
    assert (row.before, row.after) == (
        {"consent": {"SMS BULK": ""}},
        {"consent": {"SMS BULK": "OPTIN"}},
    )
    import_file(first)

    assert Subscription.objects.get().customer == known
    assert list_outcomes(check_file(content, channels=False)) == {2: "UNCHANGED"}


def test_the_first_row_with_a_key_decides_for_the_whole_file(monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 2, "postgresql": 2})
    upload = check_file(
        "Mobile,E-mail,CustomerID\n"
        "919800000001,a@example.com,C1\n"
        "919800000002,A@Example.com,C2\n"
        "9800000001,,C3\n"
        "919800000004,d@example.com,C4\n"
        "919800000005,,C2\n"
    )

    assert list_remarks(upload) == {
        3: [("E-mail", "Same email as row 2.")],
        4: [("Mobile", "Same mobile as row 2.")],
        6: [("CustomerID", "Same external id as row 3.")],
    }
    assert list_counts(upload.dry_run) == {"create": 2, "skip": 3}
    assert list_counts(import_file(upload).apply_run) == {"create": 2}
    assert Customer.objects.count() == 2


def test_two_rows_about_one_customer_by_different_identifiers_are_one_too_many(monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 1, "postgresql": 1})
    known = make_customer(
        identifiers=[("mobile", "919800000001"), ("email", "a@example.com")],
        source_account=get_or_make_source_account("WECHAT", "22232"),
    )
    upload = check_file("Mobile,E-mail\n919800000001,\n,a@example.com\n")

    assert list_outcomes(upload) == {2: "CREATE", 3: "SKIP"}
    assert list_remarks(upload)[3] == [("", "Same customer as row 2.")]
    import_file(upload)
    assert known.profiles.count() == 2


def test_a_row_that_cannot_be_read_stands_for_nothing():
    upload = check_file("Mobile,E-mail\n919800000001,nobody\n919800000001,a@example.com\n")

    assert list_outcomes(upload) == {2: "ERROR", 3: "CREATE"}


def test_every_error_names_its_column_in_words():
    get_or_make_source_account("WECHAT", "22232")
    upload = check_file(
        "Mobile,E-mail,First name,Source,Account id,Registered on,Till code,Email opt-in\n"
        "12ab,,,,,,,\n"
        ",nobody,,,,,,\n"
        "9800000003,,,TELEPATHY,,,,\n"
        "9800000004,,,WECHAT,,,,\n"
        "9800000005,,,WECHAT,999,,,\n"
        "9800000006,,,,,31/31/2020,,\n"
        "9800000007,,,,,1/1/2999,,\n"
        "9800000008,,,,,,nowhere,\n"
        "9800000009,,,,,,,perhaps\n"
        f"9800000010,,{'x' * 101},,,,,\n"
        ",,Nobody,,,,,\n"
        "9800000012,,,,,,,,too,long\n",
    )

    assert list_remarks(upload) == {
        2: [("Mobile", "The mobile number cannot be read.")],
        3: [("E-mail", "The email address cannot be read.")],
        4: [("Source", "There is no such source account.")],
        5: [("Account id", "The source has several accounts. Give the account id.")],
        6: [("Source", "There is no such source account.")],
        7: [("Registered on", "“31/31/2020” is no date with the day first.")],
        8: [("Registered on", "The registration date cannot be read or lies in the future.")],
        9: [("Till code", "The till to associate the customer with is unknown.")],
        10: [("Email opt-in", "“perhaps” must say yes or no, or be empty.")],
        11: [("First name", "A name is too long or holds characters that no name has.")],
        12: [("", "Not registered: no usable mobile number, email address or external id.")],
        13: [("", "The row has 10 cells, the header 8.")],
    }
    assert list_counts(upload.dry_run) == {"error": 12}


def test_identifiers_of_two_customers_are_an_error_and_change_nothing():
    make_known("919800000001", first_name="Asha")
    make_customer(identifiers=[("email", "b@example.com")], first_name="Ben")

    upload = check_file("Mobile,E-mail,First name\n919800000001,b@example.com,Carl\n")

    assert list_remarks(upload) == {
        2: [("", "The identifiers belong to several customers, who cannot be combined this way.")]
    }


def test_a_loyalty_customer_stays_one():
    make_known(loyalty_type="LOYALTY")

    upload = check_file("Mobile,Loyalty type\n919800000001,non-loyalty\n")

    assert list_remarks(upload) == {
        2: [("Loyalty type", "A loyalty customer cannot become a non-loyalty customer.")]
    }


def test_a_field_that_does_not_fit_is_left_out_and_the_row_goes_in():
    make_field("size", options=["S", "M"])
    make_field("spent", data_type="DOUBLE")
    make_field("birthday", data_type="DATE")
    upload = check_file(
        "Mobile;size;spent;birthday\n9800000001;XXL;1.234,50;24/12/1990\n", decimal_comma=True
    )

    assert list_remarks(upload) == {
        2: [("size", "The value is not one of the field's options and was ignored.")]
    }
    import_file(upload)
    assert Customer.objects.get().extended_fields == {"spent": 1234.5, "birthday": "1990-12-24"}


def test_the_same_file_again_finds_nothing_to_do():
    content = "Mobile,First name\n919800000001,Asha\n919800000002,Ben\n"
    import_file(check_file(content))

    assert list_outcomes(check_file(content)) == {2: "UNCHANGED", 3: "UNCHANGED"}


def test_what_changed_since_the_preview_is_left_out_and_said():
    customer = make_known("919800000001", first_name="Asha")
    upload = check_file(
        "Mobile,First name\n919800000001,Aasha\n919800000002,Ben\n919800000003,Carl\n",
        channels=False,
    )
    account = get_or_make_source_account()
    update = CustomerChange(
        customer_id=customer.pk,
        profiles=[ProfileEntry(source_account_id=account.pk, first_name="Usha")],
    )
    unit_of_work(update_customer)(origin=make_origin(), change=update)
    wechat = get_or_make_source_account("WECHAT", "22232")
    newcomer = ProfileEntry(
        source_account_id=wechat.pk, identifiers=[("mobile", "919800000002")], first_name="Bruno"
    )
    unit_of_work(register_customer)(
        origin=make_origin(), registration=Registration(profiles=[newcomer])
    )

    upload = import_file(upload)

    assert list_counts(upload.apply_run) == {"create": 1, "drifted": 2}
    assert list_outcomes(upload) == {2: "DRIFTED", 3: "DRIFTED", 4: "CREATE"}
    assert "changed since the preview" in list_remarks(upload)[2][0][1]
    assert list_remarks(upload)[2][1] == (
        "",
        "first name was “Asha” in the preview and is “Usha” now.",
    )
    assert customer.profiles.get().first_name == "Usha"
    assert Profile.objects.filter(first_name="Ben").count() == 0
    assert list(ImportRow.objects.filter(is_applied=True).values_list("number", flat=True)) == [4]


def test_another_organizations_customers_are_strangers():
    other = make_organization()
    make_customer(org=other, identifiers=[("mobile", "919800000001")], first_name="Theirs")

    import_file(check_file("Mobile,First name\n919800000001,Ours\n"))

    assert Identifier.objects.filter(value="919800000001").count() == 2
    assert Profile.objects.get(first_name="Theirs").customer.org == other


def make_file(numbers):
    """Every fifth row updates somebody, every seventh joins somebody, the others are new."""
    wechat = get_or_make_source_account("WECHAT", "22232")
    for number in numbers:
        if not number % 5:
            make_known(f"9198{number:08}", first_name="Asha")
        elif not number % 7:
            make_known(f"9198{number:08}", source_account=wechat)
    lines = [f"9198{number:08},Ben,till.7,yes" for number in numbers]
    return "\n".join(["Mobile,First name,Till code,SMS opt-in", *lines])


@pytest.mark.parametrize("step", ["check", "carry_out"])
def test_a_chunk_costs_the_same_number_of_queries_whatever_its_length(step):
    make_till(code="till.7")
    query_counts = []
    # The first one fills what is remembered, such as fields and source accounts. A few rows take
    # fewer queries.
    for numbers in (range(1, 20), range(101, 351), range(1_001, 1_300)):
        content = make_file(numbers)
        upload = check_file(content) if step == "carry_out" else None
        with CaptureQueriesContext(connection) as queries:
            import_file(upload) if upload else check_file(content)
        query_counts.append(len(queries))

    assert query_counts[1] == query_counts[2]


def test_addresses_are_written_only_where_the_file_is_said_to_hold_any():
    import_file(check_file("Mobile\n919800000001\n", channels=False))
    import_file(check_file("Mobile\n919800000002\n", channels=True))

    assert list(Channel.objects.values_list("type", "value")) == [("mobile", "919800000002")]


def test_newcomers_of_a_file_become_members_with_the_bonus():
    program = make_program(is_default=True, registration_bonus=100)
    make_known("919800000010", loyalty_type="NON_LOYALTY")

    import_file(check_file("Mobile\n919800000001\n919800000002"))

    rows = Enrollment.objects.values_list("program_id", "points")
    assert list(rows) == [(program.pk, 100)] * 2
    assert not Effect.objects.filter(state="WAITING").exists()
