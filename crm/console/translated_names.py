"""Translate the names of models and fields that Django derives from the code."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

ROOMS = ("crm.", "customers.", "loyalty.")


def translate_names() -> None:
    """Let a page look up the names of our models and fields in its language.

    The state of migrations, which holds names as the code gives them, does not change.
    """
    for config in apps.get_app_configs():
        if f"{config.name}.".startswith(ROOMS) and not isinstance(config.verbose_name, Promise):
            config.verbose_name = gettext_lazy(config.verbose_name)
    for model in list_our_models():
        meta: Any = model._meta
        if "verbose_name_plural" not in meta.original_attrs:
            meta.verbose_name_plural = gettext_lazy(str(meta.verbose_name_plural))
        for named in (meta, *meta.local_fields, *meta.local_many_to_many):
            if not isinstance(named.verbose_name, Promise):
                named.verbose_name = gettext_lazy(named.verbose_name)


def list_our_models() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith(ROOMS))
