"""Admin of programs and card series: validation, and caches that are cleared at once."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from loyalty.models import CardGeneration, CardLabel, CardSeries, PaymentMode, Program
from loyalty.queries.programs import get_programs
from loyalty.queries.transactions.settings import get_payment_modes
from tests.builders import make_organization, make_program
from tests.card_builders import make_card, make_card_series
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
SERIES_DATA = {
    "code": "gold",
    "name": "Gold cards",
    "type": "DIGITAL",
    "trigger": "SERIES_ID",
    "expiry_days": 0,
    "generation_enabled": "on",
    "prefix": "77",
    "length": 16,
    "method": "LUHN",
    "is_active": "on",
}


def _url(name, *args):
    return reverse(f"admin:loyalty_{name}", args=args)


def _program_data(program, *steps, **changes):
    """Return the form data of a program; steps are (serial, threshold)."""
    tiers = list(program.tiers.order_by("serial")) if program else []
    data = {
        "name": program.name if program else "Club",
        "is_active": "on",
        "points_to_currency": 1,
        "tier_rule": "LIFETIME_POINTS",
        "points_expiry": "NEVER",
        "delay_days": 0,
        "registration_bonus": 0,
        "tiers-TOTAL_FORMS": len(steps),
        "tiers-INITIAL_FORMS": len(tiers),
    }
    for n, (serial, threshold) in enumerate(steps):
        data |= {
            f"tiers-{n}-id": tiers[n].pk if n < len(tiers) else "",
            f"tiers-{n}-program": program.pk if program else "",
            f"tiers-{n}-serial": serial,
            f"tiers-{n}-name": f"Tier {serial}",
            f"tiers-{n}-threshold": threshold,
            f"tiers-{n}-earn_rate": 1,
        }
    return data | changes


def test_a_program_is_made_with_its_tiers_and_is_known_at_once():
    client = log_in("organization admin")
    assert get_programs(client.user.org_id) == {}

    answer = client.post(_url("program_add"), _program_data(None, (1, 0), (2, 500)))

    assert answer.status_code == 302
    [rules] = get_programs(client.user.org_id).values()
    assert [(s.name, s.threshold) for s in rules.ladder] == [("Tier 1", 0), ("Tier 2", 500)]
    assert Event.objects.get().kind == "program.added"


def test_a_change_of_a_tier_counts_from_now_on_and_is_recorded():
    program = make_program(thresholds=(0, 1_000))
    client = log_in("organization admin")
    get_programs(program.org_id)

    client.post(_url("program_change", program.pk), _program_data(program, (1, 0), (2, 800)))

    assert [s.threshold for s in get_programs(program.org_id)[program.pk].ladder] == [0, 800]
    assert Event.objects.get().kind == "program.changed"


@pytest.mark.parametrize(
    ("steps", "changes", "message"),
    [
        ([], {}, "at least one tier"),
        ([(1, 5)], {}, "The threshold of the lowest tier must be 0."),
        ([(1, 0), (3, 5)], {}, "Number the tiers 1, 2, 3"),
        ([(1, 0), (2, 5), (3, 5)], {}, "must be higher than the one below"),
        ([(1, 0)], {"points_expiry": "FIXED"}, "This field is required for the selected"),
        ([(1, 0)], {"points_expiry": "ROLLING"}, "This field is required for the selected"),
        ([(1, 0)], {"is_default": "on", "is_active": ""}, "The default program must be active."),
        ([(1, 0)], {"registration_bonus": -1}, "Enter a number that is 0 or greater."),
    ],
)
def test_a_program_that_cannot_work_is_refused(steps, changes, message):
    answer = log_in("organization admin").post(
        _url("program_add"), _program_data(None, *steps, **changes)
    )

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not Program.objects.exists()


def test_what_the_way_of_expiring_does_not_use_is_emptied():
    changes = {"points_expiry": "ROLLING", "expires_after_days": 90, "expires_on": "2030-01-01"}

    log_in("organization admin").post(_url("program_add"), _program_data(None, (1, 0), **changes))

    program = Program.objects.get()
    assert (program.expires_after_days, program.expires_on) == (90, None)


def test_a_card_series_is_made_by_the_rules_of_the_api():
    client = log_in("organization admin")

    assert client.post(_url("cardseries_add"), SERIES_DATA).status_code == 302

    series = CardSeries.objects.get()
    assert (series.code, series.prefix, series.created_by) == ("gold", "77", client.user.entity)
    assert Event.objects.get().kind == "card_series.added"


@pytest.mark.parametrize(
    "changes",
    [
        {"length": 2},
        {"prefix": "AB"},
        {"trigger": "OU_ID"},
        {"expiry_enabled": "on"},
        {"code": "a\0b"},
        {"max_active_cards": -5},
    ],
)
def test_a_card_series_that_makes_no_sense_is_refused(changes):
    answer = log_in("organization admin").post(_url("cardseries_add"), SERIES_DATA | changes)

    assert answer.status_code == 200
    assert not CardSeries.objects.exists()


def test_numbers_are_ordered_and_the_log_shows_how_far_they_are():
    series = make_card_series()
    client = log_in("organization admin")
    url = _url("cardseries_numbers", series.pk)

    answer = client.post(url, {"count": 3_000, "description": "Spring"}, follow=True)

    order = CardGeneration.objects.get()
    assert (order.count, order.description) == (3_000, "Spring")
    assert (order.run.total, order.run.state) == (3_000, "QUEUED")
    [line] = answer.context["orders"]
    assert (line["made"], line["count"], line["percent"]) == ("0", "3,000", 0)
    progress = client.get(answer.context["progress_url"]).json()
    assert progress == {
        "orders": [{"id": order.pk, "made": "0", "percent": 0, "state": "Queued", "over": False}]
    }


@pytest.mark.parametrize(
    ("settings", "data", "message"),
    [
        ({"length": 3}, {"count": 5_000}, "would be easy to guess"),
        ({}, {"count": 0}, "greater than or equal"),
        ({}, {"count": "9" * 40}, "less than or equal"),
    ],
)
def test_an_order_that_cannot_be_filled_says_why(settings, data, message):
    series = make_card_series(**settings)

    answer = log_in("organization admin").post(_url("cardseries_numbers", series.pk), data)

    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not CardGeneration.objects.exists()


def test_the_numbers_of_an_order_are_taken_away_as_csv_and_it_is_recorded():
    series = make_card_series()
    order = CardGeneration.objects.create(
        series=series, count=2, made=2, created_at=series.created_at
    )
    make_card("700", series)
    make_card("701", series, generation=order)
    make_card("702", series, generation=order)
    client = log_in("organization admin")

    answer = client.get(_url("cardseries_download", series.pk, order.pk))

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").split()
    assert lines == ["number", "702", "701"]
    event = Event.objects.get(kind="card_series.numbers_downloaded")
    assert event.after == {"generation": order.pk, "count": 2}


def test_only_who_may_generate_orders_or_downloads():
    series = make_card_series()
    order = CardGeneration.objects.create(series=series, count=1, created_at=series.created_at)
    client = log_in("auditor")

    assert client.get(_url("cardseries_numbers", series.pk)).status_code == 200
    assert client.post(_url("cardseries_numbers", series.pk), {"count": 1}).status_code == 403
    assert client.get(_url("cardseries_download", series.pk, order.pk)).status_code == 403


def test_an_order_is_downloaded_from_its_own_series_only():
    series, other = make_card_series(), make_card_series()
    order = CardGeneration.objects.create(series=series, count=1, created_at=series.created_at)

    assert log_in().get(_url("cardseries_download", other.pk, order.pk)).status_code == 404


def test_the_status_of_a_label_is_kept_once_it_is_made():
    card = make_card("700")

    log_in("organization admin").post(
        _url("cardlabel_change", card.label_id),
        {"label": "In stock", "status": "DELETED", "is_active": "on"},
    )

    label = CardLabel.objects.get(pk=card.label_id)
    assert (label.label, label.status) == ("In stock", "NOT_ISSUED")


def test_rules_of_redeeming_are_set_and_count_from_now_on():
    program = make_program(thresholds=(0,))
    client = log_in("organization admin")
    get_programs(program.org_id)
    rules = {"min_redeem_points": 100, "max_redeem_points": 500, "redeem_multiple": 50}

    answer = client.post(
        _url("program_change", program.pk),
        _program_data(program, (1, 0), **rules, redeem_needs_code="on"),
    )

    assert answer.status_code == 302
    rules = get_programs(program.org_id)[program.pk].redeem_rules
    assert (rules.least, rules.most, rules.multiple) == (100, 500, 50)
    assert (rules.min_balance, rules.needs_code) == (0, True)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"min_redeem_points": -1}, "Enter a number that is 0 or greater."),
        ({"max_redeem_points": 0}, "Enter a number greater than 0."),
        ({"min_redeem_points": 20, "max_redeem_points": 10}, "No redemption could keep to all"),
        ({"redeem_multiple": 20, "max_redeem_points": 10}, "No redemption could keep to all"),
        (
            {"min_redeem_points": 25, "redeem_multiple": 20, "max_redeem_points": 35},
            "No redemption could keep to all",
        ),
    ],
)
def test_rules_that_no_redemption_could_meet_are_refused(rules, message):
    program = make_program(thresholds=(0,))

    answer = log_in("organization admin").post(
        _url("program_change", program.pk), _program_data(program, (1, 0), **rules)
    )

    assert message in answer.content.decode()
    program.refresh_from_db()
    assert (program.min_redeem_points, program.max_redeem_points) == (0, None)


def test_a_payment_mode_is_added_and_switched_off_and_tills_know_at_once():
    client = log_in("organization admin")
    org_id = client.user.org_id
    assert get_payment_modes(org_id) == frozenset()

    client.post(_url("paymentmode_add"), {"name": " Gift  card ", "is_active": "on"})
    mode = PaymentMode.objects.get()
    assert (mode.org_id, mode.name) == (org_id, "Gift card")
    assert get_payment_modes(org_id) == {"gift card"}

    client.post(_url("paymentmode_change", mode.pk), {"name": "Gift card"})
    assert get_payment_modes(org_id) == frozenset()
    assert {"payment_mode.added", "payment_mode.changed"} <= set(
        Event.objects.values_list("kind", flat=True)
    )


def test_two_payment_modes_have_different_names():
    client = log_in("organization admin")
    PaymentMode.objects.create(org_id=client.user.org_id, name="Cash")
    PaymentMode.objects.create(org=make_organization("other"), name="Card")

    answer = client.post(_url("paymentmode_add"), {"name": "CASH", "is_active": "on"})
    assert "There is a payment mode of this name already." in answer.content.decode()

    # Another organization's names are no matter.
    answer = client.post(_url("paymentmode_add"), {"name": "Card", "is_active": "on"})
    assert answer.status_code == 302


def test_payment_modes_of_others_are_not_there_and_agents_only_look():
    other = PaymentMode.objects.create(org=make_organization("other"), name="Card")
    admin, agent = log_in("organization admin"), log_in("support agent", username="agent")
    own = PaymentMode.objects.create(org_id=agent.user.org_id, name="Cash")

    assert admin.get(_url("paymentmode_change", other.pk)).status_code == 404
    assert agent.get(_url("paymentmode_change", own.pk)).status_code == 200
    data = {"name": "Cheque", "is_active": "on"}
    assert agent.post(_url("paymentmode_change", own.pk), data).status_code == 403
    assert agent.post(_url("paymentmode_add"), data).status_code == 403


def test_the_settings_page_shows_what_tills_may_do():
    client = log_in("organization admin")
    url = reverse("admin:tenancy_organization_change", args=[client.user.org_id])

    page = client.get(url).content.decode()

    assert "Transactions by tills" in page
    assert 'name="CONF_LOYALTY_MAX_BILL_AMOUNT"' in page
