"""Making card numbers: a few at once, or very many by a worker, each exactly once."""

from collections.abc import Generator

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import Run
from crm.runs.operations.starting import start_run
from crm.runs.work import CannotGoOn, Chunk, Progress
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import Card, CardGeneration, CardLabel, CardSeries
from loyalty.operations.card_labels import settle_card_labels
from loyalty.operations.writing_cards import LabelChange, log_labels
from loyalty.rules.card_numbers import NumberPattern, check_pattern, check_space, draw_numbers
from loyalty.rules.cards import NOT_ISSUED

KIND = "loyalty.generate_cards"
# What one request may wait for; more is a run.
MOST_AT_ONCE = 5_000
MOST_IN_A_RUN = 1_000_000
CHUNK = 2_000
# One of ten numbers is taken at most, so that many rounds fail only where something is wrong.
MOST_ROUNDS = 20


@within_unit_of_work
def generate_cards(
    *, origin: Origin, series_id: int, count: int, label: str | None = None, description: str = ""
) -> list[str]:
    """Make new numbers, issued to nobody, and return them in ascending order.

    Raises:
        CardSeriesUnknown, CardSeriesInactive, CardGenerationDisabled: not of this series.
        CardCountInvalid: none, or more than one call may make (fact: ``most``).
        CardSpaceTooSmall: so many would be easy to guess (fact: ``left``).
        CardLabelUnknown, CardTransitionRefused: the label does not stand for NOT_ISSUED.
    """
    given = _check_order(origin, series_id, count, MOST_AT_ONCE, label)
    generation = _order(origin, series_id, count, description)
    CardGeneration.objects.filter(pk=generation.pk).update(made=count)
    cards = make_cards(
        origin=origin, series=generation.series, count=count, label=given, generation=generation.pk
    )
    return [number for _, number in cards]


@within_unit_of_work
def start_generation(
    *, origin: Origin, series_id: int, count: int, label: str | None = None, description: str = ""
) -> CardGeneration:
    """Let a worker make the numbers, and return the order, whose ``run`` tells the progress.

    Raises what ``generate_cards`` raises.
    """
    given = _check_order(origin, series_id, count, MOST_IN_A_RUN, label)
    generation = _order(origin, series_id, count, description)
    generation.run = start_run(
        origin=origin,
        kind=KIND,
        total=count,
        resume_point={"generation": generation.pk, "label": given.pk},
    )
    generation.save(update_fields=["run"])
    return generation


def generate_in_run(run: Run, origin: Origin) -> Generator[Chunk, None, None]:
    """The work of a run: chunk after chunk until the order is filled.

    How many there are stands on the order itself and is written in the unit that makes them.
    """
    generation_id = run.resume_point["generation"]
    order = CardGeneration.objects.select_related("series").get(pk=generation_id)
    label = CardLabel.objects.get(pk=run.resume_point["label"])

    def chunk() -> Progress:
        held = CardGeneration.objects.select_for_update().get(pk=generation_id)
        count = min(CHUNK, held.count - held.made)
        try:
            make_cards(
                origin=origin, series=order.series, count=count, label=label, generation=held.pk
            )
        except errors.CardSpaceTooSmall:
            raise CannotGoOn("The series has too few numbers left.") from None
        CardGeneration.objects.filter(pk=held.pk).update(made=held.made + count)
        return Progress(
            done=count,
            resume_point=run.resume_point,
            step="Making numbers",
            result={"generation": held.pk},
        )

    while CardGeneration.objects.filter(pk=generation_id, made__lt=order.count).exists():
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
    """Write so many new cards; return their keys and numbers in the order of the numbers.

    Raises:
        CardSpaceTooSmall: again and again, numbers drawn were there already.
    """
    pattern = pattern_of(series)
    made: list[tuple[int, str]] = []
    for _ in range(MOST_ROUNDS):
        drawn = sorted(draw_numbers(pattern, count - len(made)))
        rows = list(zip(take_ids(Card, len(drawn)), drawn, strict=True))
        written = insert_unless_taken(
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
        made += [row for row in rows if row[0] in written]
        if len(made) == count:
            log_labels(origin=origin, changes=[LabelChange(pk, label.pk, None) for pk, _ in made])
            return sorted(made, key=lambda row: row[1])
    raise errors.CardSpaceTooSmall(left=0)


def pattern_of(series: CardSeries) -> NumberPattern:
    return NumberPattern(
        series.prefix, series.suffix, series.length, series.method == CardSeries.Method.LUHN
    )


def _check_order(
    origin: Origin, series_id: int, count: int, most: int, label: str | None
) -> CardLabel:
    # Locked, so that two orders at once do not each count the space for themselves.
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
    if not 0 < count <= most:
        raise errors.CardCountInvalid(most=most)
    labels = settle_card_labels(org_id=origin.org.pk)
    given = labels.named(label) if label else labels.of(NOT_ISSUED)
    if given.status != NOT_ISSUED:
        raise errors.CardTransitionRefused(present=NOT_ISSUED, wanted=given.status)
    pattern = pattern_of(series)
    check_pattern(pattern)
    check_space(pattern, made=_made_or_ordered(series), wanted=count)
    return given


def _made_or_ordered(series: CardSeries) -> int:
    """Cards there are, and those that runs have still to make."""
    open_orders = CardGeneration.objects.filter(series=series, run__finished_at__isnull=True)
    waiting = sum(order.count - order.made for order in open_orders.filter(run__isnull=False))
    return Card.objects.filter(series=series).count() + waiting


def _order(origin: Origin, series_id: int, count: int, description: str) -> CardGeneration:
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
