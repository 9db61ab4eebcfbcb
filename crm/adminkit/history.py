"""Events of the audit in words: what was done, by whom, from where, and what it changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.audit.models import Event
from customers.queries.source_accounts import get_source_accounts

# The rest reads well enough as it is written.
SENTENCES: Mapping[str, str] = {
    "customer.registered": "Registered",
    "customer.profile_added": "Registered in one more source account",
    "customer.updated": "Details updated",
    "customer.identifiers_changed": "Identifiers changed",
    "customer.identifier_given_up": "An identifier went to another customer, as approved",
    "customer.identifier_replaced": "An identifier was replaced, as approved",
    "customer.labelled": "Status label changed",
    "customer.picture_set": "Picture set",
    "customer.subscribed": "Consent changed",
    "customer.associated": "Role, parent or company changed",
    "customer.absorbed": "Another customer was merged into this one",
    "customer.merged": "Merged into another customer",
    "customer.invited_people": "Invited people",
    "customer.brought_somebody": "Somebody they brought came",
    "customer.merge_undone": "A merge was undone: the other customer is one of their own again",
    "customer.released": "The merge into another customer was undone",
    "customer.note_added": "Note added",
    "customer.note_changed": "Note changed",
    "customer.ticket_opened": "Ticket opened",
    "customer.preferences_changed": "Preferences changed",
    "ticket.opened": "Ticket opened",
    "ticket.answered": "Answered",
    "ticket.changed": "Changed",
    "interaction.recorded": "Written down",
    "request.filed": "A request was filed",
    "request.approved": "A request was approved",
    "request.rejected": "A request was rejected",
    "request.failed": "Approving a request broke a rule; it waits on",
    "transaction.claimed": "A transaction became regular, as claimed",
    "request_batch.confirmed": "Many requests were decided at once",
    "points.award": "Points awarded",
    "points.mature": "Points became spendable",
    "points.redeem": "Points redeemed",
    "points.return": "Points taken back",
    "points.expire": "Points expired",
    "points.adjust": "Points adjusted",
    "points.transfer_out": "Points transferred away",
    "points.transfer_in": "Points received",
    "points.promotional": "Promotional points given",
    "points.goodwill": "Goodwill points given",
    "points.bonus": "Bonus points given",
    "points.opening": "Opening balance set",
    "card.labelled": "Label of a card changed",
    "card_series.cards_ordered": "Numbers ordered",
    "card_series.numbers_downloaded": "Numbers downloaded",
}
DOORS: Mapping[str, str] = {
    Event.Door.API: "API",
    Event.Door.CONSOLE: "dashboard",
    Event.Door.IMPORT: "import",
    Event.Door.WORKER: "background work",
    Event.Door.COMMAND: "command line",
}
LONGEST = 200
EMPTY = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as people read it."""

    id: int
    what: str
    who: str
    where: str
    happened_at: datetime
    request_id: str
    differences: list[Difference]


def happenings(events: Iterable[Event]) -> list[Happening]:
    """Put events into words; their actors must have been loaded with them.

    Source accounts are called by their names, which are remembered for a while.
    """
    return [
        Happening(
            id=event.pk,
            what=sentence_of(event.kind),
            who=str(event.actor) if event.actor else "The system",
            where=DOORS[event.door],
            happened_at=event.happened_at,
            request_id=event.request_id,
            differences=differences(event.before, event.after, org_id=event.org_id),
        )
        for event in events
    ]


def sentence_of(kind: str) -> str:
    """``source_account.changed`` is "Source account changed"."""
    return SENTENCES.get(kind) or kind.replace(".", " ").replace("_", " ").capitalize()


def differences(before: Any, after: Any, *, org_id: int | None = None) -> list[Difference]:
    """What changed, name by name; what is equal on both sides is left out."""
    old, new = before or {}, after or {}
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [Difference("value", in_words(before), in_words(after))]
    names = [*old, *(name for name in new if name not in old)]
    found: list[Difference] = []
    for name in names:
        was: Any = old.get(name)
        now: Any = new.get(name)
        if _are_pairs(was, now):
            for one, other in zip(was, now, strict=True):
                found += _difference_of_pair(one, other)
        elif name == "profiles" and all(isinstance(one, dict) for one in (was or {}, now or {})):
            found += _differences_of_profiles(was or {}, now or {}, org_id)
        elif name not in old or name not in new or was != now:
            found.append(Difference(name.replace("_", " "), in_words(was), in_words(now)))
    return found


def _differences_of_profiles(
    was: dict[str, Any], now: dict[str, Any], org_id: int | None
) -> list[Difference]:
    """What changed in each profile, which is called by its source account."""
    return [
        Difference(f"{_account_name(account, org_id)}: {line.name}", line.before, line.after)
        for account in dict.fromkeys([*was, *now])
        for line in differences(was.get(account), now.get(account))
        if (line.before, line.after) != (EMPTY, EMPTY)
    ]


def _account_name(account: str, org_id: int | None) -> str:
    known = get_source_accounts(org_id=org_id).by_id(int(account)) if org_id else None
    return f"{known.source} {known.account_id}".strip() if known else f"source account {account}"


def in_words(value: Any) -> str:
    """A stored value in one line."""
    text = _written(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _are_pairs(was: Any, now: Any) -> bool:
    """Lines that stand one for one before and after, such as consent."""
    return (
        isinstance(was, list)
        and isinstance(now, list)
        and len(was) == len(now)
        and all(isinstance(line, dict) for line in [*was, *now])
    )


def _difference_of_pair(was: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    """What changed in a line, which is called by the words in it that did not."""
    called = " ".join(v for k, v in now.items() if isinstance(v, str) and was.get(k) == v)
    return [
        Difference(
            f"{called} {name.replace('_', ' ')}".strip(), in_words(was.get(name)), in_words(v)
        )
        for name, v in now.items()
        if was.get(name) != v
    ]


def _written(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        told = {name: one for name, one in value.items() if one not in (None, "", [], {})}
        return ", ".join(f"{name.replace('_', ' ')}: {_written(one)}" for name, one in told.items())
    if isinstance(value, list):
        return ", ".join(
            " ".join(map(_written, v)) if isinstance(v, list) else _written(v) for v in value
        )
    return str(value)
