"""Describe audit events: the action, the actor, the door and the changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_noop

from crm.audit.models import Event
from customers.queries.source_accounts import get_source_accounts

# Other kinds are shown as they are written.
SENTENCES: Mapping[str, str] = {
    "customer.registered": gettext_noop("Registered"),
    "customer.profile_added": gettext_noop("Registered in one more source account"),
    "customer.updated": gettext_noop("Details updated"),
    "customer.identifiers_changed": gettext_noop("Identifiers changed"),
    "customer.identifier_given_up": gettext_noop("Identifier moved to another customer by request"),
    "customer.identifier_replaced": gettext_noop("Identifier replaced by request"),
    "customer.labelled": gettext_noop("Status label changed"),
    "customer.fraud_marked": gettext_noop("Fraud status changed"),
    "customer.partner_linked": gettext_noop("Linked to a partner's program"),
    "customer.partner_tier_changed": gettext_noop("Tier in a partner's program changed"),
    "customer.partner_unlinked": gettext_noop("Unlinked from a partner's program"),
    "customer.picture_set": gettext_noop("Picture set"),
    "customer.subscribed": gettext_noop("Consent changed"),
    "customer.associated": gettext_noop("Role, parent or company changed"),
    "customer.absorbed": gettext_noop("Another customer was merged into this one"),
    "customer.merged": gettext_noop("Merged into another customer"),
    "customer.invited_people": gettext_noop("Customers invited"),
    "customer.brought_somebody": gettext_noop("Invited customer registered"),
    "customer.merge_undone": gettext_noop("A merge was undone: the other customer was restored"),
    "customer.released": gettext_noop("The merge into another customer was undone"),
    "customer.note_added": gettext_noop("Note added"),
    "customer.note_changed": gettext_noop("Note changed"),
    "customer.ticket_opened": gettext_noop("Ticket opened"),
    "customer.preferences_changed": gettext_noop("Preferences changed"),
    "ticket.opened": gettext_noop("Ticket opened"),
    "ticket.answered": gettext_noop("Answered"),
    "ticket.changed": gettext_noop("Changed"),
    "interaction.recorded": gettext_noop("Interaction recorded"),
    "request.filed": gettext_noop("Request filed"),
    "request.approved": gettext_noop("Request approved"),
    "request.rejected": gettext_noop("Request rejected"),
    "request.failed": gettext_noop("Request approval failed"),
    "transaction.claimed": gettext_noop("Transaction claimed"),
    "request_batch.confirmed": gettext_noop("Bulk decision confirmed"),
    "points.award": gettext_noop("Points awarded"),
    "points.mature": gettext_noop("Points became spendable"),
    "points.redeem": gettext_noop("Points redeemed"),
    "points.reverse": gettext_noop("Redemption reversed"),
    "points.return": gettext_noop("Points taken back"),
    "points.expire": gettext_noop("Points expired"),
    "points.adjust": gettext_noop("Points adjusted"),
    "points.transfer_out": gettext_noop("Points transferred away"),
    "points.transfer_in": gettext_noop("Points received"),
    "points.promotional": gettext_noop("Promotional points given"),
    "points.goodwill": gettext_noop("Goodwill points given"),
    "points.bonus": gettext_noop("Bonus points given"),
    "points.opening": gettext_noop("Opening balance set"),
    "code.sent": gettext_noop("One-time code sent"),
    "coupon.text_sent": gettext_noop("Text about a coupon sent"),
    "coupon.reactivated": gettext_noop("Redemption of a coupon taken back"),
    "card.external_id_changed": gettext_noop("Card external id changed"),
    "import.cancelled": gettext_noop("Import cancelled"),
    "import.continued": gettext_noop("Import continued"),
    "import.undo_asked": gettext_noop("Undo of an import asked for"),
    "import.undo_approved": gettext_noop("Undo of an import approved"),
    "import.undo_refused": gettext_noop("Undo of an import refused"),
    "import.undo_started": gettext_noop("Undo of an import started"),
    "customer.withdrawn": gettext_noop("Customer withdrawn with an import"),
    "customer.restored": gettext_noop("Customer put back as before an import"),
    "customer.profile_removed": gettext_noop("Profile withdrawn with an import"),
    "loyalty.withdrawn": gettext_noop("Membership withdrawn with an import"),
    "transaction.undone": gettext_noop("Transaction undone with an import"),
    "card.undone": gettext_noop("Card put back as before an import"),
    "interaction.removed": gettext_noop("Interaction withdrawn with an import"),
    "card.labelled": gettext_noop("Card label changed"),
    "card_series.cards_ordered": gettext_noop("Card numbers ordered"),
    "card_series.numbers_downloaded": gettext_noop("Card numbers downloaded"),
}
# Of rows without a sentence of their own.
VERBS: Mapping[str, str] = {
    "added": gettext_noop("{subject} added"),
    "changed": gettext_noop("{subject} changed"),
    "deleted": gettext_noop("{subject} deleted"),
    "exported": gettext_noop("{subject} exported"),
    "secret_changed": gettext_noop("{subject} secret changed"),
    "switched_off": gettext_noop("{subject} switched off"),
    "switched_on": gettext_noop("{subject} switched on"),
}
DOOR_LABELS: Mapping[str, str] = {
    Event.Door.API: "API",
    Event.Door.CONSOLE: gettext_noop("dashboard"),
    Event.Door.IMPORT: gettext_noop("import"),
    Event.Door.WORKER: gettext_noop("background job"),
    Event.Door.COMMAND: gettext_noop("command line"),
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
            who=str(event.actor) if event.actor else gettext("The system"),
            where=gettext(DOOR_LABELS[event.door]),
            happened_at=event.happened_at,
            request_id=event.request_id,
            differences=list_differences(event.before, event.after, org_id=event.org_id),
        )
        for event in events
    ]


def describe_event_kind(kind: str) -> str:
    """Describe an event kind: ``source_account.changed`` is "Source account changed"."""
    if sentence := SENTENCES.get(kind):
        return gettext(sentence)
    subject, _, verb = kind.partition(".")
    if verb not in VERBS:
        return f"{describe_name(subject)} {describe_name(verb)}".strip().capitalize()
    return gettext(VERBS[verb]).format(subject=upper_first(describe_name(subject)))


def describe_name(name: str) -> str:
    """Return the name of a field or a kind of row in words: ``first_name`` is "first name"."""
    return gettext(name.replace("_", " "))


def upper_first(text: str) -> str:
    """Return the text with an upper-case first letter; the other letters stay."""
    return text[:1].upper() + text[1:]


def list_differences(before: Any, after: Any, *, org_id: int | None = None) -> list[Difference]:
    """Return the changed values by name. Equal values are left out."""
    old, new = before or {}, after or {}
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [Difference(gettext("value"), format_value(before), format_value(after))]
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
                Difference(describe_name(name), format_value(old_value), format_value(new_value))
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
    return (
        f"{known.source} {known.account_id}".strip()
        if known
        else gettext("source account {account}").format(account=account)
    )


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
            f"{label} {describe_name(name)}".strip(),
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
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        filled = {name: item for name, item in value.items() if item not in (None, "", [], {})}
        return ", ".join(
            f"{describe_name(name)}: {_format_nested(item)}" for name, item in filled.items()
        )
    if isinstance(value, list):
        return ", ".join(
            " ".join(map(_format_nested, v)) if isinstance(v, list) else _format_nested(v)
            for v in value
        )
    return str(value)
