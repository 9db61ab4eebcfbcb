"""The labels of an organization's cards, made where it has named none."""

from dataclasses import dataclass

from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from customers.rules.text import folded, shown
from loyalty import errors
from loyalty.models import CardLabel
from loyalty.rules.cards import STATUSES


@dataclass(frozen=True, slots=True)
class CardLabels:
    """The labels of one organization, those no longer given included."""

    by_id: dict[int, CardLabel]

    def named(self, label: str) -> CardLabel:
        """Return the label of that name in any case, as long as it may still be given.

        Raises:
            CardLabelUnknown: there is none.
        """
        for row in self.by_id.values():
            if row.is_active and folded(row.label) == folded(label):
                return row
        raise errors.CardLabelUnknown(label=shown(label))

    def of(self, status: str) -> CardLabel:
        """Return the label that a card gets when nobody names one.

        Raises:
            CardLabelUnknown: the status' own name stands for another status.
        """
        rows = [row for row in self.by_id.values() if row.status == status and row.is_active]
        if not rows:
            raise errors.CardLabelUnknown(label=status)
        return next((row for row in rows if row.is_default), rows[0])

    def name_of(self, label_id: int | None) -> str | None:
        return None if label_id is None else self.by_id[label_id].label


@within_unit_of_work
def settle_card_labels(*, org_id: int) -> CardLabels:
    """Return the organization's labels; a status without any gets one of its own name.

    So no organization has to be set up before its first card. One query once that is done.
    """
    labels = _load(org_id)
    served = {row.status for row in labels.by_id.values() if row.is_active}
    missing = [status for status in STATUSES if status not in served]
    if not missing:
        return labels
    ids = take_ids(CardLabel, len(missing))
    insert_unless_taken(
        CardLabel,
        ("id", "org_id", "label", "status", "is_default", "is_active"),
        [(pk, org_id, name, name, False, True) for pk, name in zip(ids, missing, strict=True)],
    )
    return _load(org_id)


def _load(org_id: int) -> CardLabels:
    return CardLabels(
        {row.pk: row for row in CardLabel.objects.filter(org_id=org_id).order_by("pk")}
    )
