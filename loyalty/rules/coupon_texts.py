"""What a customer is told about a coupon, by the templates of its series."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ONE_MESSAGE = 160  # characters of an SMS
MAX_LENGTH = 1_000
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_]{1,40})\s*\}\}")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponFacts:
    """What a text can tell; dates and amounts as the customer reads them."""

    code: str
    first_name: str = ""
    last_name: str = ""
    description: str = ""
    discount: str = ""
    valid_till: str = ""


def build_coupon_text(*, template: str, short_template: str, facts: CouponFacts) -> str:
    """Return the text of the template, or of the short one if that does not fit one message.

    ``{{voucher}}``, ``{{voucher_code}}``, ``{{coupon_code}}``, ``{{code}}``: the code.
    ``{{full_name}}``, ``{{cust_name}}``, ``{{first_name}}``, ``{{last_name}}``: the customer.
    ``{{valid_till}}``, ``{{valid_days_from_create}}``: the last day. ``{{description}}``,
    ``{{discount}}``: of the series. Any other placeholder is left blank. Nothing that is filled in
    is read as a placeholder. Empty without a template.
    """
    values = _list_values(facts)
    texts = [_fill(text, values) for text in (template, short_template) if text.strip()]
    if not texts:
        return ""
    text = texts[0] if len(texts[0]) <= ONE_MESSAGE else texts[-1]
    return text[:MAX_LENGTH]


def _list_values(facts: CouponFacts) -> Mapping[str, str]:
    full_name = f"{facts.first_name} {facts.last_name}".strip()
    values = {
        **dict.fromkeys(("voucher", "voucher_code", "coupon_code", "code"), facts.code),
        "full_name": full_name,
        "cust_name": facts.first_name or full_name,
        "first_name": facts.first_name,
        "last_name": facts.last_name,
        **dict.fromkeys(("valid_till", "valid_days_from_create"), facts.valid_till),
        "description": facts.description,
        "discount": facts.discount,
    }
    return {name: _drop_controls(value) for name, value in values.items()}


def _fill(template: str, values: Mapping[str, str]) -> str:
    text = _PLACEHOLDER.sub(lambda match: values.get(match.group(1).lower(), ""), template)
    return _BLANKS.sub(" ", text).strip()


def _drop_controls(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
