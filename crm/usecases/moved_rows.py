"""Labels for the number of rows that a merge or unmerge moves."""

from collections.abc import Mapping

from django.db import models

from crm.kernel.model_names import get_plural_name
from crm.kernel.staff_texts import upper_first
from customers.models import Customer


def label_counts(counts: Mapping[type[models.Model], int]) -> list[tuple[str, int]]:
    """Return (model name in the plural, count) pairs, sorted, without the customers."""
    return sorted(
        (upper_first(get_plural_name(model)), count)
        for model, count in counts.items()
        if model is not Customer and count
    )
