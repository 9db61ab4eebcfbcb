"""Find customers by each word of a name of several words.

Why:   Anna Maria was found by Anna only.
Locks: none; rows are added. Open profiles are read once, those with several words are written.
Undo:  the added rows go.
"""

from collections.abc import Iterator
from itertools import islice

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

from customers.rules.search_text import FIRST_NAME_PART, LAST_NAME_PART, list_name_words

BATCH_SIZE = 2_000
KINDS = (FIRST_NAME_PART, LAST_NAME_PART)


def add_words(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    keys = apps.get_model("customers", "SearchKey")._default_manager.using(using)
    profiles = apps.get_model("customers", "Profile")._default_manager.using(using)
    several = Q(first_name__contains=" ") | Q(last_name__contains=" ")
    names = profiles.filter(several, closed_at__isnull=True).values_list(
        "customer__org_id", "customer_id", "first_name", "last_name"
    )

    def build_keys() -> Iterator[object]:
        for org_id, customer_id, first, last in names.iterator():
            for text, kind in list_name_words(first, last):
                if kind in KINDS:
                    yield keys.model(org_id=org_id, text=text, customer_id=customer_id, kind=kind)

    rows = build_keys()
    while batch := [*islice(rows, BATCH_SIZE)]:
        keys.bulk_create(batch, ignore_conflicts=True)


def remove_words(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    keys = apps.get_model("customers", "SearchKey")._default_manager
    keys.using(schema_editor.connection.alias).filter(kind__in=KINDS).delete()


class Migration(migrations.Migration):
    dependencies = [("customers", "0017_numbers_as_answered")]

    operations = [migrations.RunPython(add_words, remove_words)]
