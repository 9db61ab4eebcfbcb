"""Undoing a merge ..."""

from datetime import timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers import errors
from customers.models import (
    Identifier,
    MergeJournal,
    MergeJournalRow,
    Profile,
    ScopedSubscription,
    Subscription,
)
from customers.operations.customers.update import update_customer
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.rules.customer_update import CustomerChange
from customers.rules.identifier_change import IdentityChange
from customers.rules.identifiers import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry
from customers.rules.unmerge import revert_value
from loyalty.operations.points.post import post_movement
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_field,
    make_organization,
    make_origin,
    make_profile,
    make_program,
    make_till,
)
from tests.crm.dumping import dump_rows
from tests.queries import count_queries

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


@pytest.fixture
def wechat():
    return get_or_make_source_account("WECHAT", "22")


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def undo(key, reason="A mistake", **origin):
    return unit_of_work(unmerge_customers)(
        origin=make_origin(at=LATER, **origin), merge_id=key, reason=reason
    )


def blockers(key):
    org_id = MergeJournal.objects.get(pk=key).org_id
    return [(b.kind, b.message) for b in plan_unmerge(org_id=org_id, merge_id=key).blockers]


def assert_refused(key, *words):
    """Preview and undo name the same, and nothing changes."""
    before = dump_rows()
    assert [words_of_blocker for _, words_of_blocker in blockers(key)] == [*words]
    with pytest.raises(errors.MergeUndoBlocked) as refusal:
        undo(key)
    assert refusal.value.facts == {"blockers": " ".join(words)}
    assert dump_rows() == before
    assert MergeJournal.objects.get(pk=key).undone_at is None


def change(customer, account, **keys):
    unit_of_work(change_identifiers)(
        origin=make_origin(at=LATER),
        change=IdentityChange(customer_id=customer.pk, source_account_id=account.pk, **keys),
    )


def update(customer, account, **facts):
    unit_of_work(update_customer)(
        origin=make_origin(at=LATER),
        change=CustomerChange(
            customer_id=customer.pk,
            profiles=[ProfileEntry(source_account_id=account.pk, **facts)],
        ),
    )


def consent(customer, status):
    unit_of_work(subscribe)(
        origin=make_origin(at=LATER),
        customer_id=customer.pk,
        changes=[SubscriptionChangeIn(channel="EMAIL", priority="BULK", status=status)],
    )


def test_is_signed_and_told_to_both(wechat):
    survivor, victim = make_customer(), make_customer(source_account=wechat)
    key, till = merge(survivor, victim), make_till()

    undo(key, "Mother and daughter", actor=till)

    merged = MergeJournal.objects.get()
    assert (merged.undone_by, merged.undone_at, merged.undo_reason) == (
        till,
        LATER,
        "Mother and daughter",
    )
    event_data = {"journal": key, "reason": "Mother and daughter"}
    assert list(
        Event.objects.filter(happened_at=LATER)
        .order_by("pk")
        .values_list("kind", "subject_id", "after")
    ) == [
        ("customer.merge_undone", survivor.pk, {"victim": victim.pk, **event_data}),
        ("customer.released", victim.pk, {"survivor": survivor.pk, **event_data}),
    ]


def test_happens_once_and_the_two_may_merge_again(wechat):
    survivor, victim = make_customer(), make_customer(source_account=wechat)
    key = merge(survivor, victim)
    undo(key)
    apart = dump_rows()

    with pytest.raises(errors.MergeUndone):
        undo(key)

    assert dump_rows() == apart
    undo(merge(survivor, victim))
    assert dump_rows() == apart


@pytest.mark.parametrize(
    ("reason", "refusal"), [(" ", errors.ReasonMissing), ("x" * 256, errors.ReasonInvalid)]
)
def test_needs_a_reason(reason, refusal):
    key = merge(make_customer(), make_customer())

    with pytest.raises(refusal):
        undo(key, reason)

    assert MergeJournal.objects.get().undone_at is None


def test_is_for_the_merges_of_ones_own_organization():
    key, other = merge(make_customer(), make_customer()), make_organization()

    with pytest.raises(errors.MergeUnknown):
        undo(key, org=other)
    with pytest.raises(errors.MergeUnknown):
        plan_unmerge(org_id=other.pk, merge_id=key)


def test_is_refused_after_a_later_merge_until_that_one_is_undone():
    first, second, third, last = (make_customer() for _ in range(4))
    key = merge(second, first)
    between = merge(second, third)
    after = merge(last, second)

    assert_refused(
        key,
        f"Customer {second.pk} was merged into customer {last.pk} later. Unmerge those first.",
        f"Customer {third.pk} was merged into customer {second.pk} later. Unmerge those first.",
    )
    undo(after)
    undo(between)
    assert blockers(key) == []


def test_is_refused_where_the_journal_holds_too_little():
    key = merge(make_customer(), make_customer())
    MergeJournalRow.objects.update(kept=None)

    [(kind, _)] = blockers(key)

    assert kind == "journal"


def test_is_refused_when_an_identifier_that_moved_was_removed(wechat):
    survivor = make_customer()
    victim = make_customer(
        source_account=wechat, identifiers=[("email", "a@example.com"), ("cuid", "c")]
    )
    key = merge(survivor, victim)
    change(survivor, wechat, remove=[("email", "a@example.com")])

    assert_refused(
        key,
        "The identifier email a@example.com was removed since.",
        "email a@example.com was removed from the profile in WECHAT 22 since.",
    )


def test_is_refused_when_an_identifier_that_moved_was_registered_elsewhere(wechat):
    survivor = make_customer()
    victim = make_customer(source_account=wechat, identifiers=[("email", "a@example.com")])
    key = merge(survivor, victim)
    change(survivor, get_or_make_source_account(), add=[("email", "a@example.com")])

    assert_refused(key, "email a@example.com was registered in INSTORE since.")


def test_is_refused_when_a_profile_that_moved_was_edited(wechat):
    survivor, victim = make_customer(), make_customer(source_account=wechat)
    key = merge(survivor, victim)
    update(survivor, wechat, first_name="Anna")

    assert_refused(key, "The profile in WECHAT 22 was changed since.")


def test_is_refused_when_channels_of_a_profile_that_moved_were_edited(wechat):
    survivor = make_customer()
    victim = make_customer(source_account=wechat, channels=[("email", "a@example.com")])
    key = merge(survivor, victim)
    update(
        survivor,
        wechat,
        channels=[ChannelEntry(type="email", value="a@example.com", is_primary=True)],
    )

    assert_refused(key, "Channels of the profile in WECHAT 22 were changed since.")


def test_is_refused_when_consent_that_moved_was_changed():
    survivor, victim = make_customer(), make_customer()
    consent(victim, "OPTIN")
    key = merge(survivor, victim)
    consent(survivor, "OPTOUT")

    assert_refused(key, "The consent for EMAIL BULK was changed since.")


def test_is_refused_when_the_survivor_would_be_left_without_an_identifier(wechat):
    survivor = make_customer(identifiers=[("cuid", "own")])
    victim = make_customer(source_account=wechat)
    key = merge(survivor, victim)
    change(survivor, get_or_make_source_account(), remove=[("cuid", "own")])

    assert_refused(key, f"Customer {survivor.pk} would be left without any identifier.")


def test_keeps_what_the_survivor_said_since_over_the_merges_word():
    survivor, victim = make_customer(), make_customer()
    consent(survivor, "OPTIN")
    consent(victim, "OPTOUT")
    key = merge(survivor, victim)
    consent(survivor, "OPTIN")

    undo(key)

    assert dict(Subscription.objects.values_list("customer_id", "status")) == {
        survivor.pk: "OPTIN",
        victim.pk: "OPTOUT",
    }


def test_takes_consent_to_a_scope_apart_again():
    survivor, victim = make_customer(), make_customer()

    def opt(customer, status, scope):
        change = SubscriptionChangeIn(channel="SMS", priority="BULK", status=status, scopes=[scope])
        unit_of_work(subscribe)(
            origin=make_origin(at=NOON), customer_id=customer.pk, changes=[change]
        )

    def list_consent():
        rows = ScopedSubscription.objects.order_by("pk")
        return list(rows.values_list("customer_id", "scope", "status"))

    opt(survivor, "OPTIN", "POINTS")
    opt(victim, "OPTOUT", "POINTS")
    opt(victim, "OPTIN", "COUPONS")
    before = list_consent()

    key = merge(survivor, victim)

    assert list_consent() == [
        (survivor.pk, "POINTS", "OPTOUT"),
        (victim.pk, "POINTS", "OPTOUT"),
        (survivor.pk, "COUPONS", "OPTIN"),
    ]
    undo(key)
    assert list_consent() == before


def test_keeps_what_was_written_on_the_survivors_own_profile_since():
    make_field("size", kind="CUSTOM", scope="PROFILE")
    survivor = make_customer(first_name="", fields={})
    victim = make_customer(first_name="Asha", last_name="Iyer", fields={"colour": "red"})
    key = merge(survivor, victim)
    update(survivor, get_or_make_source_account(), fields={"size": "M"})

    undo(key)

    own = survivor.profiles.get()
    assert (own.first_name, own.last_name, own.fields) == ("", "Rao", {"size": "M"})
    assert victim.profiles.get().closed_at is None


def test_undoes_a_merge_that_a_change_of_identifiers_brought_about(wechat):
    survivor = make_customer(source_account=wechat, identifiers=[("mobile", "919010000022")])
    victim = make_customer(identifiers=[("email", "a@example.com")])
    change(victim, get_or_make_source_account(), add=[("mobile", "9010000022")])

    undo(MergeJournal.objects.get().pk)

    assert {
        (owner, source, type)
        for owner, source, type in Identifier.objects.values_list(
            "customer_id", "profile_identifiers__profile__source_account__source", "type"
        )
    } == {(survivor.pk, "WECHAT", "mobile"), (victim.pk, "INSTORE", "email")}


def test_keeps_an_identifier_that_came_into_a_profile_that_goes(wechat):
    survivor, victim = make_customer(), make_customer(source_account=wechat)
    key = merge(survivor, victim)
    change(survivor, wechat, add=[("email", "new@example.com")])

    undo(key)

    new = Identifier.objects.get(type="email")
    assert new.customer == survivor
    assert [link.profile for link in new.profile_identifiers.all()] == [survivor.profiles.get()]
    assert survivor.search_keys.filter(text="new@example.com").exists()


def test_takes_a_constant_number_of_queries(wechat):
    def pair(number, rows):
        program = make_program()
        survivor = make_customer(identifiers=[("cuid", f"s{number}")])
        make_enrollment(survivor, program, points=1)
        victim = make_customer(source_account=wechat, identifiers=[("cuid", f"v{number}")])
        member = make_enrollment(victim, program)
        for n in range(rows):
            make_profile(
                victim,
                get_or_make_source_account("FACEBOOK", f"{n}"),
                identifiers=[("fbId", f"{number}-{n}")],
                channels=[("email", f"{n}@example.com")],
            )
            post(member)
        return merge(survivor, victim)

    def post(member):
        unit_of_work(post_movement)(
            origin=make_origin(),
            movement=Movement(
                customer_id=member.customer_id,
                program_id=member.program_id,
                kind="AWARD",
                points=5,
            ),
        )

    keys = [pair(0, 2), pair(1, 2), pair(2, 9)]
    undo(keys[0])
    org_id = MergeJournal.objects.values_list("org_id", flat=True)[0]

    counts = [
        (
            count_queries(lambda key=key: plan_unmerge(org_id=org_id, merge_id=key)),
            count_queries(lambda key=key: undo(key)),
        )
        for key in keys[1:]
    ]

    assert counts[0] == counts[1]
    assert Profile.objects.filter(closed_at__isnull=False).count() == 0


@pytest.mark.parametrize(
    ("now", "before", "after", "left"),
    [
        ("b", "a", "b", "a"),
        ("c", "a", "b", "c"),
        ({"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1, "b": 3}, {"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 3}),
        ({"b": 2, "c": 4}, {"a": 1}, {"a": 1, "b": 2}, {"c": 4}),
        ({"a": 2, "c": 4}, {"a": 1}, {"a": 2}, {"a": 1, "c": 4}),
    ],
)
def test_takes_only_the_merges_part_out_of_a_value(now, before, after, left):
    assert revert_value(now, before=before, after=after) == left
