"""How many rows of each kind a merge or its undo moves, in words."""

from collections.abc import Mapping

from django.db import models

from customers.models import Customer


def name_counts(counts: Mapping[type[models.Model], int]) -> list[tuple[str, int]]:
    """The kinds by the names that desks give them, in their order; the customers left out."""
    return sorted(
        (str(model._meta.verbose_name_plural).capitalize(), count)
        for model, count in counts.items()
        if model is not Customer and count
    )
