"""Labels for the number of rows that a merge or unmerge moves."""

from collections.abc import Mapping

from django.db import models

from customers.models import Customer


def label_counts(counts: Mapping[type[models.Model], int]) -> list[tuple[str, int]]:
    """Return (model name in the plural, count) pairs, sorted, without the customers."""
    return sorted(
        (str(model._meta.verbose_name_plural).capitalize(), count)
        for model, count in counts.items()
        if model is not Customer and count
    )
