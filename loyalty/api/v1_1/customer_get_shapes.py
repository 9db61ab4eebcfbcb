"""The answer of `customer/get` in v1.1."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import (
    Answer,
    Shape,
    argument,
    computed,
    constant,
    if_none,
    make_shape,
    optional,
)
from crm.dialects.v1_1.answer_fields import (
    OPTIONAL,
    amount_text,
    listed,
    number_text,
    optional_text,
)
from crm.dialects.v1_1.body_schema import describe_answer, describe_either
from customers.api.v1_1.customer_shapes import (
    CustomerLookupOut,
    FieldsOut,
    IdentifiersOut,
    NamesOut,
    list_fields,
)
from customers.queries.interactions import RecentInteraction
from loyalty.api.v1_1.coupons_shapes import NO_ENTITY, CodeAndNameOut, CouponOut
from loyalty.queries.enrollments.next_tiers import TierProgress
from loyalty.queries.transactions.purchases import RecentTransaction

# The reference shows NONE for a customer who is not marked.
FRAUD_NAMES = {"NOT_FRAUD": "NONE"}
MIN_PASSIVE_SCORE, MIN_PROMOTER_SCORE = 7, 9


# --- The customer -----------------------------------------------------------------------


def _list_identifiers(pairs: Sequence[tuple[str, str]]) -> list[Answer]:
    return [{"type": kind, "value": value} for kind, value in pairs]


def _format_fraud(status: str) -> str:
    return FRAUD_NAMES.get(status, status)


def _format_nps(score: int | None) -> str | None:
    if score is None:
        return None
    if score >= MIN_PROMOTER_SCORE:
        return "PROMOTER"
    return "PASSIVE" if score >= MIN_PASSIVE_SCORE else "DETRACTOR"


def _get_place(transaction: RecentTransaction) -> str:
    return transaction.till_code or transaction.store_code or ""


def _get_subject(interaction: RecentInteraction) -> str:
    return interaction.subject or interaction.survey_name


class HeldIdentifierOut(serializers.Serializer):
    type = serializers.CharField()
    value = serializers.CharField()


class FraudDetailsOut(Shape):
    status = computed(optional_text(source="fraud_status"), _format_fraud)
    marked_by = optional_text(source="fraud_marked_by")
    modified_on = if_none(optional_text(source="fraud_marked_at"), "")


class RecentTransactionOut(Shape):
    id = number_text("pk", **OPTIONAL)
    number = optional_text()
    type = optional_text()
    created_date = optional_text(source="billed_at")
    store = computed(optional_text(), _get_place)


class RecentNoteOut(Shape):
    id = number_text("id", **OPTIONAL)
    description = optional_text()
    added_on = optional_text(source="noted_at")


class RecentInteractionOut(Shape):
    id = number_text("pk", **OPTIONAL)
    network = computed(optional_text(source="network"), str.lower)
    type = computed(optional_text(source="type"), str.lower)
    date = optional_text(source="happened_at")
    count = number_text("times", **OPTIONAL)
    subject = computed(optional_text(), _get_subject)


class CustomerOut(NamesOut, IdentifiersOut):
    lifetime_points = argument(serializers.FloatField(source="lifetime"), "balances")
    lifetime_purchases = argument(serializers.FloatField(source="purchases"), "balances")
    loyalty_points = argument(serializers.FloatField(source="points"), "balances")
    current_slab = argument(optional_text(source="tier"), "balances")
    registered_on = optional_text(source="registered_at")
    updated_on = optional_text(source="modified_at")
    type = optional_text(source="loyalty_type")
    source = argument(  # type: ignore[assignment]
        computed(optional_text(source="source"), str.lower), "registration"
    )
    identifiers = argument(
        computed(HeldIdentifierOut(many=True, source="identifiers"), _list_identifiers),
        "registration",
    )
    registered_by = argument(
        if_none(optional_text(source="registered_by.name"), ""), "registration"
    )
    registered_store = argument(if_none(CodeAndNameOut(source="store"), NO_ENTITY), "registration")
    registered_till = argument(if_none(CodeAndNameOut(source="till"), NO_ENTITY), "registration")
    fraud_details = argument(FraudDetailsOut(source="*"), "registration")
    trackers = constant(optional_text(), "")
    current_nps_status = argument(
        computed(optional_text(source="nps_score"), _format_nps), "registration"
    )
    custom_fields = computed(FieldsOut(source="fields"), list_fields)
    extended_fields = computed(FieldsOut(source="extended_fields"), list_fields)
    transactions = argument(listed("transaction", RecentTransactionOut, source="*"), "transactions")
    coupons = argument(listed("coupon", CouponOut, source="*"), "coupons")
    notes = argument(RecentNoteOut(many=True, source="*"), "notes")
    recent_interactions = argument(
        listed("interaction", RecentInteractionOut, source="*"), "interactions"
    )


# --- The flags --------------------------------------------------------------------------


def _get_program(program_id: int, programs: Mapping[int, str]) -> str:
    return programs.get(program_id, "")


def _make_program_field() -> serializers.CharField:
    return computed(optional_text(source="program_id"), _get_program)


def _format_ndnc(is_on: bool | None) -> str:
    return "UNKNOWN" if is_on is None else "NDNC" if is_on else "NONE"


def _build_next_slab(progress: TierProgress | None) -> Answer | None:
    if progress is None or progress.next_tier is None:
        return None
    return NextSlabOut.build(progress)


class NextSlabOut(Shape):
    name = serializers.CharField(source="next_tier.name")
    description = serializers.CharField(source="next_tier.description", allow_blank=True)
    number = number_text("next_tier.serial")
    based_on = serializers.CharField(source="rule")
    needed = amount_text("next_tier.threshold")
    missing = amount_text("missing")
    within_days = if_none(
        number_text("next_tier.lift_days", allow_blank=True),
        "",
    )
    needed_visits = if_none(number_text("next_tier.lift_visits", allow_blank=True), "")
    needed_purchases = if_none(amount_text("next_tier.lift_purchases", allow_blank=True), "")


class RetentionOut(Shape):
    current_slab = serializers.CharField(source="tier.name")
    valid_till = serializers.CharField(source="expires_at")
    based_on = serializers.CharField(source="rule")
    needed = if_none(amount_text("tier.renewal_threshold", allow_blank=True), "")
    achieved = amount_text("metric_since_start")
    duration_days = if_none(number_text("tier.validity_days", allow_blank=True), "")
    needed_visits = if_none(number_text("tier.renewal_visits", allow_blank=True), "")
    achieved_visits = number_text("visits_since_start")


TierChangeOut = make_shape(
    "TierChangeOut",
    {
        "program": _make_program_field(),
        "from": computed(optional_text(source="previous"), lambda name: name or ""),
        "to": optional_text(source="tier"),
        "reason": optional_text(),
        "changed_on": optional_text(source="changed_at"),
        "expires_on": optional_text(source="expires_at"),
        "store": computed(optional_text(source="changed_in"), lambda name: name or ""),
    },
)


class NdscStatusOut(Shape):
    status = computed(optional_text(source="is_on_ndnc"), _format_ndnc)


class ConsentOut(Shape):
    name = computed(optional_text(source="channel"), str.lower)
    priority = optional_text()
    status = computed(optional_text(), lambda row: row.status if row.was_set else "NOT_SET")


class ExpiringPointsOut(Shape):
    program = _make_program_field()
    points = amount_text("points", **OPTIONAL)
    expiry_date = optional_text(source="expires_at")


class ExpiredPointsOut(Shape):
    program = _make_program_field()
    points = amount_text("points", **OPTIONAL)
    expired_on = optional_text(source="expires_at")


class PointsMovementOut(Shape):
    program = _make_program_field()
    type = optional_text(source="kind")
    points = amount_text("points", **OPTIONAL)
    transaction_number = optional_text()
    date = optional_text(source="happened_at")
    store = computed(optional_text(source="entity_name"), lambda name: name or "")


class PromotionPointsOut(Shape):
    program = _make_program_field()
    promotion = optional_text()
    points = amount_text("points", **OPTIONAL)
    remaining = amount_text("remaining", **OPTIONAL)
    issued_on = optional_text(source="issued_at")
    issued_at = computed(optional_text(source="issued_by"), lambda name: name or "")
    expiry_date = optional_text(source="expires_at")


def _flagged(name: str, field: Any) -> Any:
    return optional(field, when=lambda parts: name in parts)


class FlagsOut(Shape):
    # It reads what each flag that is passed found out about a customer.
    reads_keys = True

    next_slab = _flagged(
        "next_slab", computed(NextSlabOut(source="next_slab", allow_null=True), _build_next_slab)
    )
    membership_retention_criteria = _flagged(
        "membership_retention_criteria", RetentionOut(allow_null=True)
    )
    slab_history = _flagged("slab_history", listed("slab", TierChangeOut))
    ndsc_status = _flagged("ndsc_status", NdscStatusOut())
    optin_status = _flagged("optin_status", listed("service", ConsentOut))
    expiry_schedule = _flagged("expiry_schedule", listed("schedule", ExpiringPointsOut))
    expired_points = _flagged("expired_points", listed("item", ExpiredPointsOut))
    points_summary = _flagged("points_summary", listed("item", PointsMovementOut))
    promotion_points = _flagged("promotion_points", listed("item", PromotionPointsOut))


FLAGS = tuple(FlagsOut._declared_fields)


CUSTOMERS = describe_answer(
    "Customers",
    "customers",
    "customer",
    describe_either("CustomerWithFlags", CustomerOut, FlagsOut),
    CustomerLookupOut,
)
