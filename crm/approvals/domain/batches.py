"""Deciding many requests at once, in chunks, with an outcome for each."""

from collections.abc import Generator, Sequence
from typing import Any
from uuid import UUID

from crm.approvals import errors
from crm.approvals.domain.decisions import DecisionResult, Verdict, decide_requests
from crm.approvals.models import Batch, BatchItem, Request
from crm.approvals.rules.texts import LONGEST_REASON, clean_text
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.run_start import start_run
from crm.runs.work_kinds import Chunk, Progress
from crm.tenancy.origin import Origin
from customers.errors import ReasonMissing

BATCH_WORK = "approvals.decide_batch"
# Requests of one batch, of one unit of work, and of a batch that needs no background run.
MAX_BATCH_SIZE, CHUNK_SIZE, MAX_INLINE_SIZE = 10_000, 250, 1_000


@within_unit_of_work
def create_batch(
    *, origin: Origin, once: UUID, request_ids: Sequence[int], approve: bool, reason: str
) -> Batch:
    """Store a confirmed batch; decide nothing yet. The same ``once`` returns the same batch.

    Requests of another organization are left out. A run processes a large batch; the caller
    processes a small one with ``decide_next_chunk``.

    Raises:
        ReasonMissing: a rejection has no reason.
        ValueTooLong: the reason is too long.
        RequestUnknown: none of the requests belongs to the organization.
    """
    reason = clean_text(reason, "reason", LONGEST_REASON)
    if not approve and not reason:
        raise ReasonMissing()
    known_ids = set(
        Request.objects.filter(org_id=origin.org.pk, pk__in=request_ids).values_list(
            "pk", flat=True
        )
    )
    batch_ids = [pk for pk in dict.fromkeys(request_ids) if pk in known_ids][:MAX_BATCH_SIZE]
    if not batch_ids:
        raise errors.RequestUnknown()
    [pk] = take_ids(Batch, 1)
    columns = (
        "id", "org_id", "once", "approve", "reason", "decided_by_id", "begun_at", "total",
    )  # fmt: skip
    row = [
        pk, origin.org.pk, str(once), approve, reason, origin.actor_id, origin.at, len(batch_ids),
    ]  # fmt: skip
    if not insert_unless_taken(Batch, columns, [row]):
        return Batch.objects.get(org_id=origin.org.pk, once=str(once))
    bulk_insert(
        BatchItem,
        ("id", "batch_id", "request_id", "outcome", "refusal", "facts"),
        [
            (item_id, pk, request_id, "", "", {})
            for item_id, request_id in zip(
                take_ids(BatchItem, len(batch_ids)), batch_ids, strict=True
            )
        ],
    )
    verdict = "approve" if approve else "reject"
    event_data = {"requests": len(batch_ids), "verdict": verdict, "reason": reason}
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "request_batch.confirmed",
                "request_batch",
                pk,
                after=event_data | {"reason": reason},
            )
        ],
    )
    batch = Batch.objects.get(pk=pk)
    if len(batch_ids) > MAX_INLINE_SIZE:
        batch.run = start_run(
            origin=origin, kind=BATCH_WORK, total=len(batch_ids), resume_point={"batch": pk}
        )
        batch.save(update_fields=["run"])
    return batch


@within_unit_of_work
def decide_next_chunk(*, origin: Origin, batch_id: int) -> int:
    """Decide the next chunk of the batch and return how many; 0 when the batch is finished.

    Only the checker who confirmed the batch may do this.

    Raises:
        Batch.DoesNotExist: ``origin`` is not that checker's.
    """
    batch = Batch.objects.get(pk=batch_id, org_id=origin.org.pk, decided_by_id=origin.actor_id)
    open_items = BatchItem.objects.filter(batch=batch, outcome="").order_by("pk")
    items = list(open_items.select_for_update()[:CHUNK_SIZE])
    outcomes = decide_requests(
        origin=origin,
        request_ids=[item.request_id for item in items],
        verdict=Verdict(approve=batch.approve, reason=batch.reason),
    )
    bulk_update(
        BatchItem,
        ("outcome", "refusal", "facts"),
        [
            (item.pk, *_describe_outcome(outcome))
            for item, outcome in zip(items, outcomes, strict=True)
        ],
    )
    return len(items)


def process_batch(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Yield the chunks of a large batch, for a worker."""
    batch_id = run.resume_point["batch"]

    def decide_chunk() -> Progress:
        decided_count = decide_next_chunk(origin=origin, batch_id=batch_id)
        return Progress(done=decided_count, resume_point={"batch": batch_id}, step="Deciding")

    while BatchItem.objects.filter(batch_id=batch_id, outcome="").exists():
        yield decide_chunk


def _describe_outcome(outcome: DecisionResult) -> tuple[str, str, dict[str, Any]]:
    refusal = outcome.refusal
    if refusal is None:
        return BatchItem.Outcome.DONE, "", {}
    is_failed = outcome.request is not None and outcome.request.failure == refusal.code
    facts = {name: str(fact) for name, fact in refusal.facts.items()}
    return (
        BatchItem.Outcome.FAILED if is_failed else BatchItem.Outcome.REFUSED,
        refusal.code,
        facts,
    )
