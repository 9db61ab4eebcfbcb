"""The task of background runs: one turn of a few seconds, then other tasks have theirs."""

from django_tasks import task


@task()
def take_turn(run_id: int, ticket: str) -> None:
    """Run one turn, unless the ticket was used or replaced."""
    # Imported here because a turn queues the next one, so the two modules need each other.
    from crm.runs.worker_turn import run_turn

    run_turn(run_id=run_id, ticket=ticket)
