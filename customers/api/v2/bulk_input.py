"""Read bulk bodies: customers with parent, children and company."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.dialects.serializer_input import list_problems, validate_data
from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid
from crm.dialects.v2.pagination import Paging
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.usecases.bulk_association import Family, HierarchyPlacement
from crm.usecases.register_customers import SignUp
from customers.api.v2.enrollment_input import MAX_ENROLLMENTS, EnrollmentIn
from customers.api.v2.field_types import IdentifierValue, Text, Values, bounded_list
from customers.api.v2.profile_input import MAX_PROFILES, NewProfileIn
from customers.api.v2.registration import LoyaltyInfoIn, RegistrationIn, build_sign_up
from customers.api.v2.source_accounts import ReadSourceQuery
from customers.api.v2.update import UpdateIn
from customers.queries.hierarchies.families import SORT_COLUMNS

MAX_ITEMS = 100
MAX_CHILDREN = 100
# In all items together; more would keep the caller waiting for minutes.
MAX_CUSTOMERS = 1_000


class CaseInsensitiveChoice(serializers.ChoiceField):
    """A choice that ignores case."""

    def to_internal_value(self, data: Any) -> str:
        choice_by_name = {choice.lower(): choice for choice in self.choices}
        return str(super().to_internal_value(choice_by_name.get(str(data).strip().lower(), data)))


class ChildrenQuery(ReadSourceQuery, Paging):
    associationEntityType = CaseInsensitiveChoice(
        choices=["parentCustomer"], help_text="`parentCustomer`."
    )
    associationEntityIdentifierType = serializers.CharField(
        max_length=50, help_text="The type of the parent's identifier, or `id`."
    )
    associationEntityIdentifierValue = serializers.CharField(max_length=1_000)
    sortBy = CaseInsensitiveChoice(
        choices=list(SORT_COLUMNS),
        default="createdon",
        help_text="`createdon` or `lastUpdatedOn`.",
    )
    sortOrder = CaseInsensitiveChoice(choices=["ASC", "DESC"], default="DESC")


class CompanyIn(serializers.Serializer):
    externalId = IdentifierValue(
        required=False, allow_null=True, help_text="An unknown company is created."
    )


class RelativeIn(serializers.Serializer):
    profiles = bounded_list(NewProfileIn(), MAX_PROFILES)
    loyaltyInfo = LoyaltyInfoIn(required=False, allow_null=True)
    extendedFields = Values(help_text="Extended fields by name.")
    loyaltyProgramEnrollments = bounded_list(EnrollmentIn(), MAX_ENROLLMENTS)


@extend_schema_field(RelativeIn(many=True))
class RelativesIn(serializers.ListField):
    """Unvalidated children, so that an invalid one does not refuse the others."""


class AssociationIn(serializers.Serializer):
    hierarchyCode = Text(help_text="Without it, only the company is assigned.")
    roleCode = Text(help_text="Case-insensitive. Optional in an update.")
    parentCustomer = RelativeIn(
        required=False, allow_null=True, help_text="Registered unless known by an identifier."
    )
    childCustomers = RelativesIn(
        required=False,
        allow_null=True,
        max_length=MAX_CHILDREN,
        help_text="Registered unless known by an identifier.",
    )
    childRoleCode = Text(help_text="Default: the role directly below.")
    fleetCompany = CompanyIn(required=False, allow_null=True)
    skipLevelAllowed = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=False,
        help_text="Allow a parent more than one level above a child.",
    )


class BulkRegistrationIn(RegistrationIn):
    associationDetails = AssociationIn(required=False, allow_null=True)


class BulkUpdateIn(UpdateIn):
    profiles = bounded_list(
        NewProfileIn(), MAX_PROFILES, required=True, allow_null=False, allow_empty=False
    )
    referralCode = Text(help_text="Repeated in the answer.")
    associationDetails = AssociationIn(required=False, allow_null=True)


def read_items(data: Any) -> list[Any]:
    """Return the unvalidated items of a bulk. A single object is a bulk of one.

    Raises:
        RequestInvalid: there are no items.
        BatchTooLarge: there are too many items, or too many customers in them.
    """
    items = [data] if isinstance(data, Mapping) else data
    if not isinstance(items, list) or not items:
        raise RequestInvalid(detail="The body must be a list of customers.")
    if len(items) > MAX_ITEMS:
        raise BatchTooLarge(most=MAX_ITEMS)
    if len(items) + sum(len(get_raw_children(item)) for item in items) > MAX_CUSTOMERS:
        raise BatchTooLarge(most=MAX_CUSTOMERS)
    return items


def read_item(serializer: type[serializers.Serializer], item: Any) -> dict[str, Any]:
    """Return one validated item.

    Raises:
        RequestInvalid: the item is invalid; the detail lists the problems.
    """
    try:
        return validate_data(serializer, item)
    except serializers.ValidationError as error:
        raise RequestInvalid(detail=" ".join(list_problems(error.detail))) from error


def get_raw_children(item: Any) -> list[Any]:
    """Return the unvalidated children of an item."""
    association = item.get("associationDetails") if isinstance(item, Mapping) else None
    children = association.get("childCustomers") if isinstance(association, Mapping) else None
    return children if isinstance(children, list) else []


def build_family(
    org: Organization, query: Mapping[str, Any], body: Mapping[str, Any]
) -> Family | None:
    """Return a customer's parent, children and company, or None without an association.

    Raises what ``build_sign_up`` raises for the parent.
    """
    association = body.get("associationDetails")
    if not association:
        return None
    parent = association.get("parentCustomer")
    company = association.get("fleetCompany")
    return Family(
        placement=HierarchyPlacement(
            hierarchy=(association.get("hierarchyCode") or "").strip(),
            role=(association.get("roleCode") or "").strip(),
            child_role=(association.get("childRoleCode") or "").strip(),
            company=(company.get("externalId") or "") if company else None,
            skip_level=bool(association.get("skipLevelAllowed")),
        ),
        parent=build_sign_up(org, query, parent) if parent is not None else None,
        children=[
            _build_child(org, query, child) for child in association.get("childCustomers") or ()
        ],
    )


def _build_child(org: Organization, query: Mapping[str, Any], data: Any) -> SignUp | DomainError:
    try:
        return build_sign_up(org, query, read_item(RelativeIn, data))
    except DomainError as refusal:
        return refusal.detached()
