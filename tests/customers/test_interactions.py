"""Recording interactions ..."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import unmerge_customers
from customers import errors
from customers.errors import InteractionInvalid, InteractionReferenceTaken
from customers.models import Interaction
from customers.operations.interactions import record_interactions
from customers.queries import interactions
from customers.queries.interactions import list_interactions
from customers.rules.interactions import NewInteraction
from tests.builders import NOON, make_customer, make_organization, make_origin, make_till

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def record(*new_interactions, **where):
    return unit_of_work(record_interactions)(
        origin=make_origin(**where), interactions=new_interactions
    )


def make_tweet(customer, **fields):
    return NewInteraction(
        **{"customer_id": customer.pk, "type": "tweet", "happened_at": NOON, **fields}
    )


def make_survey(customer, **fields):
    return make_tweet(customer, **{"type": "survey", "survey_name": "How was it?", **fields})


def make_sms(customer, **fields):
    return make_tweet(customer, **{"type": "sms", "sender": "919000000001", **fields})


def list_of_customer(customer, **filters):
    networks = list_interactions(org_id=customer.org_id, customer_ids=[customer.pk], **filters)
    return [
        (network.network, group.type, group.count, [row.pk for row in group.rows])
        for network in networks[customer.pk]
        for group in network.groups
    ]


def test_keeps_what_is_told_and_leaves_an_event():
    customer, till = make_customer(), make_till()

    [outcome] = record(
        make_survey(
            customer,
            nps_score=9,
            sent_by=" Asha  Rao ",
            response_url="https://survey.example/1",
            completed_at=NOON + DAY / 2,
        ),
        actor=till,
    )

    kept = Interaction.objects.get(pk=outcome.interaction_id)
    assert (kept.network, kept.type, kept.times) == ("CAPILLARY", "SURVEY", 1)
    assert (kept.survey_name, kept.nps_score, kept.sent_by) == ("How was it?", 9, "Asha Rao")
    assert (kept.customer, kept.recorded_by, kept.recorded_at) == (customer, till, NOON)
    event = Event.objects.get(kind="interaction.recorded")
    assert (event.subject_type, event.subject_id) == ("interaction", kept.pk)
    assert event.after == {"customer": customer.pk, "network": "CAPILLARY", "type": "SURVEY"}


def test_finds_the_network_of_a_type_that_only_one_has():
    customer = make_customer()

    record(make_tweet(customer), make_tweet(customer, type="email-bulk"))

    assert [line[:2] for line in list_of_customer(customer)] == [
        ("TWITTER", "TWEET"),
        ("CAPILLARY", "EMAILBULK"),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "shout"}, "type"),
        ({"type": "checkin"}, "network"),
        ({"network": "MYSPACE"}, "network"),
        ({"network": "FACEBOOK"}, "type"),
        ({"times": 0}, "times"),
        ({"times": 1_000_001}, "times"),
        ({"happened_at": NOON + 2 * DAY}, "happened_at"),
        ({"subject": "A tweet has none"}, "subject"),
        ({"nps_score": 9}, "nps_score"),
        ({"latitude": 1.0, "longitude": 1.0}, "latitude"),
        ({"reference": "x" * 101}, "reference"),
        ({"type": "sms", "sender": "\x00"}, "sender"),
        ({"type": "survey"}, "survey_name"),
        ({"type": "survey", "survey_name": "A", "nps_score": 11}, "nps_score"),
        (
            {"type": "survey", "survey_name": "A", "response_url": "javascript:alert(1)"},
            "response_url",
        ),
        ({"type": "checkin", "network": "FACEBOOK", "latitude": 1.0}, "longitude"),
        (
            {"type": "checkin", "network": "FACEBOOK", "latitude": 91.0, "longitude": 1.0},
            "latitude",
        ),
        (
            {"type": "checkin", "network": "FACEBOOK", "latitude": 1.0, "longitude": float("nan")},
            "longitude",
        ),
    ],
)
def test_refuses_by_itself_what_cannot_be_kept(fields, field):
    customer = make_customer()

    refused, kept = record(make_tweet(customer, **fields), make_tweet(customer))

    assert refused.refusal == InteractionInvalid(field=field)
    assert Interaction.objects.get().pk == kept.interaction_id


def test_refuses_who_is_not_there_or_was_merged():
    stranger, survivor, victim = (
        make_customer(make_organization()),
        make_customer(),
        make_customer(),
    )
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="STAFF"
    )

    outcomes = record(
        make_tweet(stranger), make_tweet(victim), replace(make_tweet(victim), customer_id=2**70)
    )

    assert [outcome.refusal for outcome in outcomes] == [
        errors.CustomerUnknown(customer_id=stranger.pk),
        errors.CustomerMerged(survivor_id=survivor.pk),
        errors.CustomerUnknown(customer_id=2**70),
    ]
    assert not Interaction.objects.exists()


def test_counts_once_what_has_a_reference():
    customer = make_customer()
    tweet = make_tweet(customer, reference="t-1", times=3)

    first, again = record(tweet, tweet)
    [later] = record(tweet)
    [other] = record(make_tweet(customer, reference="t-1", times=4))

    assert (again.is_repeat, again.interaction_id) == (True, first.interaction_id)
    assert (later.is_repeat, later.interaction_id) == (True, first.interaction_id)
    assert other.refusal == InteractionReferenceTaken()
    assert Interaction.objects.get().times == 3
    assert Event.objects.filter(kind="interaction.recorded").count() == 1


def test_writes_any_number_with_as_many_queries(django_assert_num_queries):
    origin, customers = make_origin(), [make_customer() for _ in range(3)]

    def write(*new_interactions):
        with django_assert_num_queries(6):
            unit_of_work(record_interactions)(origin=origin, interactions=new_interactions)

    record(make_tweet(customers[0]))
    write(make_tweet(customers[0]))
    write(
        *(
            make_sms(customer, reference=f"r{n}{customer.pk}")
            for customer in customers
            for n in range(5)
        )
    )


def test_lists_by_network_and_type_the_earliest_first():
    customer, other = make_customer(), make_customer()
    new_interactions = [
        make_sms(customer, happened_at=NOON),
        make_tweet(customer, times=10),
        make_sms(customer, happened_at=NOON - DAY),
        make_tweet(customer, type="checkin", network="FACEBOOK", latitude=22.23, longitude=23.33),
        make_tweet(customer, type="retweet", times=5),
        make_tweet(customer, times=2, happened_at=NOON - DAY),
    ]
    ids = [customer.interaction_id for customer in record(*new_interactions, make_tweet(other))]

    assert list_of_customer(customer) == [
        ("FACEBOOK", "CHECKIN", 1, [ids[3]]),
        ("TWITTER", "TWEET", 12, [ids[5], ids[1]]),
        ("TWITTER", "RETWEET", 5, [ids[4]]),
        ("CAPILLARY", "SMS", 2, [ids[2], ids[0]]),
    ]
    assert list_of_customer(customer, networks=["TWITTER"], types=["RETWEET"]) == [
        ("TWITTER", "RETWEET", 5, [ids[4]])
    ]
    assert list_of_customer(customer, end=NOON - DAY) == [
        ("TWITTER", "TWEET", 2, [ids[5]]),
        ("CAPILLARY", "SMS", 1, [ids[2]]),
    ]
    assert list_of_customer(customer, start=NOON + DAY) == []


def test_counts_all_and_lists_the_latest_of_many(monkeypatch):
    monkeypatch.setattr(interactions, "MAX_LISTED", 2)
    customer = make_customer()
    outcomes = record(*(make_sms(customer, happened_at=NOON - n * DAY) for n in range(4)))

    [(_, _, count, ids)] = list_of_customer(customer)

    assert (count, ids) == (4, [outcomes[1].interaction_id, outcomes[0].interaction_id])


def test_knows_the_survey_that_was_answered_last():
    customer = make_customer()
    outcomes = record(
        make_survey(customer, happened_at=NOON - 3 * DAY, completed_at=NOON),
        make_survey(customer, happened_at=NOON - DAY),
    )

    networks = list_interactions(org_id=customer.org_id, customer_ids=[customer.pk])

    [[network]] = networks.values()
    assert network.groups[0].latest_survey.pk == outcomes[0].interaction_id


def test_lists_nothing_of_another_organization():
    stranger = make_customer(make_organization())
    record(make_tweet(stranger), org=stranger.org)

    networks = list_interactions(org_id=make_customer().org_id, customer_ids=[stranger.pk])

    assert networks == {stranger.pk: []}


def test_moves_in_a_merge_and_back_when_it_is_undone():
    survivor, victim = make_customer(), make_customer()
    record(make_tweet(survivor), make_sms(victim, reference="r"))
    merge_id = unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="STAFF"
    )

    assert (len(list_of_customer(survivor)), list_of_customer(victim)) == (2, [])
    # The same message, told again of whom it belongs to now.
    assert record(make_sms(survivor, reference="r"))[0].is_repeat

    unit_of_work(unmerge_customers)(origin=make_origin(), merge_id=merge_id, reason="A mistake")

    assert (
        [line[1] for line in list_of_customer(survivor)],
        [line[1] for line in list_of_customer(victim)],
    ) == (
        ["TWEET"],
        ["SMS"],
    )
