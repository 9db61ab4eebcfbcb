"""The settings of an organization, with their labels and defaults."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.kernel.errors import mark_sentence as _

APPROVAL = _("Requests that are approved automatically")
MERGING = _("Merging")
RETRO = _("Retro transactions")
UPDATES = _("Identifiers that tills may change (v1.1)")
REGISTRATION = _("Registration by tills (v1.1)")
TRANSACTIONS = _("Transactions by tills")
IMPORTS = _("Imports")
ENTITIES = _("What the API says of tills and stores")


@dataclass(frozen=True, slots=True)
class SettingRule:
    """A switch (``is_switch``), or a whole number between ``least`` and ``most``."""

    group: str
    label: str
    default: int = 0
    is_switch: bool = True
    least: int = 0
    most: int = 1


def _number_rule(group: str, label: str, default: int, most: int, *, least: int = 0) -> SettingRule:
    return SettingRule(group, label, default, is_switch=False, least=least, most=most)


# The names are those of the reference, where it has one.
SETTINGS: Mapping[str, SettingRule] = {
    "CI_MOBILE_AUTO_APPROVE": SettingRule(APPROVAL, _("Changes of a mobile number")),
    "CI_EMAIL_AUTO_APPROVE": SettingRule(APPROVAL, _("Changes of an email address")),
    "CI_EXTID_AUTO_APPROVE": SettingRule(APPROVAL, _("Changes of an external id")),
    "CI_ADDRESS_AUTO_APPROVE": SettingRule(APPROVAL, _("Changes of an address")),
    "CI_MERGE_AUTO_APPROVE": SettingRule(APPROVAL, _("Merges")),
    "CI_MOBILEREALLOC_AUTO_APPROVE": SettingRule(APPROVAL, _("Mobile reallocation")),
    "CONF_MERGE_BY_REQUEST": SettingRule(
        MERGING, _("Merges caused by a change of identifier need approval")
    ),
    "CONF_RETRO_TRANSACTION_ENABLE": SettingRule(RETRO, _("Retro transactions can be requested")),
    "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS": _number_rule(
        RETRO, _("Oldest transaction that can be claimed, in days"), 30, 36_500
    ),
    "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS": _number_rule(
        RETRO, _("Hours between registering and claiming"), 0, 87_600
    ),
    "CONF_ALLOW_MOBILE_UPDATE": SettingRule(UPDATES, _("Mobile numbers that are not primary")),
    "CONF_ALLOW_EMAIL_UPDATE": SettingRule(UPDATES, _("Email addresses that are not primary")),
    "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE": SettingRule(
        UPDATES, _("External ids that are not primary")
    ),
    "CONF_MOBILE_MANDATORY": SettingRule(REGISTRATION, _("Mobile number required")),
    "CONF_EMAIL_MANDATORY": SettingRule(REGISTRATION, _("Email address required")),
    "CONF_EXTERNAL_ID_MANDATORY": SettingRule(REGISTRATION, _("External id required")),
    "CONF_REGISTRATION_MAX_AGE_DAYS": _number_rule(
        REGISTRATION, _("Oldest registration date, in days back"), 36_500, 36_500
    ),
    "CONF_REGISTRATION_MAX_AHEAD_DAYS": _number_rule(
        REGISTRATION, _("Latest registration date, in days ahead"), 1, 1
    ),
    "CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS": _number_rule(
        TRANSACTIONS, _("Days until a number may be used again"), 36_500, 36_500, least=1
    ),
    "CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_STORE": SettingRule(
        TRANSACTIONS, _("Numbers are unique in a store, not in the organization"), default=1
    ),
    "CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_TILL": SettingRule(
        TRANSACTIONS, _("Numbers are unique at a till only")
    ),
    "CONF_ALLOW_NOT_EXISTING_BILL_RETURN": SettingRule(
        TRANSACTIONS, _("Goods of unknown bills may be returned")
    ),
    "CONF_LOYALTY_MAX_BILL_AMOUNT": _number_rule(
        TRANSACTIONS, _("Larger amounts are outliers (0: no limit)"), 0, 1_000_000_000
    ),
    "CONF_LOYALTY_BILLING_MAX_AGE_DAYS": _number_rule(
        TRANSACTIONS, _("Oldest billing date, in days back"), 36_500, 36_500
    ),
    "CONF_LOYALTY_BILLING_MAX_AHEAD_DAYS": _number_rule(
        TRANSACTIONS, _("Latest billing date, in days ahead"), 1, 1
    ),
    "CONF_IMPORT_UNDO_APPROVAL_ROWS": _number_rule(
        IMPORTS,
        _("Undoing more rows than this needs an approver (0: never)"),
        0,
        1_000_000_000,
    ),
    "CONF_ORG_UNITS_ENABLED": SettingRule(
        ENTITIES, _("Concepts are units of their own (isOuEnabled)"), default=1
    ),
    "CONF_TIME_ZONE_ID": _number_rule(ENTITIES, _("Number of the time zone"), 0, 1_000_000),
    "CONF_CURRENCY_ID": _number_rule(ENTITIES, _("Number of the currency"), 0, 1_000_000),
    "CONF_LANGUAGE_ID": _number_rule(
        ENTITIES, _("Number of the language (-1: none)"), -1, 1_000_000, least=-1
    ),
}


@dataclass(frozen=True, slots=True)
class SettingState:
    """A setting of one organization, with its rule."""

    name: str
    rule: SettingRule
    value: int

    @property
    def is_default(self) -> bool:
        return self.value == self.rule.default


@dataclass(frozen=True, slots=True)
class OrgSettings:
    """All settings of one organization, set or not."""

    values: Mapping[str, int]

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return bool(self.values[name])

    def number(self, name: str) -> int:
        """A setting that counts something."""
        return self.values[name]


def build_settings(stored: Mapping[str, int]) -> OrgSettings:
    """Combine the stored values with the defaults; unknown names are ignored."""
    return OrgSettings({name: stored.get(name, rule.default) for name, rule in SETTINGS.items()})
