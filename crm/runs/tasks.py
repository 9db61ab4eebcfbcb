"""The one task of long work: a turn of a few seconds, after which other tasks have theirs."""

from django_tasks import task


@task()
def take_turn(run_id: int, ticket: str) -> None:
    """Do a slice of the run, unless the ticket was used or replaced."""
    # Imported late: a slice queues the next turn, so each of the two modules needs the other.
    from crm.runs.slicing import do_slice

    do_slice(run_id=run_id, ticket=ticket)
