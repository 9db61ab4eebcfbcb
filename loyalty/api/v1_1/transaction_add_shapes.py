"""Bodies and answers of `transaction/add` and `transaction/get` in v1.1."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, argument, computed
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.answer_fields import optional_text
from crm.dialects.v1_1.batch_items import read_named_values, read_string, read_text
from crm.dialects.v1_1.body_schema import describe_answer, describe_body
from crm.dialects.v1_1.item_shapes import (
    ItemShape,
    keep,
    list_objects,
    listed_in,
    not_read,
    read_by,
)
from crm.kernel.ids import read_id
from customers.api.v1_1.customer_shapes import FieldsIn, IdentifiersOut, make_balance_fields
from customers.api.v1_1.registration_shapes import NewCustomerIn, read_fields
from customers.api.v1_1.side_effects import EffectsOut, build_effects
from loyalty.api.v1_1.transactions_shapes import TransactionOut
from loyalty.operations.transactions.bills import Bill, ReturnedLine
from loyalty.rules.transactions import RETURNS, Sale, SaleLine

MAX_LINES = 1_000
MAX_REDEMPTIONS = 100


# --- In ---------------------------------------------------------------------------------


def _number(**kwargs: Any) -> serializers.CharField:
    """A number that the domain reads as it was written."""
    return read_by(optional_text(**kwargs), read_text)


def _read_upper(raw: Any) -> str:
    return read_string(raw).upper()


class AttributeIn(serializers.Serializer):
    name = serializers.CharField()
    value = optional_text()


class AttributesIn(serializers.Serializer):
    attribute = AttributeIn(many=True)


def _read_attributes(data: Any) -> dict[str, Any]:
    return read_named_values(data, "attribute")


class LineItemIn(ItemShape):
    type = read_by(
        optional_text(help_text="`RETURN` brings goods back, in a mixed bill."), _read_upper
    )
    serial = read_by(optional_text(), read_string)
    item_code = read_by(serializers.CharField(), read_string)
    description = read_by(optional_text(), read_string)
    qty = _number(help_text="Default: 1.")
    rate = _number()
    value = _number(help_text="Default: rate times quantity.")
    discount = _number()
    amount = _number(help_text="Default: value less discount.")
    parent_bill_number = read_by(optional_text(), read_string)
    custom_fields = read_by(FieldsIn(required=False, allow_null=True), read_fields)
    attributes = read_by(AttributesIn(required=False, allow_null=True), _read_attributes)


class PaymentIn(ItemShape):
    mode = read_by(serializers.CharField(), read_string)
    value = _number()
    attributes = read_by(AttributesIn(required=False, allow_null=True), _read_attributes)


class RedemptionIdsIn(serializers.Serializer):
    redemption_id = serializers.ListField(
        child=serializers.IntegerField(), max_length=MAX_REDEMPTIONS
    )


class RedemptionsIn(serializers.Serializer):
    points_redemptions = RedemptionIdsIn(required=False, allow_null=True)
    coupon_redemptions = RedemptionIdsIn(required=False, allow_null=True)


def _read_redemptions(data: Any) -> dict[str, list[int]]:
    """Read the ids of the redemptions that a bill uses, by their kind."""
    kinds = data if isinstance(data, Mapping) else {}
    ids_by_kind = {}
    for kind in ("points_redemptions", "coupon_redemptions"):
        texts = [text for text in list_objects(kinds.get(kind), "redemption_id") if text != ""]
        ids = [read_id(text) for text in texts]
        if None in ids or len(ids) > MAX_REDEMPTIONS:
            raise RequestInvalid(detail=f"{kind}: at most {MAX_REDEMPTIONS} ids of redemptions.")
        ids_by_kind[kind] = [pk for pk in ids if pk is not None]
    return ids_by_kind


def read_lines(data: Any) -> list[dict[str, Any]]:
    """Read the line items of a bill; at most a thousand."""
    return _read_all(list_objects(data, "line_item"), LineItemIn)


def _read_payments(data: Any) -> list[dict[str, Any]]:
    return _read_all(list_objects(data, "payment"), PaymentIn)


def _read_all(rows: Sequence[Any], shape: type[ItemShape]) -> list[dict[str, Any]]:
    if len(rows) > MAX_LINES or not all(isinstance(row, Mapping) for row in rows if row):
        raise RequestInvalid(detail=f"At most {MAX_LINES} objects can be listed.")
    return [shape.read(row) for row in rows if row]


class TransactionIn(ItemShape):
    type = read_by(
        optional_text(help_text="`REGULAR` (the default), `NOT_INTERESTED`, `RETURN`."),
        _read_upper,
    )
    number = read_by(serializers.CharField(), read_string)
    amount = _number()
    gross_amount = _number()
    discount = _number()
    notes = read_by(optional_text(), read_string)
    billing_time = read_by(optional_text(help_text="Default: now."), read_string)
    purchase_time = not_read(optional_text())
    not_interested_reason = read_by(optional_text(), read_string)
    return_type = read_by(
        optional_text(help_text="`FULL`, `AMOUNT`, `LINE_ITEM`, `CANCELLED`."), _read_upper
    )
    customer = read_by(NewCustomerIn(required=False, allow_null=True), keep)
    payment_details = read_by(
        listed_in("payment", PaymentIn, required=False, allow_null=True), _read_payments
    )
    custom_fields = read_by(FieldsIn(required=False, allow_null=True), read_fields)
    line_items = read_by(
        listed_in("line_item", LineItemIn, required=False, allow_null=True), read_lines
    )
    redemptions = read_by(
        RedemptionsIn(
            required=False, allow_null=True, help_text="Redemptions made before, for this bill."
        ),
        _read_redemptions,
    )


def build_bill(
    values: Mapping[str, Any],
    *,
    customer_id: int | None,
    store_id: int | None,
    till_id: int | None,
    billed_at: Any,
    source_account_id: int | None,
) -> Bill:
    """Return the bill of an item that ``TransactionIn`` read."""
    kind = values["type"] or "REGULAR"
    is_return = kind in RETURNS
    lines = values["line_items"]
    returned = [] if is_return else [line for line in lines if line["type"] in RETURNS]
    return Bill(
        sale=Sale(
            number=values["number"],
            type=kind,
            customer_id=customer_id,
            store_id=store_id,
            till_id=till_id,
            billed_at=billed_at,
            amount=values["amount"],
            gross_amount=values["gross_amount"],
            discount=values["discount"] or 0,
            notes=values["notes"],
            payments=[
                {name: value for name, value in payment.items() if value}
                for payment in values["payment_details"]
            ],
            custom_fields=values["custom_fields"],
            lines=[build_line(line) for line in lines if line not in returned],
            returned_number=values["number"] if is_return else "",
            return_type=(values["return_type"] or "AMOUNT") if is_return else "",
            repeats_number=is_return,
            not_interested_reason=values["not_interested_reason"],
            source_account_id=source_account_id,
            is_lenient=True,
        ),
        returned=[ReturnedLine(build_line(line), line["parent_bill_number"]) for line in returned],
        points_redemption_ids=values["redemptions"]["points_redemptions"],
        coupon_redemption_ids=values["redemptions"]["coupon_redemptions"],
    )


def build_line(line: Mapping[str, Any]) -> SaleLine:
    """Return a line item as the domain takes it."""
    return SaleLine(
        item_code=line["item_code"],
        description=line["description"],
        quantity=line["qty"] or 1,
        rate=line["rate"] or 0,
        discount=line["discount"] or 0,
        gross_amount=line["value"],
        amount=line["amount"],
        serial=line["serial"],
        attributes=line["attributes"],
        custom_fields=line["custom_fields"],
    )


# --- Out --------------------------------------------------------------------------------


class BillCustomerOut(IdentifiersOut):
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    lifetime_points, lifetime_purchases, loyalty_points, current_slab = make_balance_fields()


class AddedTransactionOut(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.CharField()
    type = serializers.CharField()
    customer = BillCustomerOut(required=False)
    side_effects = EffectsOut()


class TransactionEcho(serializers.Serializer):
    number = optional_text()
    type = optional_text()


class FoundTransactionOut(TransactionOut):
    customer = argument(
        computed(BillCustomerOut(source="*", required=False), lambda customer: customer), "customer"
    )


def build_side_effects(effects: Sequence[Any], balances: Any) -> Answer:
    """Return the points and coupons that a bill, or registering its customer, brought."""
    return build_effects(effects, balances)


ADD_TRANSACTION_REQUEST = describe_body("AddTransaction", "transaction", TransactionIn)
ADD_TRANSACTION_RESPONSE = describe_answer(
    "TransactionsAdded", "transactions", "transaction", AddedTransactionOut, TransactionEcho
)
FOUND_TRANSACTION_RESPONSE = describe_answer(
    "TransactionsFound", "transactions", "transaction", FoundTransactionOut, TransactionEcho
)
