"""Custom and extended fields of the demo."""

from datetime import UTC, datetime

from crm.demo.data_files import read_data
from crm.demo.organization import DemoOrganization
from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work
from customers.models import FieldDefinition, FieldOption, FieldTranslation
from customers.queries.fields import forget_field_rules

CREATED_AT = datetime(2016, 1, 4, 6, 30, tzinfo=UTC)


@within_unit_of_work
def define_fields(demo: DemoOrganization) -> None:
    """Define the fields of an organization, with their options and translations."""
    options: list[tuple[int, str, int]] = []
    translations: list[tuple[int, str, str, str]] = []
    for group in read_data("fields")[demo.org.code]:
        for row in group["fields"]:
            definition = FieldDefinition.objects.create(
                org=demo.org,
                kind=group["kind"],
                scope=group["scope"],
                name=row["name"],
                label=row.get("label", row["name"]),
                data_type=row.get("data_type", "STRING"),
                created_at=CREATED_AT,
                modified_at=CREATED_AT,
            )
            options += [
                (definition.pk, value, position)
                for position, value in enumerate(row.get("options", ()))
            ]
            translations += [
                (definition.pk, language, value, text)
                for language, texts in row.get("translations", {}).items()
                for value, text in texts.items()
            ]
    bulk_insert(FieldOption, ("definition_id", "value", "position"), options)
    bulk_insert(FieldTranslation, ("definition_id", "language", "value", "text"), translations)
    forget_field_rules(demo.org.pk)
