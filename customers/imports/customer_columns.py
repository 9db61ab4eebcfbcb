"""The columns of a customer import."""

from collections.abc import Mapping, Sequence

from crm.imports.columns import (
    ChoiceColumn,
    Column,
    DateTimeColumn,
    YesNoColumn,
    build_field_columns,
)
from crm.imports.customer_columns import build_identifier_column
from crm.imports.parsed_rows import ParsedRow
from crm.imports.readings import CellFormats
from crm.kernel.staff_texts import staff_text
from customers.models import Customer, SourceAccount
from customers.rules.identifiers import CARD_TYPES, IDENTIFIER_TYPES, IdentitySettings

CONSENT, CUSTOM, EXTENDED = "consent", "field", "extended"
FIRST_NAME, LAST_NAME = "first_name", "last_name"
SOURCE, ACCOUNT_ID, TILL = "source", "account_id", "till"
LOYALTY_TYPE, REGISTERED_ON = "loyalty_type", "registered_on"

CONSENTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("EMAIL", "BULK"): (
        staff_text("Email opt-in, bulk"),
        "emailoptin emailsubscribed newsletter emailbulk",
    ),
    ("EMAIL", "TRANS"): (
        staff_text("Email opt-in, transactional"),
        "emailtrans emailtransactional",
    ),
    ("SMS", "BULK"): (staff_text("SMS opt-in, bulk"), "smsoptin smssubscribed smsbulk mobilebulk"),
    ("SMS", "TRANS"): (
        staff_text("SMS opt-in, transactional"),
        "smstrans smstransactional mobiletrans",
    ),
}


class SourceColumn(Column):
    """A source, or a list of source accounts as exports have it, of which the first is meant."""

    def clean(self, text: str) -> tuple[str, str]:
        first = text.partition(";")[0].strip()
        source, _, account_id = first.partition(" ")
        if source.upper() in SourceAccount.Source.values:
            return source, account_id.strip()
        return first, ""

    def assign(self, row: ParsedRow, value: tuple[str, str]) -> None:
        row.values[SOURCE], account_id = value
        if account_id:
            row.values.setdefault(ACCOUNT_ID, account_id)


def build_column_groups(
    identity_settings: IdentitySettings, formats: CellFormats
) -> Mapping[str, Sequence[Column]]:
    """Return all columns of one organization, in display order."""
    return {
        staff_text("Identifiers"): [
            build_identifier_column(kind) for kind in IDENTIFIER_TYPES if kind not in CARD_TYPES
        ],
        staff_text("Customer"): [
            Column(
                FIRST_NAME,
                staff_text("First name"),
                "firstname fname forename givenname name customername fullname vorname prenom "
                "nombre",
            ),
            Column(
                LAST_NAME,
                staff_text("Last name"),
                "lastname lname surname familyname nachname familienname nom nomdefamille "
                "apellido apellidos",
            ),
            ChoiceColumn(
                LOYALTY_TYPE,
                staff_text("Loyalty type"),
                Customer.LoyaltyType.choices,
                "loyaltytype type customertype",
            ),
            DateTimeColumn(
                REGISTERED_ON,
                staff_text("Registered on"),
                formats,
                "registeredon registrationdate registeredat registered joined joinedon "
                "joindate joiningdate createdon createdat createdate signupdate memberince since",
            ),
            SourceColumn(SOURCE, staff_text("Source"), "sourcename channelsource sources"),
            Column(ACCOUNT_ID, staff_text("Account id"), "accountid sourceaccount account"),
            Column(
                TILL,
                staff_text("Associated till"),
                "tillcode associatedtill associatedwith till tillid",
            ),
        ],
        staff_text("Consent"): [
            YesNoColumn(f"{CONSENT}.{channel}.{priority}", *texts)
            for (channel, priority), texts in CONSENTS.items()
        ],
        staff_text("Custom fields"): build_field_columns(CUSTOM, identity_settings.fields, formats),
        staff_text("Extended fields"): build_field_columns(
            EXTENDED, identity_settings.extended_fields, formats
        ),
    }
