"""Work for the tests of runs: counts to the run's total, one organization row a number.

Each number is a row with a unique code, so doing one twice breaks a constraint, and doing none
leaves a hole. ``settings_with_counting`` makes it known to a worker in a process of its own.
"""

from collections.abc import Callable, Generator

from crm.runs.models import Run
from crm.runs.work_kinds import Chunk, Progress
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin

KIND = "tests.count"

# What a test wants to happen before, within or after the chunk of a number.
before: dict[int, Callable[[], object]] = {}
within: dict[int, Callable[[], object]] = {}


def count(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    for number in range(run.resume_point.get("next", 1), run.total + 1):
        before.get(number, lambda: None)()

        def chunk(number: int = number) -> Progress:
            Organization.objects.create(code=f"run-{run.pk}-{number:06}", name=str(number))
            within.get(number, lambda: None)()
            return Progress(
                done=1,
                resume_point={"next": number + 1},
                step="Counting",
                result={"counted": number},
            )

        yield chunk


def list_counted_numbers(run: Run) -> list[int]:
    """The numbers that were done, in order."""
    rows = Organization.objects.filter(code__startswith=f"run-{run.pk}-").order_by("code")
    return [int(row.name) for row in rows]
