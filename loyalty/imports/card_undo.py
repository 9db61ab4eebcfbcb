"""What an undo of imported cards needs, and the undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.touches import find_touches
from crm.imports.parsed_rows import RowEffect
from crm.imports.queries.import_runs import StagedRow
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.undo_context import UndoContext
from crm.kernel.staff_texts import StaffText
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.undo.modification_marks import Mark, load_marks, restore_marks
from loyalty.operations.undo.cards import CardImage, load_card_images, undo_cards

BEFORE, AFTER, MARKS = "before", "after", "marks"


@dataclass(frozen=True, slots=True)
class CardImages:
    """The cards of a chunk before it is applied, by number, and its customers."""

    numbers: dict[int, str]
    cards: dict[str, CardImage]
    marks: dict[int, Mark]


def take_card_images(origin: Origin, numbers: dict[int, str], customer_ids: set[int]) -> CardImages:
    """Read the cards with these numbers, and when their holders were changed."""
    cards = load_card_images(org_id=origin.org.pk, numbers=numbers.values())
    holders = {card["customer_id"] for card in cards.values() if card["customer_id"]}
    return CardImages(numbers, cards, load_marks(holders | customer_ids))


def build_card_trails(
    origin: Origin, rows: Sequence[tuple[StagedRow, RowEffect]], images: CardImages
) -> dict[int, dict[str, Any]]:
    """Return the trail of each row: the card before and after, and whose marks it changed."""
    after = load_card_images(org_id=origin.org.pk, numbers=images.numbers.values())
    trails: dict[int, dict[str, Any]] = {}
    for staged, _ in rows:
        number = images.numbers[staged.pk]
        old, new = images.cards.get(number), after[number]
        holders = {new["customer_id"], old["customer_id"] if old else None}
        trails[staged.pk] = {
            BEFORE: old,
            AFTER: new,
            MARKS: {
                str(pk): {**images.marks[pk], "until": origin.at.isoformat()}
                for pk in holders
                if pk in images.marks
            },
        }
    return trails


@within_unit_of_work
def undo_card_rows(context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
    """Undo these rows; return why some are left as they are."""
    marks = load_marks({int(pk) for row in rows for pk in row.trail[MARKS]})
    touches = find_touches(
        origin=context.origin,
        subject_type="card",
        subject_ids={row.subject_id or 0 for row in rows},
        since=context.since,
        ignored_requests=context.ignored_requests,
    )
    obstacles = touches | undo_cards(
        origin=context.origin,
        images={
            row.subject_id or 0: (row.trail[BEFORE], row.trail[AFTER])
            for row in rows
            if row.subject_id not in touches
        },
    )
    undone = [row for row in rows if row.subject_id not in obstacles]
    restore_marks(
        marks=[(int(pk), mark) for row in undone for pk, mark in row.trail[MARKS].items()],
        current=marks,
    )
    return {row.pk: obstacles[row.subject_id or 0] for row in rows if row.subject_id in obstacles}
