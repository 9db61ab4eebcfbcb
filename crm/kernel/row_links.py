"""Which rows of other tables point at rows: foreign keys, found by the models themselves."""

from collections.abc import Collection, Mapping

from django.db import models


def find_links(
    model: type[models.Model], ids: Collection[int], *, ignored: Collection[str] = ()
) -> Mapping[int, type[models.Model]]:
    """Return, for each of these rows that another row points at, the model of one such row.

    ``ignored`` are links as "app.Model.field" that do not count. One query for each other link.
    """
    found: dict[int, type[models.Model]] = {}
    if not ids:
        return found
    for relation in model._meta.related_objects:
        field = relation.field
        if f"{field.model._meta.label}.{field.name}" in ignored:
            continue
        rows = field.model._base_manager.filter(**{f"{field.name}__in": ids})
        for pk in rows.order_by().values_list(field.attname, flat=True).distinct():
            found.setdefault(pk, field.model)
    return found
