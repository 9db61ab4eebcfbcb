"""Every row that says something about customers, as plain values, to be compared as a whole."""

from django.apps import apps

# A journal tells of the merge and its undo; it is no part of what these restore.
_EXCLUDED_MODELS = {"MergeJournal", "MergeJournalRow"}


def dump_rows():
    """All rows of both apps, by model and key."""
    return {
        model._meta.label: {
            row.pk: {
                field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields
            }
            for row in model._base_manager.all()
        }
        for app in ("customers", "loyalty")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model.__name__ not in _EXCLUDED_MODELS
    }
