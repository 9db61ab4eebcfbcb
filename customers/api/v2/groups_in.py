"""Customers with parent, children and company, as the bodies of a bulk carry them."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.dialects.reading import problems, read
from crm.dialects.refusals import BatchTooLarge, RequestInvalid
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.usecases.grouping import Kin, Ties
from crm.usecases.registering import Person
from customers.api.v2.fields_in import IdentifierValue, Text, Values, listed
from customers.api.v2.joinings_in import MOST_JOININGS, JoiningIn
from customers.api.v2.profiles_in import MOST_PROFILES, NewProfileIn
from customers.api.v2.registering import LoyaltyInfoIn, RegistrationIn, person_in
from customers.api.v2.updating import UpdateIn

MOST_ITEMS = 100
MOST_CHILDREN = 100
# Of all items together; beyond that a caller would wait for minutes.
MOST_PEOPLE = 1_000


class CompanyIn(serializers.Serializer):
    externalId = IdentifierValue(
        required=False, allow_null=True, help_text="An unknown company is added."
    )


class RelativeIn(serializers.Serializer):
    profiles = listed(NewProfileIn(), MOST_PROFILES)
    loyaltyInfo = LoyaltyInfoIn(required=False, allow_null=True)
    extendedFields = Values(help_text="Extended fields by name.")
    loyaltyProgramEnrollments = listed(JoiningIn(), MOST_JOININGS)


@extend_schema_field(RelativeIn(many=True))
class RelativesIn(serializers.ListField):
    """People as they come: one who cannot be read leaves the others."""


class AssociationIn(serializers.Serializer):
    hierarchyCode = Text(help_text="Left out: the company alone is joined.")
    roleCode = Text(help_text="In any case; an update may leave it out.")
    parentCustomer = RelativeIn(
        required=False, allow_null=True, help_text="Registered unless known by an identifier."
    )
    childCustomers = RelativesIn(
        required=False,
        allow_null=True,
        max_length=MOST_CHILDREN,
        help_text="Registered unless known by an identifier.",
    )
    childRoleCode = Text(help_text="Left out: the role right below.")
    fleetCompany = CompanyIn(required=False, allow_null=True)
    skipLevelAllowed = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=False,
        help_text="Let a parent stand more than one level above a child.",
    )


class GroupIn(RegistrationIn):
    associationDetails = AssociationIn(required=False, allow_null=True)


class GroupUpdateIn(UpdateIn):
    profiles = listed(
        NewProfileIn(), MOST_PROFILES, required=True, allow_null=False, allow_empty=False
    )
    referralCode = Text(help_text="Answered as it came.")
    associationDetails = AssociationIn(required=False, allow_null=True)


def read_items(said: Any) -> list[Any]:
    """Return the items of a bulk, each as it came; a single object is a bulk of one.

    Raises:
        RequestInvalid: there are none.
        BatchTooLarge: there are more items, or more people in them, than one request may bring.
    """
    items = [said] if isinstance(said, Mapping) else said
    if not isinstance(items, list) or not items:
        raise RequestInvalid(detail="The body must be a list of customers.")
    if len(items) > MOST_ITEMS:
        raise BatchTooLarge(most=MOST_ITEMS)
    if len(items) + sum(len(children_said(item)) for item in items) > MOST_PEOPLE:
        raise BatchTooLarge(most=MOST_PEOPLE)
    return items


def read_item(serializer: type[serializers.Serializer], item: Any) -> dict[str, Any]:
    """Return one item, checked.

    Raises:
        RequestInvalid: with what is wrong with it.
    """
    try:
        return read(serializer, item)
    except serializers.ValidationError as wrong:
        raise RequestInvalid(detail=" ".join(problems(wrong.detail))) from wrong


def children_said(item: Any) -> list[Any]:
    """The children of an item that nobody has checked yet."""
    ties = item.get("associationDetails") if isinstance(item, Mapping) else None
    children = ties.get("childCustomers") if isinstance(ties, Mapping) else None
    return children if isinstance(children, list) else []


def kin_in(org: Organization, query: Mapping[str, Any], body: Mapping[str, Any]) -> Kin | None:
    """Hand on who comes along with a customer, in the domain's words; None where nothing is said.

    Raises what ``person_in`` raises of the parent.
    """
    said = body.get("associationDetails")
    if not said:
        return None
    parent = said.get("parentCustomer")
    company = said.get("fleetCompany")
    return Kin(
        ties=Ties(
            hierarchy=(said.get("hierarchyCode") or "").strip(),
            role=(said.get("roleCode") or "").strip(),
            child_role=(said.get("childRoleCode") or "").strip(),
            company=(company.get("externalId") or "") if company else None,
            skip_level=bool(said.get("skipLevelAllowed")),
        ),
        parent=person_in(org, query, parent) if parent is not None else None,
        children=[_child(org, query, child) for child in said.get("childCustomers") or ()],
    )


def _child(org: Organization, query: Mapping[str, Any], said: Any) -> Person | DomainError:
    try:
        return person_in(org, query, read_item(RelativeIn, said))
    except DomainError as refusal:
        return refusal
