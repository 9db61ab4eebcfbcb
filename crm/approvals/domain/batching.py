"""Deciding many requests with one word: piece by piece, with an outcome for each."""

from collections.abc import Generator, Sequence
from typing import Any
from uuid import UUID

from crm.approvals import errors
from crm.approvals.domain.deciding import Decided, Verdict, decide_requests
from crm.approvals.models import Batch, BatchItem, Request
from crm.approvals.rules.words import LONGEST_REASON, clean_text
from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.starting import start_run
from crm.runs.work import Chunk, Progress
from crm.tenancy.origin import Origin
from customers.errors import ReasonMissing

WORK = "approvals.decide_batch"
# Of one confirmation, of one unit of work, and how many are done while somebody waits.
MOST_AT_ONCE, PIECE, MOST_WHILE_WAITING = 10_000, 250, 1_000


@within_unit_of_work
def begin_batch(
    *, origin: Origin, once: UUID, request_ids: Sequence[int], approve: bool, reason: str
) -> Batch:
    """Note what was confirmed; nothing is decided yet. The same ``once`` gives the same batch.

    Those of another organization are left out. A large one is handed to a worker; the pieces of
    a small one are for the caller to do (``decide_next``).

    Raises:
        ReasonMissing: a rejection says why.
        ValueTooLong: the reason cannot be kept whole.
        RequestUnknown: none of the requests is the organization's.
    """
    reason = clean_text(reason, "reason", LONGEST_REASON)
    if not approve and not reason:
        raise ReasonMissing()
    known = set(
        Request.objects.filter(org_id=origin.org.pk, pk__in=request_ids).values_list(
            "pk", flat=True
        )
    )
    wanted = [pk for pk in dict.fromkeys(request_ids) if pk in known][:MOST_AT_ONCE]
    if not wanted:
        raise errors.RequestUnknown()
    [pk] = take_ids(Batch, 1)
    columns = (
        "id", "org_id", "once", "approve", "reason", "decided_by_id", "begun_at", "total",
    )  # fmt: skip
    row = [
        pk, origin.org.pk, str(once), approve, reason, origin.actor_id, origin.at, len(wanted),
    ]  # fmt: skip
    if not insert_unless_taken(Batch, columns, [row]):
        return Batch.objects.get(org_id=origin.org.pk, once=str(once))
    bulk_insert(
        BatchItem,
        ("id", "batch_id", "request_id", "outcome", "refusal", "facts"),
        [
            (item, pk, wish, "", "", {})
            for item, wish in zip(take_ids(BatchItem, len(wanted)), wanted, strict=True)
        ],
    )
    word = "approve" if approve else "reject"
    told = {"requests": len(wanted), "verdict": word, "reason": reason}
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "request_batch.confirmed", "request_batch", pk, after=told | {"reason": reason}
            )
        ],
    )
    batch = Batch.objects.get(pk=pk)
    if len(wanted) > MOST_WHILE_WAITING:
        batch.run = start_run(
            origin=origin, kind=WORK, total=len(wanted), resume_point={"batch": pk}
        )
        batch.save(update_fields=["run"])
    return batch


@within_unit_of_work
def decide_next(*, origin: Origin, batch_id: int) -> int:
    """Decide the next piece of what its checker confirmed; say how many, 0 when all is done.

    ``origin`` is the checker's: whoever else tries decides nothing.
    """
    batch = Batch.objects.get(pk=batch_id, org_id=origin.org.pk, decided_by_id=origin.actor_id)
    waiting = BatchItem.objects.filter(batch=batch, outcome="").order_by("pk")
    items = list(waiting.select_for_update()[:PIECE])
    outcomes = decide_requests(
        origin=origin,
        request_ids=[item.request_id for item in items],
        verdict=Verdict(approve=batch.approve, reason=batch.reason),
    )
    bulk_update(
        BatchItem,
        ("outcome", "refusal", "facts"),
        [(item.pk, *_written(outcome)) for item, outcome in zip(items, outcomes, strict=True)],
    )
    return len(items)


def work_on_batch(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """The pieces of a large batch, one after another, for a worker."""
    batch_id = run.resume_point["batch"]

    def piece() -> Progress:
        done = decide_next(origin=origin, batch_id=batch_id)
        return Progress(done=done, resume_point={"batch": batch_id}, step="Deciding")

    while BatchItem.objects.filter(batch_id=batch_id, outcome="").exists():
        yield piece


def _written(outcome: Decided) -> tuple[str, str, dict[str, Any]]:
    refusal = outcome.refusal
    if refusal is None:
        return BatchItem.Outcome.DONE, "", {}
    tried = outcome.request is not None and outcome.request.failure == refusal.code
    facts = {name: str(fact) for name, fact in refusal.facts.items()}
    return (
        BatchItem.Outcome.FAILED if tried else BatchItem.Outcome.REFUSED,
        refusal.code,
        facts,
    )
