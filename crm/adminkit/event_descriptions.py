"""Describe audit events: the action, the actor, the door and the changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.audit.models import Event
from customers.queries.source_accounts import get_source_accounts

# Other kinds are shown as they are written.
SENTENCES: Mapping[str, str] = {
    "customer.registered": "Registered",
    "customer.profile_added": "Registered in one more source account",
    "customer.updated": "Details updated",
    "customer.identifiers_changed": "Identifiers changed",
    "customer.identifier_given_up": "Identifier moved to another customer by request",
    "customer.identifier_replaced": "Identifier replaced by request",
    "customer.labelled": "Status label changed",
    "customer.picture_set": "Picture set",
    "customer.subscribed": "Consent changed",
    "customer.associated": "Role, parent or company changed",
    "customer.absorbed": "Another customer was merged into this one",
    "customer.merged": "Merged into another customer",
    "customer.invited_people": "Customers invited",
    "customer.brought_somebody": "Invited customer registered",
    "customer.merge_undone": "A merge was undone: the other customer was restored",
    "customer.released": "The merge into another customer was undone",
    "customer.note_added": "Note added",
    "customer.note_changed": "Note changed",
    "customer.ticket_opened": "Ticket opened",
    "customer.preferences_changed": "Preferences changed",
    "ticket.opened": "Ticket opened",
    "ticket.answered": "Answered",
    "ticket.changed": "Changed",
    "interaction.recorded": "Interaction recorded",
    "request.filed": "Request filed",
    "request.approved": "Request approved",
    "request.rejected": "Request rejected",
    "request.failed": "Request approval failed",
    "transaction.claimed": "Transaction claimed",
    "request_batch.confirmed": "Bulk decision confirmed",
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
    "card.labelled": "Card label changed",
    "card_series.cards_ordered": "Card numbers ordered",
    "card_series.numbers_downloaded": "Card numbers downloaded",
}
DOOR_LABELS: Mapping[str, str] = {
    Event.Door.API: "API",
    Event.Door.CONSOLE: "dashboard",
    Event.Door.IMPORT: "import",
    Event.Door.WORKER: "background job",
    Event.Door.COMMAND: "command line",
}
LONGEST = 200
EMPTY = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """A changed value: its name, and the text before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EventDescription:
    """An audit event as staff read it."""

    id: int
    what: str
    who: str
    where: str
    happened_at: datetime
    request_id: str
    differences: list[Difference]


def describe_events(events: Iterable[Event]) -> list[EventDescription]:
    """Describe events. Their actors must be loaded with ``select_related``.

    Source accounts are shown by name; the names are cached.
    """
    return [
        EventDescription(
            id=event.pk,
            what=describe_event_kind(event.kind),
            who=str(event.actor) if event.actor else "The system",
            where=DOOR_LABELS[event.door],
            happened_at=event.happened_at,
            request_id=event.request_id,
            differences=list_differences(event.before, event.after, org_id=event.org_id),
        )
        for event in events
    ]


def describe_event_kind(kind: str) -> str:
    """Describe an event kind: ``source_account.changed`` is "Source account changed"."""
    return SENTENCES.get(kind) or kind.replace(".", " ").replace("_", " ").capitalize()


def list_differences(before: Any, after: Any, *, org_id: int | None = None) -> list[Difference]:
    """Return the changed values by name. Equal values are left out."""
    old, new = before or {}, after or {}
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [Difference("value", format_value(before), format_value(after))]
    names = [*old, *(name for name in new if name not in old)]
    result: list[Difference] = []
    for name in names:
        old_value: Any = old.get(name)
        new_value: Any = new.get(name)
        if _are_pairs(old_value, new_value):
            for old_line, new_line in zip(old_value, new_value, strict=True):
                result += _list_pair_differences(old_line, new_line)
        elif name == "profiles" and all(
            isinstance(side, dict) for side in (old_value or {}, new_value or {})
        ):
            result += _list_profile_differences(old_value or {}, new_value or {}, org_id)
        elif name not in old or name not in new or old_value != new_value:
            result.append(
                Difference(name.replace("_", " "), format_value(old_value), format_value(new_value))
            )
    return result


def _list_profile_differences(
    before: dict[str, Any], after: dict[str, Any], org_id: int | None
) -> list[Difference]:
    """Return the changes of each profile, labelled by its source account."""
    return [
        Difference(f"{_account_name(account, org_id)}: {line.name}", line.before, line.after)
        for account in dict.fromkeys([*before, *after])
        for line in list_differences(before.get(account), after.get(account))
        if (line.before, line.after) != (EMPTY, EMPTY)
    ]


def _account_name(account: str, org_id: int | None) -> str:
    known = get_source_accounts(org_id=org_id).by_id(int(account)) if org_id else None
    return f"{known.source} {known.account_id}".strip() if known else f"source account {account}"


def format_value(value: Any) -> str:
    """Format a stored value in one line."""
    text = _format_nested(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _are_pairs(was: Any, now: Any) -> bool:
    """Whether both are lists of matching lines, such as consent."""
    return (
        isinstance(was, list)
        and isinstance(now, list)
        and len(was) == len(now)
        and all(isinstance(line, dict) for line in [*was, *now])
    )


def _list_pair_differences(was: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    """Return the changes of a line, labelled by its unchanged texts."""
    label = " ".join(v for k, v in now.items() if isinstance(v, str) and was.get(k) == v)
    return [
        Difference(
            f"{label} {name.replace('_', ' ')}".strip(),
            format_value(was.get(name)),
            format_value(v),
        )
        for name, v in now.items()
        if was.get(name) != v
    ]


def _format_nested(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        filled = {name: item for name, item in value.items() if item not in (None, "", [], {})}
        return ", ".join(
            f"{name.replace('_', ' ')}: {_format_nested(item)}" for name, item in filled.items()
        )
    if isinstance(value, list):
        return ", ".join(
            " ".join(map(_format_nested, v)) if isinstance(v, list) else _format_nested(v)
            for v in value
        )
    return str(value)
