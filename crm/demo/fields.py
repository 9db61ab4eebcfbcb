"""The custom and extended fields: every name that the documents' requests and answers use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from customers.models import FieldDefinition, FieldOption, FieldTranslation
from customers.queries.fields import forget_field_rules

MADE_AT = datetime(2016, 1, 4, 6, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Field:
    """A definition; with options it is an ENUM. Texts are by language and value."""

    name: str
    label: str = ""
    type: str = "STRING"
    options: Sequence[str] = ()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


CITIES = {
    "zh": {"Bangalore": "班加罗尔", "Mumbai": "孟买", "Delhi": "德里", "London": "伦敦"},
    "id": {"Bangalore": "Bengaluru", "London": "London"},
    "ar": {"Bangalore": "بنغالور", "Mumbai": "مومباي", "Delhi": "دلهي", "London": "لندن"},
}
GENDERS = {
    "zh": {"Male": "男", "Female": "女", "Other": "其他"},
    "id": {"Male": "Laki-laki", "Female": "Perempuan", "Other": "Lainnya"},
    "ar": {"Male": "ذكر", "Female": "أنثى", "Other": "آخر"},
}
MARRIAGES = {
    "zh": {"Single": "未婚", "Married": "已婚"},
    "id": {"Single": "Lajang", "Married": "Menikah"},
    "ar": {"Single": "أعزب", "Married": "متزوج"},
}

FIELDS: Mapping[tuple[str, str], Sequence[Field]] = {
    ("CUSTOM", "PROFILE"): (
        # Not told apart by case; the answers about customer 17742 spell it like this.
        Field("Gender"),
        Field("city", "City"),
        # What requests of the base type ADDRESS change.
        Field("address", "Address"),
        Field("Favorite Color"),
        Field("Favorite Sport"),
        Field("Hobbies"),
        Field("employee", "Employee"),
        Field("dateofbirth", "Date of birth", "DATE"),
        Field("birthday", "Birthday", "DATE"),
        Field("age", "Age"),
        Field("age_group", "Age group"),
        Field("customer_age", "Customer age"),
        Field("occupation", "Occupation"),
        Field("ihcl_active", "IHCL active"),
        Field("tcp_active", "TCP active"),
        Field("tierup_airasia", "AirAsia tier up"),
        Field("a"),
    ),
    ("CUSTOM", "PREFERENCE"): (
        Field("Favorite Brand"),
        Field("Favorite Color"),
        Field("Likes"),
        Field("PREFERRED_STORE", "Preferred store"),
    ),
    ("CUSTOM", "CARD"): (
        Field("bloodgroup", "Blood group"),
        Field("cardname", "Card name"),
        Field("cardscope", "Card scope"),
        Field("cardtype", "Card type"),
    ),
    ("CUSTOM", "TRANSACTION"): (
        Field("cashier", "Cashier"),
        Field("occasion", "Occasion", options=("Birthday", "Festival", "Wedding")),
        Field("table_number", "Table number", "INTEGER"),
    ),
    ("CUSTOM", "TICKET"): (Field("field1", "Field 1"),),
    ("EXTENDED", "CUSTOMER"): (
        Field("gender", "Gender", options=("Male", "Female", "Other"), texts=GENDERS),
        Field("city", "City", texts=CITIES),
        Field("dob", "Date of birth", "DATE"),
        Field("age_group", "Age group"),
        Field(
            "marital_status",
            "Marital status",
            options=("Single", "Married", "Divorced", "Widowed"),
            texts=MARRIAGES,
        ),
        Field("nationality", "Nationality"),
        Field("ethnicity", "Ethnicity"),
        Field("religion", "Religion"),
        Field("preferred_store", "Preferred store"),
        Field("color", "Color"),
        Field("ItemWeight", "Item weight"),
        Field("Status", "Status"),
        Field("ser_tax", "Service tax"),
        Field("他他他他"),
    ),
    ("EXTENDED", "TRANSACTION"): (
        Field("order_channel", "Order channel", options=("Store", "Web", "App", "Phone")),
        Field("delivery_date", "Delivery date", "DATETIME"),
        Field("gift_wrapped", "Gift wrapped", "BOOLEAN"),
        Field("bags", "Bags", "INTEGER"),
    ),
    ("EXTENDED", "LINE_ITEM"): (
        Field("color", "Color"),
        Field("size", "Size", options=("XS", "S", "M", "L", "XL")),
        Field("ItemWeight", "Item weight", "DOUBLE"),
    ),
    ("EXTENDED", "CARD"): (
        Field("card_balance", "Card balance", "DOUBLE"),
        Field("year_of_registration", "Year of registration", "INTEGER"),
        Field("advance_card_personalisation", "Advance card personalisation"),
        Field("custom_card_name", "Custom card name"),
        Field("vehicle_number", "Vehicle number"),
    ),
}
# The second organization asks little.
FEW_FIELDS: Mapping[tuple[str, str], Sequence[Field]] = {
    ("EXTENDED", "CUSTOMER"): FIELDS["EXTENDED", "CUSTOMER"][:2],
}


@within_unit_of_work
def define_fields(
    org: Organization, fields: Mapping[tuple[str, str], Sequence[Field]] = FIELDS
) -> None:
    """Define these fields, with their options and translations, for an organization."""
    options: list[tuple[int, str, int]] = []
    texts: list[tuple[int, str, str, str]] = []
    for (kind, scope), wanted in fields.items():
        for one in wanted:
            made = FieldDefinition.objects.create(
                org=org,
                kind=kind,
                scope=scope,
                name=one.name,
                label=one.label or one.name,
                data_type="ENUM" if one.options else one.type,
                created_at=MADE_AT,
                modified_at=MADE_AT,
            )
            options += [(made.pk, value, position) for position, value in enumerate(one.options)]
            texts += [
                (made.pk, language, value, text)
                for language, words in one.texts.items()
                for value, text in words.items()
            ]
    bulk_insert(FieldOption, ("definition_id", "value", "position"), options)
    bulk_insert(FieldTranslation, ("definition_id", "language", "value", "text"), texts)
    forget_field_rules(org.pk)
