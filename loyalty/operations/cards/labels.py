"""The card labels of an organization, created where missing."""

from dataclasses import dataclass

from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from customers.rules.text import fold_name, sanitize
from loyalty import errors
from loyalty.models import CardLabel
from loyalty.rules.cards import STATUSES


@dataclass(frozen=True, slots=True)
class CardLabels:
    """The card labels of one organization, inactive ones included."""

    by_id: dict[int, CardLabel]

    def find(self, label: str) -> CardLabel:
        """Return the active label with this name, in any case.

        Raises:
            CardLabelUnknown: there is no such active label.
        """
        for row in self.by_id.values():
            if row.is_active and fold_name(row.label) == fold_name(label):
                return row
        raise errors.CardLabelUnknown(label=sanitize(label))

    def of(self, status: str) -> CardLabel:
        """Return the default label of a status.

        Raises:
            CardLabelUnknown: the status has no active label.
        """
        rows = [row for row in self.by_id.values() if row.status == status and row.is_active]
        if not rows:
            raise errors.CardLabelUnknown(label=status)
        return next((row for row in rows if row.is_default), rows[0])

    def get_name(self, label_id: int | None) -> str | None:
        return None if label_id is None else self.by_id[label_id].label


@within_unit_of_work
def ensure_card_labels(*, org_id: int) -> CardLabels:
    """Return the organization's labels; create one for each status that has none.

    So no organization needs a setup before its first card. One query if nothing is missing.
    """
    labels = _load_labels(org_id)
    covered_statuses = {row.status for row in labels.by_id.values() if row.is_active}
    missing_statuses = [status for status in STATUSES if status not in covered_statuses]
    if not missing_statuses:
        return labels
    ids = take_ids(CardLabel, len(missing_statuses))
    insert_unless_taken(
        CardLabel,
        ("id", "org_id", "label", "status", "is_default", "is_active"),
        [
            (pk, org_id, name, name, False, True)
            for pk, name in zip(ids, missing_statuses, strict=True)
        ],
    )
    return _load_labels(org_id)


def _load_labels(org_id: int) -> CardLabels:
    return CardLabels(
        {row.pk: row for row in CardLabel.objects.filter(org_id=org_id).order_by("pk")}
    )
