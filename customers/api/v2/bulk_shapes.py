"""Answers of customers in bulk, with parent, children and company (operations 4 to 6)."""

from collections.abc import Mapping
from typing import Any

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
from crm.dialects.v2.entity_shapes import EntityTraitsOut
from customers.api.v2.details_shapes import (
    CARD_NUMBER,
    ActorOut,
    AttributionOut,
    IdentifierOut,
    ProfileOut,
    build_identifiers,
)
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.details import CustomerDetails, ProfileDetails
from loyalty.queries.cards.cards import CardDetails

# The order of identifier types; other types follow in order of registration.
_TYPE_ORDER = ("mobile", "email", "externalId", "cuid", CARD_NUMBER, "cardExternalId")


class WriterOut(ActorOut, EntityTraitsOut):
    """The entity that made a change; empty if unknown."""

    isActive = computed(
        serializers.BooleanField(required=False),
        lambda actor, inactive_ids: actor.id not in inactive_ids,
    )


class WrittenAttributionOut(AttributionOut):
    createdBy = if_none(WriterOut(source="created_by"), {})
    modifiedBy = if_none(WriterOut(source="modified_by"), {})


class MemberIdentifierOut(IdentifierOut):
    seriesCode = serializers.CharField(required=False, help_text="For cards, like the next keys.")
    cardExternalId = serializers.CharField(required=False)
    extendedFields = serializers.DictField(required=False)


def build_member_identifiers(
    owner: CustomerDetails | ProfileDetails, cards: Mapping[str, CardDetails]
) -> list[Answer]:
    """Return identifiers in the reference's order, with more keys for cards."""
    rows = sorted(build_identifiers(owner, cards), key=_get_type_rank)
    if not cards:
        return rows
    return [
        {**row, **_build_card(cards.get(row["value"]))} if row["type"] == CARD_NUMBER else row
        for row in rows
    ]


def _get_type_rank(row: Mapping[str, Any]) -> int:
    return _TYPE_ORDER.index(row["type"]) if row["type"] in _TYPE_ORDER else len(_TYPE_ORDER)


def _build_card(card: CardDetails | None) -> Answer:
    if card is None:
        return {}
    external = {"cardExternalId": card.external_id} if card.external_id else {}
    return {"seriesCode": card.series_code, **external, "extendedFields": card.extended_fields}


class MemberProfileOut(ProfileOut):
    attribution = WrittenAttributionOut(source="*")
    userId = serializers.IntegerField(
        source="customer_id", required=False, help_text="Only for saved profiles."
    )
    identifiers = computed(MemberIdentifierOut(many=True), build_member_identifiers)
    identifiersAll = argument(
        MemberIdentifierOut(many=True, help_text="Identifiers of all profiles."), "all_identifiers"
    )


class RelativeOut(Shape):
    profiles = MemberProfileOut(many=True)
    extendedFields = serializers.DictField(source="extended_fields")


class CompanyOut(Shape):
    reads_keys = True

    externalId = serializers.CharField(source="company")
    companyId = serializers.IntegerField(source="company_id", required=False)


class AssociationOut(Shape):
    # Built from a receipt: the placement with the customer's own position.
    reads_keys = True

    hierarchyCode = optional(serializers.CharField(source="hierarchy"), when="hierarchy")
    hierarchyId = optional(serializers.IntegerField(source="hierarchy_id"), when="hierarchy")
    skipLevelAllowed = computed(serializers.BooleanField(), lambda tie: bool(tie.get("skip_level")))
    roleCode = optional(serializers.CharField(source="role"), when="role")
    fleetCompany = optional(CompanyOut(source="*"), when="company_id")
    parentRoleId = optional(
        serializers.IntegerField(
            source="parent_role_id", help_text="Only if the customer has a parent."
        ),
        when="parent_role_id",
    )
    new = computed(
        serializers.BooleanField(help_text="Whether the customer is new in the hierarchy."),
        lambda tie: tie.get("is_new", False),
    )
    childCustomer = computed(
        serializers.BooleanField(help_text="Whether the customer has a parent."),
        lambda tie: tie.get("parent_role_id") is not None,
    )
    childCustomers = optional(argument(RelativeOut(many=True), "children"))
    parentCustomer = optional(argument(RelativeOut(), "parent"))
    childRoleCode = optional(argument(serializers.CharField(), "child_role"))


class TypeOut(Shape):
    loyaltyType = computed(
        serializers.CharField(source="loyalty_type", help_text="In lower case."), str.lower
    )


class MemberWarningOut(WarningOut):
    childIndex = serializers.IntegerField(
        required=False, help_text="The index in the request of a child that was not saved."
    )


class ChildOut(Shape):
    id = serializers.IntegerField(required=False, help_text="Only for saved customers.")
    profiles = MemberProfileOut(many=True)
    loyaltyInfo = TypeOut(source="*")
    segments = constant(serializers.DictField(), {})
    extendedFields = serializers.DictField(source="extended_fields")


class MemberOut(ChildOut):
    referralCode = optional(argument(serializers.CharField(allow_blank=True), "referral_code"))
    warnings = argument(MemberWarningOut(many=True), "warnings")
    associationDetails = optional(argument(AssociationOut(), "association"))


class _EntityOut(Shape):
    entity = argument(MemberOut(), "entity")


class CountsOut(Shape):
    childEntities = argument(MemberOut(many=True), "children")
    childCount = argument(serializers.IntegerField(), "count")
    childFailureCount = computed(
        serializers.IntegerField(), lambda _, children, count: count - len(children)
    )
    childSuccessCount = computed(serializers.IntegerField(), lambda _, children: len(children))
    errors = argument(WarningOut(many=True), "errors")  # type: ignore[assignment]


class BulkRegistrationOut(_EntityOut, CountsOut):
    warnings = constant(WarningOut(many=True), [])


class BulkUpdateOut(MemberOut, CountsOut):
    pass


class ChildrenEntityOut(serializers.Serializer):
    customers = ChildOut(many=True)
    count = serializers.IntegerField(
        help_text="The number of all children, not of those on this page."
    )
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class ChildrenOut(serializers.Serializer):
    entity = ChildrenEntityOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    success = serializers.BooleanField()
