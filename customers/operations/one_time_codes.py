"""Send one-time codes to customers, check them, and use them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.messaging.delivery import send_after_commit
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import OneTimeCode
from customers.rules.one_time_codes import (
    LIFETIME,
    MAX_ATTEMPTS,
    PAUSE,
    CodeTarget,
    draw_code,
    fill_template,
    hash_code,
    is_code,
    is_open,
)

SUBJECT = "Your code"


@within_unit_of_work
def send_one_time_code(
    *, origin: Origin, target: CodeTarget, channels: Sequence[tuple[str, str]], template: str = ""
) -> int:
    """Send a new code by these channels (``mobile`` or ``email``, and the address); return its id.

    An earlier code for the same purpose is no longer good.

    Raises:
        CodeChannelMissing: there is nowhere to send it.
        CodeSentRecently: the last one was sent less than a minute ago.
    """
    if not channels:
        raise errors.CodeChannelMissing()
    code = draw_code()
    values = {
        "code_hash": _hash(origin, target, code),
        "sent_at": origin.at,
        "expires_at": origin.at + LIFETIME,
        "failed_attempts": 0,
        "used_at": None,
        "sent_by_id": origin.actor_id,
    }
    row, is_new = OneTimeCode.objects.get_or_create(
        org_id=origin.org.pk,
        entity_type=target.type,
        entity_value=target.value,
        action=target.action,
        defaults=values,
    )
    # Two at once: one of them finds that the other has just sent a code.
    if not is_new and not OneTimeCode.objects.filter(
        pk=row.pk, sent_at__lte=origin.at - PAUSE
    ).update(**values):
        raise errors.CodeSentRecently(seconds=int(PAUSE.total_seconds()))
    text = fill_template(template, code)
    for channel, address in channels:
        send_after_commit(channel=channel, to=address, subject=SUBJECT, text=text)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "code.sent",
                "one_time_code",
                row.pk,
                after={"action": target.action, "channels": sorted({c for c, _ in channels})},
            )
        ],
    )
    return row.pk


@within_unit_of_work
def try_one_time_code(
    *, origin: Origin, targets: Collection[CodeTarget], code: str
) -> DomainError | None:
    """Return why the code is not good for any of the targets, or None; count a wrong one.

    The refusal is returned, not raised, so that the count is kept: call it in a unit of work of
    its own, before the one that uses the code. Refusals: CodeInvalid, CodeExpired.
    """
    rows = _find_rows(origin, targets)
    open_rows = [row for row in rows if _is_open(row, origin.at)]
    if is_code(code) and _find_match(origin, open_rows, code) is not None:
        return None
    OneTimeCode.objects.filter(pk__in=[row.pk for row in open_rows]).update(
        failed_attempts=F("failed_attempts") + 1
    )
    return _build_refusal(rows, open_rows)


@within_unit_of_work
def use_one_time_code(*, origin: Origin, targets: Collection[CodeTarget], code: str) -> None:
    """Use up the code that was sent to one of the targets.

    Raises:
        CodeInvalid: no code was sent, or this is another one, or it was used before.
        CodeExpired: it was sent more than ten minutes ago, or was tried too often.
    """
    rows = _find_rows(origin, targets)
    open_rows = [row for row in rows if _is_open(row, origin.at)]
    match = _find_match(origin, open_rows, code) if is_code(code) else None
    if match is None:
        raise _build_refusal(rows, open_rows)
    # Two at once: the statement lets one of them use it.
    if not OneTimeCode.objects.filter(
        pk=match.pk, used_at__isnull=True, failed_attempts__lt=MAX_ATTEMPTS
    ).update(used_at=origin.at):
        raise errors.CodeInvalid()


@within_unit_of_work
def delete_expired_codes(*, now: datetime) -> int:
    """Delete up to a thousand codes that cannot be used any more; return how many."""
    old = OneTimeCode.objects.filter(expires_at__lt=now - LIFETIME).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:1_000])
    return OneTimeCode.objects.filter(pk__in=ids).delete()[0]


def _find_rows(origin: Origin, targets: Collection[CodeTarget]) -> list[OneTimeCode]:
    condition = Q(pk__in=[])
    for target in targets:
        condition |= Q(entity_type=target.type, entity_value=target.value, action=target.action)
    return list(OneTimeCode.objects.filter(condition, org_id=origin.org.pk).order_by("pk"))


def _build_refusal(rows: Sequence[OneTimeCode], open_rows: Sequence[OneTimeCode]) -> DomainError:
    is_over = not open_rows and any(row.used_at is None for row in rows)
    return errors.CodeExpired() if is_over else errors.CodeInvalid()


def _find_match(origin: Origin, rows: Sequence[OneTimeCode], code: str) -> OneTimeCode | None:
    for row in rows:
        target = CodeTarget(row.entity_type, row.entity_value, row.action)
        if row.code_hash == _hash(origin, target, code):
            return row
    return None


def _is_open(row: OneTimeCode, now: datetime) -> bool:
    return is_open(
        used_at=row.used_at,
        expires_at=row.expires_at,
        failed_attempts=row.failed_attempts,
        now=now,
    )


def _hash(origin: Origin, target: CodeTarget, code: str) -> str:
    return hash_code(code, target, org_id=origin.org.pk, secret=settings.SECRET_KEY)
