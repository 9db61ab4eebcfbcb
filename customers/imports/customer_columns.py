"""The columns of a customer import."""

from collections.abc import Iterable, Mapping

from import_export import resources

from crm.imports.cells import (
    ChoiceWidget,
    DateTimeWidget,
    TextWidget,
    YesNoWidget,
)
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.field_columns import build_field_columns
from customers.models import Customer
from customers.rules.identifiers import IDENTIFIER_TYPES
from customers.rules.registration import CARD_TYPES, Standards

IDENTIFIER, CONSENT, CUSTOM, EXTENDED = "identifier", "consent", "field", "extended"
FIRST_NAME, LAST_NAME = "first_name", "last_name"
SOURCE, ACCOUNT_ID, TILL = "source", "account_id", "till"
LOYALTY_TYPE, REGISTERED_ON = "loyalty_type", "registered_on"
# Several columns of one file may be mapped to these; only one to any other.
REPEATABLE_KINDS = (IDENTIFIER,)

IDENTIFIERS: Mapping[str, tuple[str, str]] = {
    "mobile": (
        "Mobile",
        "mobileno mobilenumber mobilephone cell cellphone phone phoneno phonenumber telephone "
        "msisdn contactno contactnumber tel handy",
    ),
    "email": ("Email", "emailid emailaddress mail mailid emailaddr"),
    "externalId": (
        "External id",
        "customerid custid customerno customernumber customercode clientid memberid memberno "
        "membershipid membershipno loyaltyid userid id",
    ),
    "wechat": ("WeChat", "wechatid openid"),
    "unionId": ("WeChat union id", "wechatunionid"),
    "fbId": ("Facebook id", "facebookid"),
    "facebook": ("Facebook", ""),
    "martjackId": ("MartJack id", ""),
    "tmall_uname": ("Tmall user name", ""),
    "ali_uname": ("Alibaba user name", ""),
    "jd_uname": ("JD user name", ""),
    "vip_uname": ("VIP user name", ""),
    "cuid": ("Web visitor (cuid)", ""),
    "line": ("LINE", "lineid"),
    "mobilePush": ("Mobile push", "pushid"),
}
CONSENTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("EMAIL", "BULK"): ("Email opt-in, bulk", "emailoptin emailsubscribed newsletter emailbulk"),
    ("EMAIL", "TRANS"): ("Email opt-in, transactional", "emailtrans emailtransactional"),
    ("SMS", "BULK"): ("SMS opt-in, bulk", "smsoptin smssubscribed smsbulk mobilebulk"),
    ("SMS", "TRANS"): ("SMS opt-in, transactional", "smstrans smstransactional mobiletrans"),
}


class CustomerColumns(resources.Resource):
    """All columns of one organization by target, in display order."""

    def __init__(self, standards: Standards, *, day_first: bool, decimal_comma: bool) -> None:
        super().__init__()
        mapping = ColumnMapping(targets=(), day_first=day_first, decimal_comma=decimal_comma)
        columns = [
            *_build_identifier_columns(),
            *_build_customer_columns(standards, day_first),
            *_build_consent_columns(),
            *build_field_columns(
                CUSTOM, "Custom fields", standards.fields, standards.zone, mapping
            ),
            *build_field_columns(
                EXTENDED, "Extended fields", standards.extended_fields, standards.zone, mapping
            ),
        ]
        self.fields: dict[str, Column] = {column.target: column for column in columns}


def _build_identifier_columns() -> Iterable[Column]:
    for kind in IDENTIFIER_TYPES:
        if kind not in CARD_TYPES:
            label, synonyms = IDENTIFIERS[kind]
            yield Column(
                f"{IDENTIFIER}.{kind}", label, TextWidget(), group="Identifiers", synonyms=synonyms
            )


def _build_customer_columns(standards: Standards, day_first: bool) -> Iterable[Column]:
    group, text = "Customer", TextWidget()
    yield Column(
        FIRST_NAME,
        "First name",
        text,
        group=group,
        synonyms="firstname fname forename givenname name customername fullname vorname prenom",
    )
    yield Column(
        LAST_NAME,
        "Last name",
        text,
        group=group,
        synonyms="lastname lname surname familyname nachname nom",
    )
    yield Column(
        LOYALTY_TYPE,
        "Loyalty type",
        ChoiceWidget(dict(Customer.LoyaltyType.choices)),
        group=group,
        synonyms="loyaltytype type customertype",
    )
    yield Column(
        REGISTERED_ON,
        "Registered on",
        DateTimeWidget(standards.zone, day_first=day_first),
        group=group,
        synonyms="registeredon registrationdate registeredat registered joined joinedon "
        "joindate joiningdate createdon createdat createdate signupdate memberince since",
    )
    yield Column(SOURCE, "Source", text, group=group, synonyms="sourcename channelsource")
    yield Column(
        ACCOUNT_ID, "Account id", text, group=group, synonyms="accountid sourceaccount account"
    )
    yield Column(
        TILL,
        "Associated till",
        text,
        group=group,
        synonyms="tillcode associatedtill associatedwith till tillid",
    )


def _build_consent_columns() -> Iterable[Column]:
    for (channel, priority), (label, synonyms) in CONSENTS.items():
        yield Column(
            f"{CONSENT}.{channel}.{priority}",
            label,
            YesNoWidget(),
            group="Consent",
            synonyms=synonyms,
        )
