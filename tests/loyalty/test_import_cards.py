"""A file of cards ..."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow
from crm.runs.worker_turn import run_turn
from customers.models import Identifier
from loyalty.models import Card
from loyalty.operations.cards.update import CardUpdate, update_card
from tests.builders import get_or_make_source_account, make_customer, make_organization, make_origin
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.customers.import_helpers import (
    list_counts,
    list_outcomes,
    list_remarks,
    reload_import,
    run_to_end,
)
from tests.loyalty.import_helpers import check_file, import_file, start_check, start_import
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"


@pytest.fixture
def tom():
    return make_customer(identifiers=[("mobile", MOBILE), ("email", "tom@example.com")])


def held():
    return {
        (card.number, card.series.code, card.label.label, card.customer_id)
        for card in Card.objects.select_related("series", "label")
    }


def test_joins_a_series_with_labels_and_is_issued_to_customers(tom):
    make_card_series("GOLD")
    make_card_label("In use", "ACTIVE")
    content = f"Card number,Series,Label,Mobile\n100,gold,,\n101,GOLD,in use,{MOBILE}\n"

    upload = check_file("cards", content)

    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE"}
    assert not Card.objects.exists()
    assert not Event.objects.filter(subject_type="card").exists()
    rows = ImportRow.objects.filter(upload=upload).order_by("number")
    assert rows[1].after == {"series": "GOLD", "label": "In use", "customer": tom.pk}
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 2}
    assert held() == {
        ("100", "GOLD", "NOT_ISSUED", None),
        ("101", "GOLD", "In use", tom.pk),
    }
    assert Identifier.objects.get(type="cardnumber", value="101").customer == tom
    card = Card.objects.get(number="101")
    assert ImportRow.objects.get(upload=upload, number=3).subject_id == card.pk
    assert Event.objects.get(kind="card.issued").door == "IMPORT"
    assert card.status_changes.order_by("-pk")[0].reason == "Import"


def test_changes_nothing_when_it_is_brought_in_again(tom):
    series = make_card_series("GOLD")
    content = f"Card number,Mobile\n100,\n101,{MOBILE}\n"
    import_file(check_file("cards", content, series_id=series.pk))
    before = held()

    upload = check_file("cards", content, series_id=series.pk)

    assert list_outcomes(upload) == {2: "UNCHANGED", 3: "UNCHANGED"}
    assert list_remarks(upload)[2] == [("", "No changes.")]
    assert held() == before


def test_issues_and_labels_cards_that_are_there_and_shows_the_differences(tom):
    series = make_card_series("GOLD")
    make_card("100", series)
    make_card("101", series, customer=tom)
    make_card_label("Lost", "SUSPENDED")
    content = "Card number,Label,Email\n100,ACTIVE,tom@example.com\n101,lost,\n"

    upload = check_file("cards", content, series_id=series.pk)

    assert list_outcomes(upload) == {2: "UPDATE", 3: "UPDATE"}
    rows = ImportRow.objects.filter(upload=upload).order_by("number")
    assert [(row.before, row.after) for row in rows] == [
        (
            {"series": "GOLD", "label": "NOT_ISSUED", "customer": None},
            {"series": "GOLD", "label": "ACTIVE", "customer": tom.pk},
        ),
        (
            {"series": "GOLD", "label": "ACTIVE", "customer": tom.pk},
            {"series": "GOLD", "label": "Lost", "customer": tom.pk},
        ),
    ]
    assert list_counts(import_file(upload).apply_run) == {"update": 2}
    assert held() == {("100", "GOLD", "ACTIVE", tom.pk), ("101", "GOLD", "Lost", tom.pk)}


def test_says_of_each_row_what_is_wrong_and_where(tom):
    other = make_customer()
    gold, one_only = make_card_series("GOLD"), make_card_series("ONE", max_active_cards=1)
    make_card_series("OWN", takes_external=False)
    make_card_series("OFF", is_active=False)
    make_card("1", gold, customer=other)
    make_card("2", one_only, customer=tom)
    make_card("3", gold, external_id="ext-3")
    make_card("4", gold, customer=tom)
    lines = [
        ",,GOLD,,",
        "9,,NOPE,,",
        "9,,OWN,,",
        "9,,OFF,,",
        f"1,,GOLD,,{MOBILE}",
        f"8,,ONE,,{MOBILE}",
        "3,,ONE,,",
        "7,ext-3,GOLD,,",
        "6,,GOLD,nope,",
        "5,,GOLD,ACTIVE,",
        "4,,GOLD,ISSUED,",
        "11,,GOLD,,919899999999",
        "12,,GOLD,,what",
    ]
    # Each number once: the first row with a number decides, even where it is refused.
    lines[2], lines[3] = "91,,OWN,,", "92,,OFF,,"

    upload = check_file(
        "cards",
        "Card number,External id of the card,Series,Label,Mobile\n" + "\n".join(lines) + "\n",
    )

    assert set(list_outcomes(upload).values()) == {"ERROR"}
    assert [first_remarks for [first_remarks] in list_remarks(upload).values()] == [
        ("Card number", "This row has no card number."),
        (
            "Series",
            "The organization has no such card series, or none was named where one is needed.",
        ),
        (
            "Series",
            "The series takes no numbers from outside.",
        ),
        ("Series", "The series is inactive."),
        ("Card number", "Another customer holds this card. Delink it first."),
        ("", "The customer has as many cards of the series as they may. At most 1."),
        ("Series", "The card belongs to another series than the one named."),
        ("External id of the card", "Another card of the organization has this external id."),
        ("Label", "There is no active card label nope."),
        ("Label", "A card with status NOT_ISSUED cannot become ACTIVE."),
        ("Label", "A card with status ACTIVE cannot become ISSUED."),
        ("Mobile", "No customer has this mobile. Correct it, or import the customer first."),
        ("Mobile", "Invalid mobile."),
    ]
    assert Card.objects.count() == 4


def test_skips_a_number_or_an_external_id_that_stands_twice():
    series = make_card_series()
    content = "Card number,External id of the card\n100,a\n100,b\n101,a\n102,c\n"

    upload = check_file("cards", content, series_id=series.pk)

    assert list_outcomes(upload) == {2: "CREATE", 3: "SKIP", 4: "SKIP", 5: "CREATE"}
    assert list_remarks(upload) == {
        3: [("Card number", "Same card number as row 2.")],
        4: [("External id of the card", "Same external id as row 2.")],
    }


def test_refuses_a_row_that_names_two_customers(tom):
    series = make_card_series()
    other = make_customer(identifiers=[("email", "ann@example.com")])
    content = f"Card number,Mobile,Email\n100,{MOBILE},ann@example.com\n"

    upload = check_file("cards", content, series_id=series.pk)

    sentence = "The identifiers of this row belong to two or more customers. Keep only one."
    assert list_remarks(upload) == {2: [("", sentence)]}
    assert other.pk != tom.pk


def test_asks_for_a_profile_in_its_source(tom):
    series = make_card_series()
    account = get_or_make_source_account("WEBSITE")

    upload = check_file(
        "cards",
        f"Card number,Mobile\n100,{MOBILE}\n",
        series_id=series.pk,
        source_account_id=account.pk,
    )

    sentence = "The customer has no profile in this source account."
    assert list_remarks(upload) == {2: [("", sentence)]}


def test_leaves_out_what_has_changed_since_it_was_shown(tom):
    series = make_card_series("GOLD")
    other = make_customer()
    make_card("102", series)
    content = f"Card number,Mobile,Label\n100,{MOBILE},\n101,,\n102,,DELETED\n103,,\n"
    upload = check_file("cards", content, series_id=series.pk)
    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE", 4: "UPDATE", 5: "CREATE"}
    make_card("100", series, customer=other)
    make_card("101", series)
    change = CardUpdate(number="102", label=make_card_label("Blank", "NOT_ISSUED").label)
    unit_of_work(update_card)(origin=make_origin(), change=change)

    upload = import_file(upload)

    assert list_counts(upload.apply_run) == {"create": 1, "drifted": 3}
    changed = "This has changed since the preview and was not imported. Check the file again."
    assert list_remarks(upload) == {
        2: [("Card number", "Another customer holds this card. Delink it first.")],
        3: [("", changed), ("", "The preview was to create; now it would change nothing.")],
        4: [("", changed), ("", "label was “NOT_ISSUED” in the preview and is “Blank” now.")],
    }
    assert Card.objects.get(number="102").label.label == "Blank"
    assert Card.objects.filter(number="103").exists()


def test_never_touches_what_belongs_to_another_organization():
    series = make_card_series("GOLD")
    get_or_make_source_account()
    theirs = make_customer(make_organization(), identifiers=[("mobile", MOBILE)])
    make_card("100", customer=theirs)

    upload = check_file("cards", f"Card number,Mobile\n100,\n101,{MOBILE}\n", series_id=series.pk)

    assert list_outcomes(upload) == {2: "CREATE", 3: "ERROR"}
    assert list_counts(import_file(upload).apply_run) == {"create": 1}
    assert Card.objects.filter(number="100").count() == 2


def test_goes_on_where_a_worker_stopped_and_does_nothing_twice(monkeypatch):
    monkeypatch.setattr("crm.imports.import_work.CHUNK_SIZES", {"postgresql": 2, "sqlite": 2})
    series = make_card_series()
    content = "Card number\n" + "".join(f"{number}\n" for number in range(100, 107))
    upload = start_import(check_file("cards", content, series_id=series.pk))
    monkeypatch.setattr("crm.runs.worker_turn.TURN_SECONDS", 0)

    for _ in range(20):
        upload = reload_import(upload)
        if upload.apply_run.finished_at:
            break
        run_turn(run_id=upload.apply_run.pk, ticket=upload.apply_run.lease_token)

    assert list_counts(reload_import(upload).apply_run) == {"create": 7}
    assert Card.objects.count() == 7


def test_asks_as_often_for_many_rows_as_for_few(tom):
    series = make_card_series()

    def file(first, count):
        rows = [f"{first + n},{MOBILE if n % 2 else ''}" for n in range(count)]
        return "Card number,Mobile\n" + "\n".join(rows) + "\n"

    import_file(check_file("cards", file(1, 2), series_id=series.pk))
    uploads = [
        start_check("cards", file(first, count), series_id=series.pk)
        for first, count in ((100, 4), (1000, 60))
    ]
    checking = [
        count_queries(lambda upload=upload: run_to_end(upload.dry_run)) for upload in uploads
    ]
    begun = [start_import(upload) for upload in uploads]
    doing = [count_queries(lambda upload=upload: run_to_end(upload.apply_run)) for upload in begun]

    assert checking[0] == checking[1]
    assert doing[0] == doing[1]
    assert Card.objects.count() == 66


def test_read_again_1013_says_that_the_holder_is_no_loyalty_customer():
    make_card_series("GOLD")
    make_customer(identifiers=[("mobile", MOBILE)], loyalty_type="NON_LOYALTY")

    upload = check_file("cards", f"Card number,Series,Mobile\n100,GOLD,{MOBILE}\n")

    assert list_outcomes(upload) == {2: "ERROR"}
    assert list_remarks(upload) == {2: [("", "Only loyalty customers get cards.")]}
    assert not Card.objects.exists()
