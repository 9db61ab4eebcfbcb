"""The task of background runs: one turn of a few seconds, then other tasks have theirs."""

from collections.abc import Callable

from django_tasks import task

# Called with the keyword arguments ``run_id`` and ``ticket``.
TurnRunner = Callable[..., None]

_runners: list[TurnRunner] = []


def register_turn_runner(run_turn: TurnRunner) -> None:
    """Register what runs a turn; called from ``AppConfig.ready``.

    A turn queues the next one by this module's task, so the task does not import it.
    """
    _runners[:] = [run_turn]


@task()
def take_turn(run_id: int, ticket: str) -> None:
    """Run one turn, unless the ticket was used or replaced."""
    [run_turn] = _runners
    run_turn(run_id=run_id, ticket=ticket)
