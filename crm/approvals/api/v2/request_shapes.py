"""How requests, tier changes and their actors read in v2."""

from collections.abc import Callable
from decimal import Decimal

from rest_framework import serializers

from crm.approvals.models import Request
from crm.dialects.answer_shapes import Answer, Shape, computed, constant, if_none, optional
from crm.dialects.v2.entity_shapes import EntityTraitsOut
from crm.tenancy.rules.settings import OrgSettings
from customers.api.v2.shared_schema import WarningOut
from loyalty.models import TierChange

# Request kinds whose names are identifier types in the reference.
IDENTIFIERS = ("MOBILE", "EMAIL", "EXTERNAL_ID")
TIER = "TIER"


class RequestActorOut(EntityTraitsOut):
    # A till, store or member of staff.
    id = serializers.IntegerField()
    code = serializers.CharField()
    description = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(help_text="TILL, STORE, ADMIN_USER, ...")
    isActive = serializers.BooleanField(source="is_active")


class ChangedIdentifierOut(serializers.Serializer):
    type = serializers.CharField()
    value = serializers.CharField()


class ChangesOut(serializers.Serializer):
    add = ChangedIdentifierOut(many=True)
    remove = ChangedIdentifierOut(many=True)


def _build_last_actor(request: Request, org_settings: OrgSettings) -> Answer:
    decision = request.decision
    actor = decision.actor if decision else request.maker
    return RequestActorOut.build(actor, org_settings=org_settings)


def _get_decision_comments(request: Request) -> str:
    return request.decision.comments if request.decision else ""


def _is_retro(request: Request) -> bool:
    return bool(request.kind == Request.Kind.RETRO)


def _is_goodwill(request: Request) -> bool:
    return request.kind in (Request.Kind.POINTS, Request.Kind.COUPON)


def _is_change(request: Request) -> bool:
    return not _is_retro(request) and not _is_goodwill(request)


def _is_approved_goodwill(request: Request) -> bool:
    is_approved = request.status == Request.Status.APPROVED and request.decision is not None
    return is_approved and _is_goodwill(request)


def _is_goodwill_with(key: str) -> Callable[[Request], bool]:
    return lambda request: key in request.payload and _is_goodwill(request)


def _build_changes(request: Request) -> Answer:
    kind = "MOBILE" if request.kind == Request.Kind.MOBILE_REALLOC else request.kind
    has_values = kind in (*IDENTIFIERS, "ADDRESS")
    return {
        "add": [{"type": kind, "value": request.new_value}]
        if has_values and request.new_value
        else [],
        "remove": [{"type": kind, "value": request.old_value}]
        if has_values and request.old_value
        else [],
    }


def _format_value(request: Request, approved: Decimal | None) -> str:
    """Format the points, or the series id of a coupon."""
    points = request.points if approved is None else approved
    if points is None:
        return str(request.payload.get("series_id", ""))
    return f"{points:.3f}".rstrip("0").rstrip(".")


class RequestOut(Shape):
    id = serializers.IntegerField(
        source="pk", help_text="The id used to approve or reject the request."
    )
    requestId = serializers.IntegerField(source="pk", help_text="The same.")
    status = serializers.CharField(help_text="PENDING, APPROVED, REJECTED or FAILED.")
    addedBy = RequestActorOut(
        source="maker", allow_null=True, help_text="The maker; null for the system."
    )
    enteredBy = RequestActorOut(source="maker", allow_null=True, help_text="The same.")
    updatedBy = computed(
        RequestActorOut(allow_null=True, help_text="The checker, else the maker."),
        _build_last_actor,
    )
    addedOn = serializers.DateTimeField(source="filed_at")
    updatedOn = serializers.DateTimeField(
        source="changed_at", help_text="Filed, failed or decided."
    )
    userId = serializers.IntegerField(source="customer_id", help_text="The customer's id.")
    changeType = serializers.CharField(source="kind")
    baseType = serializers.CharField(source="kind", help_text="The same.")
    reason = serializers.CharField()
    comments = computed(
        serializers.CharField(help_text="The maker's comments, else the checker's."),
        lambda request: request.comments or _get_decision_comments(request),
    )
    updatedComments = if_none(
        serializers.CharField(source="decision.comments", help_text="The checker's comments."),
        "",
    )
    updatedReason = if_none(
        serializers.CharField(source="decision.reason", help_text="The checker's reason."), ""
    )
    secUserId = if_none(
        serializers.IntegerField(
            source="other_customer_id",
            help_text="The survivor of a merge, or the previous holder of the number; 0 for none.",
        ),
        0,
    )
    oneStep = serializers.BooleanField(source="one_step")
    autoApproved = if_none(serializers.BooleanField(source="decision.auto_approved"), False)
    warnings = constant(WarningOut(many=True), [])
    addedByParent = optional(
        RequestActorOut(source="maker.parent", help_text="The store of a till.")
    )
    failure = optional(
        serializers.CharField(help_text="The code of the rule that the approval broke."),
        when="failure",
    )
    changeIdentifiers = optional(
        computed(ChangesOut(help_text="Only for change requests."), _build_changes),
        when=_is_change,
    )
    transactionId = optional(
        computed(
            serializers.IntegerField(help_text="Only for retro requests."),
            lambda request: request.payload["transaction_id"],
        ),
        when=_is_retro,
    )
    reqAdd = optional(
        constant(serializers.BooleanField(help_text="Only for retro requests."), True),
        when=_is_retro,
    )
    goodwillType = optional(
        serializers.CharField(source="kind", help_text="POINTS or COUPON."), when=_is_goodwill
    )
    goodwillStatus = optional(
        serializers.CharField(source="status", help_text="The status of goodwill."),
        when=_is_goodwill,
    )
    requestedValue = optional(
        computed(
            serializers.CharField(help_text="The requested points, or the coupon series."),
            lambda request: _format_value(request, None),
        ),
        when=_is_goodwill,
    )
    programId = optional(
        computed(serializers.IntegerField(), lambda request: request.payload["program_id"]),
        when=_is_goodwill_with("program_id"),
    )
    seriesId = optional(
        computed(serializers.IntegerField(), lambda request: request.payload["series_id"]),
        when=_is_goodwill_with("series_id"),
    )
    approvedValue = optional(
        computed(
            serializers.CharField(help_text="The approved points, or the coupon series."),
            lambda request: _format_value(request, request.decision.points),
        ),
        when=_is_approved_goodwill,
    )


def build_tier_change(change: TierChange, org_settings: OrgSettings) -> Answer:
    """Build a tier change in the shape of an approved identifier change."""
    actor = change.changed_by
    actor_answer = (
        None if actor is None else RequestActorOut.build(actor, org_settings=org_settings)
    )
    answer = {
        "id": change.pk,
        "requestId": change.pk,
        "status": Request.Status.APPROVED,
        "addedBy": actor_answer,
        "enteredBy": actor_answer,
        "updatedBy": actor_answer,
        "addedOn": change.changed_at,
        "updatedOn": change.changed_at,
        "userId": change.enrollment.customer_id,
        "changeType": TIER,
        "baseType": TIER,
        "changeIdentifiers": {
            "add": [{"type": TIER, "value": change.tier.name}],
            "remove": []
            if change.previous_tier is None
            else [{"type": TIER, "value": change.previous_tier.name}],
        },
        "programId": change.enrollment.program_id,
        "reason": change.reason,
        "comments": "",
        "updatedComments": "",
        "updatedReason": "",
        "secUserId": 0,
        "oneStep": False,
        "autoApproved": False,
        "warnings": [],
    }
    if actor is not None and actor.parent is not None:
        answer["addedByParent"] = RequestActorOut.build(actor.parent, org_settings=org_settings)
    return answer


class PaginationOut(serializers.Serializer):
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Number of matches, up to 10,000.")


class RequestsOut(serializers.Serializer):
    pagination = PaginationOut()
    data = RequestOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
