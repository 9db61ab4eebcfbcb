"""The columns of a customer import."""

from collections.abc import Mapping, Sequence

from crm.imports.cells import CellFormats
from crm.imports.columns import (
    ChoiceColumn,
    Column,
    DateTimeColumn,
    IdentifierColumn,
    YesNoColumn,
    build_field_columns,
)
from customers.models import Customer
from customers.rules.identifiers import IDENTIFIER_TYPES
from customers.rules.registration import CARD_TYPES, IdentitySettings

CONSENT, CUSTOM, EXTENDED = "consent", "field", "extended"
FIRST_NAME, LAST_NAME = "first_name", "last_name"
SOURCE, ACCOUNT_ID, TILL = "source", "account_id", "till"
LOYALTY_TYPE, REGISTERED_ON = "loyalty_type", "registered_on"

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


def build_column_groups(
    identity_settings: IdentitySettings, formats: CellFormats
) -> Mapping[str, Sequence[Column]]:
    """Return all columns of one organization, in display order."""
    return {
        "Identifiers": [
            IdentifierColumn(kind, *IDENTIFIERS[kind])
            for kind in IDENTIFIER_TYPES
            if kind not in CARD_TYPES
        ],
        "Customer": [
            Column(
                FIRST_NAME,
                "First name",
                "firstname fname forename givenname name customername fullname vorname prenom",
            ),
            Column(LAST_NAME, "Last name", "lastname lname surname familyname nachname nom"),
            ChoiceColumn(
                LOYALTY_TYPE,
                "Loyalty type",
                Customer.LoyaltyType.choices,
                "loyaltytype type customertype",
            ),
            DateTimeColumn(
                REGISTERED_ON,
                "Registered on",
                formats,
                "registeredon registrationdate registeredat registered joined joinedon "
                "joindate joiningdate createdon createdat createdate signupdate memberince since",
            ),
            Column(SOURCE, "Source", "sourcename channelsource"),
            Column(ACCOUNT_ID, "Account id", "accountid sourceaccount account"),
            Column(TILL, "Associated till", "tillcode associatedtill associatedwith till tillid"),
        ],
        "Consent": [
            YesNoColumn(f"{CONSENT}.{channel}.{priority}", *texts)
            for (channel, priority), texts in CONSENTS.items()
        ],
        "Custom fields": build_field_columns(CUSTOM, identity_settings.fields, formats),
        "Extended fields": build_field_columns(
            EXTENDED, identity_settings.extended_fields, formats
        ),
    }
