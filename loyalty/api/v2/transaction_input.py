"""The body of a transaction (v2), and the bill that it describes."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.transport_errors import RequestInvalid
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from customers.api.v2.field_types import SmallObject, Text, Values
from customers.rules.times import parse_moment
from loyalty.api.v2.number_field import ExactNumber
from loyalty.operations.transactions.bills import Bill, ReturnedLine
from loyalty.queries.entities import find_store_id, list_entity_chain
from loyalty.rules.transactions import RETURNS, Sale, SaleLine

MAX_LINES = 1_000
MAX_PAYMENTS = 50
MAX_REDEMPTIONS = 100
# Keys of a line item that are kept as they are.
DETAIL_KEYS = (
    "returnable",
    "returnableDays",
    "imgUrl",
    "purchaseTime",
    "comboDetails",
    "addOnDetails",
    "splitDetails",
)


class LineItemIn(serializers.Serializer):
    itemCode = Text(help_text="Needed.")
    description = Text()
    amount = ExactNumber(required=False, allow_null=True, help_text="Default: value less discount.")
    rate = ExactNumber(required=False, allow_null=True)
    qty = ExactNumber(required=False, allow_null=True, help_text="Default: 1.")
    value = ExactNumber(required=False, allow_null=True, help_text="Default: rate times quantity.")
    discount = ExactNumber(required=False, allow_null=True)
    serial = Text()
    type = Text(help_text="RETURN: the line brings goods back, in a mixed bill.")
    returnType = Text()
    parentBillNumber = Text(help_text="Of what comes back: the bill that it was bought with.")
    purchaseTime = Text()
    returnable = serializers.BooleanField(required=False, allow_null=True)
    returnableDays = serializers.IntegerField(required=False, allow_null=True)
    imgUrl = Text(max_length=1_000)
    attributes = SmallObject()
    customFields = Values()
    extendedFields = Values()
    comboDetails = serializers.JSONField(required=False, allow_null=True)
    addOnDetails = serializers.JSONField(required=False, allow_null=True)
    splitDetails = serializers.JSONField(required=False, allow_null=True)


class PaymentIn(serializers.Serializer):
    mode = Text()
    value = ExactNumber(required=False, allow_null=True)
    notes = Text()
    attributes = SmallObject()


class RedemptionIdsIn(serializers.Serializer):
    pointsRedemptions = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=MAX_REDEMPTIONS
    )
    couponRedemptions = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=MAX_REDEMPTIONS
    )


class BillCreatorIn(serializers.Serializer):
    code = Text()
    type = Text()


class BillAttributionIn(serializers.Serializer):
    createDate = Text()
    createdBy = BillCreatorIn(required=False, allow_null=True)


class CreditNoteIn(serializers.Serializer):
    amount = ExactNumber(required=False, allow_null=True)
    number = Text(max_length=100)
    notes = Text(max_length=255)
    validity = Text(max_length=40)


class TransactionIn(serializers.Serializer):
    type = Text(help_text="REGULAR (the default), NOT_INTERESTED, RETURN, NOT_INTERESTED_RETURN.")
    billNumber = Text(help_text="Of a return: the number of the bill that comes back.")
    billAmount = ExactNumber(required=False, allow_null=True)
    billingDate = Text(help_text="Default: now.")
    purchaseTime = Text(help_text="Of a return: when the goods were bought. Not kept.")
    discount = ExactNumber(required=False, allow_null=True)
    grossAmount = ExactNumber(required=False, allow_null=True)
    note = Text()
    deliveryStatus = Text()
    outlierStatus = Text()
    notInterestedReason = Text()
    returnType = Text(help_text="FULL, AMOUNT (the default), LINE_ITEM, CANCELLED.")
    currencyCode = Text()
    addWithLocalCurrency = serializers.BooleanField(
        required=False, allow_null=True, help_text="Not supported: amounts are kept as sent."
    )
    attribution = BillAttributionIn(required=False, allow_null=True)
    customFields = Values()
    extendedFields = Values()
    paymentModes = PaymentIn(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_PAYMENTS
    )
    redemptions = RedemptionIdsIn(required=False, allow_null=True)
    lineItemsV2 = LineItemIn(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_LINES
    )
    creditNote = CreditNoteIn(required=False, allow_null=True)
    loyaltyPromotionIdentifiers = serializers.ListField(
        child=serializers.CharField(max_length=150),
        required=False,
        max_length=50,
        help_text="Names of promotions that are given on request; others are left out.",
    )
    appliedPromotionIdentifiers = serializers.ListField(
        child=serializers.CharField(max_length=150),
        required=False,
        max_length=50,
        help_text="Ignored.",
    )
    promotionEvaluationId = Text(help_text="Ignored.")
    userGroup2Id = serializers.IntegerField(required=False, allow_null=True, help_text="Ignored.")


def read_type(body: Mapping[str, Any]) -> str:
    """Return the type of a transaction; it may be in any case."""
    return (body.get("type") or "").strip().upper() or "REGULAR"


def build_bill(
    origin: Origin,
    body: Mapping[str, Any],
    *,
    customer_id: int | None,
    source_account_id: int | None = None,
    returned_id: int | None = None,
    place: Sequence[OrgEntity] | None = None,
) -> Bill:
    """Return the bill of a body, entered at the till or store of the origin.

    ``place`` is that till or store followed by what is above it, if it is loaded already.

    Raises:
        RequestInvalid: a date cannot be read.
    """
    if place is None:
        place = list_entity_chain(org_id=origin.org.pk, entity_id=origin.actor_id)
    kind = read_type(body)
    is_return = kind in RETURNS
    lines = body.get("lineItemsV2") or []
    sold = [line for line in lines if is_return or not _is_returned(line)]
    redemptions = body.get("redemptions") or {}
    number = body.get("billNumber") or ""
    return Bill(
        sale=Sale(
            number=number,
            type=kind,
            customer_id=customer_id,
            store_id=find_store_id(place),
            till_id=_find_till_id(place),
            billed_at=_read_billing_date(origin, body),
            amount=body.get("billAmount"),
            gross_amount=body.get("grossAmount"),
            discount=_or_zero(body.get("discount")),
            notes=body.get("note") or "",
            payments=[_keep_given(payment) for payment in body.get("paymentModes") or []],
            custom_fields=body.get("customFields") or {},
            extended_fields=body.get("extendedFields") or {},
            lines=[build_line(line) for line in sold],
            returned_id=returned_id if is_return else None,
            returned_number=number if is_return else "",
            return_type=_read_return_type(body) if is_return else "",
            repeats_number=is_return,
            delivery_status=body.get("deliveryStatus") or "",
            outlier_status=(body.get("outlierStatus") or "NORMAL").strip().upper(),
            not_interested_reason=body.get("notInterestedReason") or "",
            currency_code=body.get("currencyCode") or "",
            credit_note=_keep_given(body.get("creditNote") or {}) or None,
            source_account_id=source_account_id,
            is_lenient=True,
            requested_promotions=body.get("loyaltyPromotionIdentifiers") or [],
        ),
        returned=[
            ReturnedLine(build_line(line), (line.get("parentBillNumber") or "").strip())
            for line in lines
            if not is_return and _is_returned(line)
        ],
        points_redemption_ids=redemptions.get("pointsRedemptions") or [],
        coupon_redemption_ids=redemptions.get("couponRedemptions") or [],
    )


def build_line(line: Mapping[str, Any]) -> SaleLine:
    """Return a line item of a body."""
    return SaleLine(
        item_code=line.get("itemCode") or "",
        description=line.get("description") or "",
        quantity=1 if line.get("qty") is None else line["qty"],
        rate=_or_zero(line.get("rate")),
        discount=_or_zero(line.get("discount")),
        gross_amount=line.get("value"),
        amount=line.get("amount"),
        serial=line.get("serial") or "",
        attributes=line.get("attributes") or {},
        custom_fields=line.get("customFields") or {},
        extended_fields=line.get("extendedFields") or {},
        details={key: line[key] for key in DETAIL_KEYS if line.get(key) is not None},
    )


def _is_returned(line: Mapping[str, Any]) -> bool:
    return (line.get("type") or "").strip().upper() in RETURNS


def _read_return_type(body: Mapping[str, Any]) -> str:
    return (body.get("returnType") or "").strip().upper() or "AMOUNT"


def _read_billing_date(origin: Origin, body: Mapping[str, Any]) -> Any:
    attribution = body.get("attribution") or {}
    for name, raw in (
        ("billingDate", body.get("billingDate")),
        ("createDate", attribution.get("createDate")),
    ):
        if (raw or "").strip():
            moment = parse_moment(raw, origin.org.zone)
            if moment is None:
                raise RequestInvalid(detail=f"{name}: this is no date and time.")
            return moment
    return None


def _find_till_id(place: Sequence[OrgEntity]) -> int | None:
    return next((entity.pk for entity in place if entity.type == OrgEntity.Type.TILL), None)


def _keep_given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _or_zero(value: Any) -> Any:
    return 0 if value is None else value
