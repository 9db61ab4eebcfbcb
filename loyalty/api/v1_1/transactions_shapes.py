"""The answer of `customer/transactions` in v1.1."""

from rest_framework import serializers

from crm.dialects.answer_shapes import (
    Answer,
    Shape,
    argument,
    computed,
    constant,
    if_none,
    optional,
)
from crm.dialects.v1_1.answer_fields import (
    OPTIONAL,
    amount_text,
    listed,
    number_text,
    optional_text,
)
from crm.dialects.v1_1.body_schema import describe_one_or_many
from customers.api.v1_1.customer_shapes import (
    CustomerLookupOut,
    FieldsOut,
    IdentifiersOut,
    NamesOut,
    list_fields,
    make_balance_fields,
)
from loyalty.queries.transactions.purchases import Purchase, PurchasePage


def _list_coupons(purchase: Purchase) -> Answer | str:
    """Return the coupons of a transaction; an empty text if there are none, as in the reference."""
    if not purchase.coupons:
        return ""
    return {"coupon": [{"id": str(pk), "code": code} for pk, code in purchase.coupons]}


def _get_first_id(page: PurchasePage) -> str:
    return str(page.purchases[0].id) if page.purchases else ""


class TransactionPointsOut(Shape):
    issued = amount_text("points_issued")
    redeemed = amount_text("points_redeemed")


class LineItemsOut(Shape):
    line_item = constant(serializers.CharField(allow_blank=True), "")


class CreditNoteOut(Shape):
    id = number_text("id", **OPTIONAL)
    number = optional_text()
    amount = amount_text("amount", **OPTIONAL)
    notes = optional_text()
    date = optional_text(source="issued_at")


class TransactionOut(Shape):
    id = number_text("id")
    number = serializers.CharField()
    type = serializers.CharField()
    amount = amount_text("amount")
    notes = serializers.CharField(allow_blank=True)
    billing_time = serializers.CharField(source="billed_at")
    gross_amount = amount_text("gross_amount")
    discount = amount_text("discount")
    store = if_none(serializers.CharField(source="store.name", allow_blank=True), "")
    points = TransactionPointsOut(source="*")
    coupons = computed(
        serializers.JSONField(
            help_text='`{"coupon": [{"id": "7", "code": "TEA1"}]}`, or an empty text.'
        ),
        _list_coupons,
    )
    basket_size = amount_text("basket_size")
    # As in the reference: line items are not shown, but XML keeps the element.
    line_items = LineItemsOut(source="*", required=False)
    credit_notes = optional(
        listed("credit_note", CreditNoteOut, source="returns"),
        when=lambda _, with_notes: with_notes,
    )
    custom_fields = optional(
        computed(FieldsOut(source="custom_fields"), list_fields),
        when=lambda _, with_fields: with_fields,
    )


class TransactionsOut(IdentifiersOut, NamesOut):
    lifetime_points, lifetime_purchases, loyalty_points, current_slab = make_balance_fields(
        **OPTIONAL
    )
    registered_on = optional_text(source="registered_at")
    updated_on = optional_text(source="modified_at")
    count = argument(number_text("total", **OPTIONAL), "page")
    start = argument(computed(optional_text(source="*"), _get_first_id), "page")
    rows = argument(
        computed(optional_text(source="purchases"), lambda purchases: str(len(purchases))), "page"
    )
    transactions = argument(listed("transaction", TransactionOut, source="purchases"), "page")


TRANSACTIONS = describe_one_or_many(
    "Transactions", "customers", "customer", TransactionsOut, CustomerLookupOut
)
