"""A transaction and what it earned, as v2 answers them."""

from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, computed, constant, if_none
from customers.api.v2.shared_schema import WarningOut
from loyalty.models import LineItem
from loyalty.queries.transactions.details import LineDetails, PointsOfBill, TransactionDetails
from loyalty.rules.amounts import ZERO, round_half_up

UNRETURNED = ("REGULAR", "NOT_INTERESTED")


class AwardOut(serializers.Serializer):
    entityType = serializers.CharField()
    rawAwardedPoints = serializers.FloatField()
    awardedPoints = serializers.FloatField(help_text="Less than zero for a return.")
    type = serializers.CharField()


class CustomerInfoOut(serializers.Serializer):
    firstName = serializers.CharField(allow_null=True)
    lastName = serializers.CharField(allow_null=True)


class TransactionAddedOut(serializers.Serializer):
    createdId = serializers.IntegerField()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    sideEffects = AwardOut(many=True)
    rawSideEffects = serializers.ListField(child=serializers.DictField())
    customerInfo = CustomerInfoOut()


class BulkTransactionOut(serializers.Serializer):
    entityId = serializers.IntegerField(allow_null=True)
    result = serializers.DictField(help_text="What was sent, with billingDate and sideEffects.")
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class BulkTransactionsOut(serializers.Serializer):
    response = BulkTransactionOut(many=True)
    totalCount = serializers.IntegerField()
    failureCount = serializers.IntegerField()
    warnings = WarningOut(many=True)


class TransactionUpdatedOut(serializers.Serializer):
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    loyaltyDetails = serializers.ListField(child=serializers.DictField(), required=False)


class PlaceOut(Shape):
    id = serializers.IntegerField(source="pk")
    code = serializers.CharField()
    name = serializers.CharField()


def _get_types(details: TransactionDetails) -> list[str]:
    return [row.return_type or "AMOUNT" for row in details.returns]


def _get_returned_at(details: TransactionDetails) -> Any:
    return details.returns[-1].billed_at if details.returns else None


class BillReturnsOut(Shape):
    canceled = serializers.BooleanField(source="is_cancelled")
    returnedAmount = serializers.FloatField(source="returned_amount")
    returnTypes = computed(serializers.ListField(child=serializers.CharField()), _get_types)
    lastReturnedOn = computed(serializers.DateTimeField(allow_null=True), _get_returned_at)


class BillDetailsOut(Shape):
    amount = serializers.FloatField(source="row.amount")
    billNumber = serializers.CharField(source="row.number")
    billingTime = serializers.DateTimeField(source="row.billed_at")
    billingStore = if_none(serializers.CharField(source="row.store.code"), "")
    discount = serializers.FloatField(source="row.discount")
    grossAmount = serializers.FloatField(source="row.gross_amount")
    note = serializers.CharField(source="row.notes")
    returnDetails = BillReturnsOut(source="*")
    niReturnDetails = constant(serializers.DictField(allow_null=True), None)
    invalidBill = constant(serializers.BooleanField(), False)


def _get_detail(name: str) -> Any:
    return lambda line: line.row.details.get(name)


class LineItemDetailsOut(Shape):
    amount = serializers.FloatField(source="row.amount")
    description = serializers.CharField(source="row.description")
    discount = serializers.FloatField(source="row.discount")
    itemCode = serializers.CharField(source="row.item_code")
    qty = serializers.FloatField(source="row.quantity")
    rate = serializers.FloatField(source="row.rate")
    serial = serializers.CharField(source="row.serial")
    value = serializers.FloatField(source="row.gross_amount")
    returnable = computed(serializers.BooleanField(allow_null=True), _get_detail("returnable"))
    returnableDays = computed(
        serializers.IntegerField(allow_null=True), _get_detail("returnableDays")
    )
    imgUrl = computed(serializers.CharField(allow_null=True), _get_detail("imgUrl"))
    attributes = serializers.DictField(source="row.attributes")
    customFields = serializers.DictField(source="row.custom_fields")
    extendedFields = serializers.DictField(source="row.extended_fields")
    attributesSet = computed(serializers.BooleanField(), lambda line: bool(line.row.attributes))


class ReturnedLineOut(Shape):
    id = serializers.IntegerField(source="pk")
    transactionId = serializers.IntegerField(source="transaction_id")
    itemCode = serializers.CharField(source="item_code")
    qty = serializers.FloatField(source="quantity")
    amount = serializers.FloatField()


def _build_returns(line: LineDetails) -> list[Answer]:
    return [] if line.type == "NOT_INTERESTED" else _build_lines(line.returns)


def _build_ni_returns(line: LineDetails) -> list[Answer]:
    return _build_lines(line.returns) if line.type == "NOT_INTERESTED" else []


def _build_lines(rows: tuple[LineItem, ...]) -> list[Answer]:
    return [ReturnedLineOut.build(row) for row in rows]


class LineItemOut(Shape):
    id = serializers.IntegerField(source="row.pk")
    transactionId = serializers.IntegerField(source="row.transaction_id")
    customerId = computed(
        serializers.IntegerField(allow_null=True), lambda line, customer_id: customer_id
    )
    type = serializers.CharField()
    details = LineItemDetailsOut(source="*")
    outlierStatus = computed(serializers.CharField(), lambda line, outlier_status: outlier_status)
    returnDetails = computed(
        serializers.DictField(allow_null=True),
        lambda line: {"returnedLineItemId": line.row.returned_id} if line.row.returned_id else None,
    )
    valid = constant(serializers.BooleanField(), True)
    returnLineItemsDtos = computed(ReturnedLineOut(many=True), _build_returns)
    niReturnLineItemsDtos = computed(ReturnedLineOut(many=True), _build_ni_returns)
    addonDetails = computed(serializers.JSONField(allow_null=True), _get_detail("addOnDetails"))
    comboDetails = computed(serializers.JSONField(allow_null=True), _get_detail("comboDetails"))
    splitItemsDetails = computed(
        serializers.JSONField(allow_null=True), _get_detail("splitDetails")
    )
    niReturn = computed(
        serializers.BooleanField(), lambda line: line.type == "NOT_INTERESTED_RETURN"
    )


class PaymentOut(serializers.Serializer):
    id = serializers.IntegerField()
    mode = serializers.CharField()
    amount = serializers.FloatField()
    notes = serializers.CharField()
    attributes = serializers.DictField()
    orgPaymentModeId = serializers.IntegerField()


def _build_payments(details: TransactionDetails) -> list[Answer]:
    return [
        {
            "id": position,
            "mode": str(payment.get("mode") or ""),
            "amount": payment.get("value") or 0,
            "notes": payment.get("notes") or "",
            "attributes": payment.get("attributes") or {},
            "orgPaymentModeId": -1,
        }
        for position, payment in enumerate(details.row.payments, start=1)
        if isinstance(payment, dict)
    ]


def _build_credit_note(details: TransactionDetails) -> Answer | None:
    note = details.row.credit_note
    if not isinstance(note, dict):
        return None
    return {
        "amount": note.get("amount") or 0,
        "notes": note.get("notes") or "",
        "number": note.get("number") or "",
        "validity": note.get("validity"),
        "updateAmount": False,
    }


def _build_return_details(details: TransactionDetails) -> Answer | None:
    row = details.row
    if row.returned_id is None and not row.return_type:
        return None
    return {"parentTransactionId": row.returned_id, "returnType": row.return_type or "AMOUNT"}


class BillAttributionOut(serializers.Serializer):
    createDate = serializers.DateTimeField()
    createdBy = serializers.DictField(allow_null=True)


def _build_attribution(details: TransactionDetails) -> Answer:
    entity = details.row.entered_by
    return {
        "createDate": details.row.recorded_at,
        "createdBy": {
            "id": entity.pk,
            "code": entity.code,
            "name": entity.name,
            "type": entity.type,
        }
        if entity
        else None,
    }


class TransactionOut(Shape):
    id = serializers.IntegerField(source="row.pk")
    customerId = serializers.IntegerField(source="row.customer_id", allow_null=True)
    type = serializers.CharField(source="row.type")
    source = if_none(serializers.CharField(source="row.source_account.source"), "INSTORE")  # type: ignore[assignment]
    accountId = if_none(serializers.CharField(source="row.source_account.account_id"), "")
    attribution = computed(BillAttributionOut(), _build_attribution)
    billDetails = BillDetailsOut(source="*")
    lineItems = computed(
        LineItemOut(many=True),
        lambda details: [
            LineItemOut.build(
                line,
                customer_id=details.row.customer_id,
                outlier_status=details.row.outlier_status,
            )
            for line in details.lines
        ],
    )
    outlierStatus = serializers.CharField(source="row.outlier_status")
    deliveryStatus = serializers.CharField(source="row.delivery_status")
    notInterestedReason = serializers.CharField(source="row.not_interested_reason")
    currencyCode = serializers.CharField(source="row.currency_code")
    paymentModes = computed(PaymentOut(many=True), _build_payments)
    creditNote = computed(
        serializers.DictField(allow_null=True, help_text="Amount, notes, number and validity."),
        _build_credit_note,
    )
    customFields = serializers.DictField(source="row.custom_fields")
    extendedFields = serializers.DictField(source="row.extended_fields")
    lifeTimePurchases = constant(serializers.FloatField(allow_null=True), None)
    ignorePoints = computed(
        serializers.BooleanField(), lambda details: details.row.outlier_status != "NORMAL"
    )
    basketSize = serializers.FloatField(source="basket_size")
    autoUpdateTime = serializers.DateTimeField(source="row.recorded_at")
    addWithLocalCurrency = constant(serializers.BooleanField(), False)
    useV2 = constant(serializers.BooleanField(), True)
    useDefaultFleetGroup = constant(serializers.BooleanField(), False)
    returnDetails = computed(serializers.DictField(allow_null=True), _build_return_details)
    niReturnDetails = constant(serializers.DictField(allow_null=True), None)
    warnings = constant(WarningOut(many=True), [])


class CurrentPointsOut(Shape):
    availablePoints = serializers.FloatField(source="available")
    expiredPoints = serializers.FloatField(source="expired")
    redeemedPoints = serializers.FloatField(source="redeemed")
    promisedPoints = serializers.FloatField(source="promised")
    returnedPromisedPoints = constant(serializers.FloatField(), 0)
    returnedPoints = serializers.FloatField(source="returned")
    promisedPointsConverted = constant(serializers.FloatField(), 0)


def _build_issued(points: PointsOfBill) -> Answer:
    return {
        "redeemablePointsIssued": points.issued + points.promotional - points.promised,
        "promisedPointsIssued": points.promised,
    }


def _build_breakup(points: PointsOfBill) -> Answer:
    return {
        "regularPointsInfo": {"issued": points.issued},
        "promotionalPointsInfo": {"issued": points.promotional},
    }


class BillPointsOut(Shape):
    programId = serializers.IntegerField(source="program_id")
    currentPointsSummary = CurrentPointsOut(source="*")
    issuedPointsSummary = computed(serializers.DictField(), _build_issued)
    currentPointsBreakup = computed(serializers.DictField(), _build_breakup)


class EarningOut(serializers.Serializer):
    entityId = serializers.IntegerField()
    entityType = serializers.CharField()
    billPoints = BillPointsOut(many=True)


def _share_points(line: LineDetails, details: TransactionDetails) -> Answer:
    """Return the part of the bill's points that the line earned, by its part of the amount."""
    total = sum((other.row.amount for other in details.lines), ZERO)
    part = line.row.amount / total if total > 0 else ZERO
    return {
        "entityId": line.row.pk,
        "entityType": "LINE_ITEM",
        "lineItemPoints": [
            {
                "programId": points.program_id,
                "points": round_half_up((points.issued + points.promotional) * part),
            }
            for points in details.points
        ],
    }


class LineEarningOut(serializers.Serializer):
    entityId = serializers.IntegerField()
    entityType = serializers.CharField()
    lineItemPoints = serializers.ListField(child=serializers.DictField())


class EarningLineOut(LineItemOut):
    pointsEarningEntities = computed(LineEarningOut(), _share_points)


class EarningBillOut(BillDetailsOut):
    pointsEarningEntities = computed(
        EarningOut(),
        lambda details: {
            "entityId": details.row.pk,
            "entityType": "TRANSACTION",
            "billPoints": [BillPointsOut.build(points) for points in details.points],
        },
    )


class EarningTransactionOut(TransactionOut):
    billDetails = EarningBillOut(source="*")
    lineItems = computed(
        EarningLineOut(many=True),
        lambda details: [
            EarningLineOut.build(
                line,
                customer_id=details.row.customer_id,
                outlier_status=details.row.outlier_status,
                details=details,
            )
            for line in details.lines
        ],
    )
