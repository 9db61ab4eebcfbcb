"""The names of models in sentences of the domain."""

from django.db.models import Model
from django.utils import translation

from crm.kernel.staff_texts import StaffText, staff_text


def get_model_name(model: type[Model]) -> StaffText:
    """Return the name of one row; in English, whatever language is active."""
    with translation.override(None):
        return staff_text(str(model._meta.verbose_name))


def get_plural_name(model: type[Model]) -> StaffText:
    """Return the name of several rows; in English, whatever language is active."""
    with translation.override(None):
        return staff_text(str(model._meta.verbose_name_plural))
