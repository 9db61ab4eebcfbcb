"""Generate card numbers: a few in the request, or many by a worker."""

from collections.abc import Generator

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.run_start import start_run
from crm.runs.work_kinds import Chunk, Progress, UnrecoverableError
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import Card, CardGeneration, CardLabel, CardSeries
from loyalty.operations.cards.labels import ensure_card_labels
from loyalty.operations.cards.write import LabelChange, log_label_changes
from loyalty.rules.card_numbers import NumberPattern, check_pattern, check_space, draw_numbers
from loyalty.rules.cards import NOT_ISSUED

KIND = "loyalty.generate_cards"
# The most that one request generates; more needs a run of the worker.
MAX_PER_REQUEST = 5_000
MAX_PER_RUN = 1_000_000
CHUNK_SIZE = 2_000
# At most one in ten numbers is taken, so more rounds than this mean that something is wrong.
MAX_ROUNDS = 20


@within_unit_of_work
def generate_cards(
    *, origin: Origin, series_id: int, count: int, label: str | None = None, description: str = ""
) -> list[str]:
    """Create cards with new numbers, not issued, and return the numbers in ascending order.

    Raises:
        CardSeriesUnknown, CardSeriesInactive, CardGenerationDisabled: the series cannot do it.
        CardCountInvalid: the count is zero or above the limit (fact: ``most``).
        CardSpaceTooSmall: the numbers would be easy to guess (fact: ``left``).
        CardLabelUnknown, CardTransitionRefused: the label does not stand for NOT_ISSUED.
    """
    card_label = _check_generation(origin, series_id, count, MAX_PER_REQUEST, label)
    generation = _create_generation(origin, series_id, count, description)
    CardGeneration.objects.filter(pk=generation.pk).update(made=count)
    cards = make_cards(
        origin=origin,
        series=generation.series,
        count=count,
        label=card_label,
        generation=generation.pk,
    )
    return [number for _, number in cards]


@within_unit_of_work
def start_generation(
    *, origin: Origin, series_id: int, count: int, label: str | None = None, description: str = ""
) -> CardGeneration:
    """Let a worker generate the numbers; return the generation, whose ``run`` has the progress.

    Raises the same errors as ``generate_cards``.
    """
    card_label = _check_generation(origin, series_id, count, MAX_PER_RUN, label)
    generation = _create_generation(origin, series_id, count, description)
    generation.run = start_run(
        origin=origin,
        kind=KIND,
        total=count,
        resume_point={"generation": generation.pk, "label": card_label.pk},
    )
    generation.save(update_fields=["run"])
    return generation


def generate_in_run(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """Yield the chunks of a run until the generation is complete.

    Each chunk updates the generation's ``made`` in the unit of work that creates the cards.
    """
    generation_id = run.resume_point["generation"]
    generation = CardGeneration.objects.select_related("series").get(pk=generation_id)
    label = CardLabel.objects.get(pk=run.resume_point["label"])

    def chunk() -> Progress:
        locked = CardGeneration.objects.select_for_update().get(pk=generation_id)
        count = min(CHUNK_SIZE, locked.count - locked.made)
        try:
            make_cards(
                origin=origin,
                series=generation.series,
                count=count,
                label=label,
                generation=locked.pk,
            )
        except errors.CardSpaceTooSmall:
            raise UnrecoverableError("The series has too few numbers left.") from None
        CardGeneration.objects.filter(pk=locked.pk).update(made=locked.made + count)
        return Progress(
            done=count,
            resume_point=run.resume_point,
            step="Making numbers",
            result={"generation": locked.pk},
        )

    while CardGeneration.objects.filter(pk=generation_id, made__lt=generation.count).exists():
        yield chunk


@within_unit_of_work
def make_cards(
    *,
    origin: Origin,
    series: CardSeries,
    count: int,
    label: CardLabel,
    generation: int | None = None,
) -> list[tuple[int, str]]:
    """Write ``count`` new cards; return their ids and numbers, ordered by number.

    Raises:
        CardSpaceTooSmall: the numbers drawn were taken again and again.
    """
    pattern = get_number_pattern(series)
    new_cards: list[tuple[int, str]] = []
    for _ in range(MAX_ROUNDS):
        numbers = sorted(draw_numbers(pattern, count - len(new_cards)))
        rows = list(zip(take_ids(Card, len(numbers)), numbers, strict=True))
        written_ids = insert_unless_taken(
            Card,
            (
                "id", "org_id", "series_id", "generation_id", "number", "label_id", "status",
                "custom_fields", "extended_fields", "created_by_id", "created_at",
            ),
            [
                (
                    pk, origin.org.pk, series.pk, generation, number, label.pk, label.status,
                    {}, {}, origin.actor_id, origin.at,
                )
                for pk, number in rows
            ],
        )  # fmt: skip
        new_cards += [row for row in rows if row[0] in written_ids]
        if len(new_cards) == count:
            log_label_changes(
                origin=origin, changes=[LabelChange(pk, label.pk, None) for pk, _ in new_cards]
            )
            return sorted(new_cards, key=lambda row: row[1])
    raise errors.CardSpaceTooSmall(left=0)


def get_number_pattern(series: CardSeries) -> NumberPattern:
    return NumberPattern(
        series.prefix, series.suffix, series.length, series.method == CardSeries.Method.LUHN
    )


def check_generating_series(series: CardSeries | None) -> CardSeries:
    if series is None:
        raise errors.CardUnknown()
    if not series.is_active:
        raise errors.CardSeriesInactive()
    if not series.generation_enabled:
        raise errors.CardGenerationDisabled()
    check_pattern(get_number_pattern(series))
    return series


def _check_generation(
    origin: Origin, series_id: int, count: int, max_count: int, label: str | None
) -> CardLabel:
    # Locked, so that two generations at once do not both use the same free space.
    series = (
        CardSeries.objects.select_for_update(of=("self",))
        .filter(pk=series_id, org_id=origin.org.pk)
        .first()
    )
    if series is None:
        raise errors.CardSeriesUnknown()
    if not series.is_active:
        raise errors.CardSeriesInactive()
    if not series.generation_enabled:
        raise errors.CardGenerationDisabled()
    if not 0 < count <= max_count:
        raise errors.CardCountInvalid(most=max_count)
    labels = ensure_card_labels(org_id=origin.org.pk)
    card_label = labels.find(label) if label else labels.of(NOT_ISSUED)
    if card_label.status != NOT_ISSUED:
        raise errors.CardTransitionRefused(present=NOT_ISSUED, wanted=card_label.status)
    pattern = get_number_pattern(series)
    check_pattern(pattern)
    check_space(pattern, existing_count=_count_made_and_ordered(series), new_count=count)
    return card_label


def _count_made_and_ordered(series: CardSeries) -> int:
    """Count the existing cards and those that open runs have still to create."""
    open_generations = CardGeneration.objects.filter(series=series, run__finished_at__isnull=True)
    ordered_count = sum(
        generation.count - generation.made
        for generation in open_generations.filter(run__isnull=False)
    )
    return Card.objects.filter(series=series).count() + ordered_count


def _create_generation(
    origin: Origin, series_id: int, count: int, description: str
) -> CardGeneration:
    generation = CardGeneration.objects.create(
        series=CardSeries.objects.get(pk=series_id),
        count=count,
        description=description[:255],
        created_by_id=origin.actor_id,
        created_at=origin.at,
    )
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "card_series.cards_ordered",
                "card_series",
                series_id,
                after={"generation": generation.pk, "count": count},
            )
        ],
    )
    return generation
