"""Answers of customers in bulk, with parent, children and company (operations 4 to 6)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.dialects.answer_shapes import Answer, Shape
from crm.tenancy.queries.entities import find_inactive_entity_ids
from crm.tenancy.queries.settings import get_settings
from customers.api.v2.bulk_shapes import (
    AssociationOut,
    BulkRegistrationOut,
    ChildOut,
    MemberOut,
    RelativeOut,
    build_member_identifiers,
)
from customers.api.v2.details_shapes import CARD_NUMBER
from customers.queries.customers.details import CustomerDetails, list_details
from customers.queries.source_accounts import Account
from loyalty.queries.cards.cards import CardDetails, list_card_details

_ADDRESS_KINDS = {"residence": False, "office": False}


class CustomerAnswers:
    """Loads customers at once and builds their answers. Merged customers are not contained."""

    def __init__(
        self,
        *,
        org_id: int,
        customer_ids: Collection[int],
        now: datetime,
        source_account: Account | None = None,
    ) -> None:
        self._details = list_details(
            org_id=org_id, customer_ids=customer_ids, source_account=source_account
        )
        self._cards = _list_cards(org_id, self._details, now)
        self._inactive_ids = find_inactive_entity_ids(
            org_id=org_id, entity_ids=_list_actor_ids(self._details.values())
        )
        self._org_settings = get_settings(org_id)

    def __contains__(self, customer_id: int) -> bool:
        return customer_id in self._details

    def build(self, customer_id: int, shape: type[Shape], **arguments: Any) -> Answer:
        """Return a customer in a shape. A customer who was merged meanwhile is empty."""
        details: Any = self._details.get(customer_id) or _GoneCustomer(customer_id)
        cards = {card.number: card for card in self._cards.get(customer_id, ())}
        return shape.build(
            details,
            cards=cards,
            all_identifiers=build_member_identifiers(details, cards),
            inactive_ids=self._inactive_ids,
            org_settings=self._org_settings,
            **arguments,
        )


@dataclass
class _GoneCustomer:
    id: int
    loyalty_type: str = "loyalty"
    extended_fields: Answer = field(default_factory=dict)
    profiles: tuple[()] = ()
    identifiers: tuple[()] = ()


def bulk_item_answer(
    result: Mapping[str, Any], body: Mapping[str, Any], customers: CustomerAnswers
) -> Answer:
    """Return the answer of a saved item: the customer and the saved children."""
    children = [child for child in result["children"] if "error" not in child]
    placement = result["ties"]
    association = None
    if placement is not None:
        association = _build_association(
            placement,
            result["id"],
            children=[customers.build(child["id"], RelativeOut) for child in children] or None,
            parent=customers.build(result["parent"], RelativeOut) if result["parent"] else None,
            child_role=_get_role(placement, children[0]["id"]) if children else None,
        )
    entity = customers.build(
        result["id"],
        MemberOut,
        referral_code=(body["referralCode"] or "") if "referralCode" in body else None,
        warnings=[*result["warnings"], *_list_child_warnings(result["children"])],
        association=association,
    )
    return BulkRegistrationOut.build(
        None,
        entity=entity,
        children=[_child_answer(child, placement or {}, customers) for child in children],
        count=len(result["children"]),
        errors=[],
    )


def _child_answer(
    child: Mapping[str, Any], placement: Mapping[str, Any], customers: CustomerAnswers
) -> Answer:
    return {
        **customers.build(child["id"], ChildOut),
        "associationDetails": _build_association(placement, child["id"]),
        "warnings": child["warnings"],
    }


def refused_item_answer(
    error: Mapping[str, Any], body: Mapping[str, Any], children: int, now: datetime
) -> Answer:
    """Return the answer of a refused item: its data and the error."""
    return BulkRegistrationOut.build(
        None, entity=_echo_item(body, now), children=[], count=children, errors=[error]
    )


def flatten_answer(answer: Answer) -> Answer:
    """Return an update's item, with the keys of the customer at the top level."""
    entity = answer["entity"]
    rest = {name: value for name, value in answer.items() if name not in ("entity", "warnings")}
    return {**entity, "warnings": entity.get("warnings", []), **rest}


def _list_child_warnings(children: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """Return the refused children as warnings, with their index in the request."""
    return [
        {**child["error"], "childIndex": index}
        for index, child in enumerate(children)
        if "error" in child
    ]


def _build_association(
    placement: Mapping[str, Any],
    customer_id: int,
    *,
    children: list[Answer] | None = None,
    parent: Answer | None = None,
    child_role: str | None = None,
) -> Answer:
    position = placement.get("stands", {}).get(str(customer_id)) or {}
    return AssociationOut.build(
        {**placement, **position}, children=children, parent=parent, child_role=child_role
    )


def _get_role(placement: Mapping[str, Any], customer_id: int) -> str:
    position = placement["stands"].get(str(customer_id))
    return str(position["role"]) if position else ""


def _list_cards(
    org_id: int, details: Mapping[int, CustomerDetails], now: datetime
) -> Mapping[int, list[CardDetails]]:
    holders = [
        pk
        for pk, customer in details.items()
        if any(kind == CARD_NUMBER for kind, _ in customer.identifiers)
    ]
    if not holders:
        return {}
    return list_card_details(org_id=org_id, customer_ids=holders, now=now)


def _list_actor_ids(details: Iterable[CustomerDetails]) -> set[int]:
    actors = (
        actor
        for customer in details
        for profile in customer.profiles
        for actor in (profile.created_by, profile.modified_by)
    )
    return {actor.id for actor in actors if actor is not None}


# --- The data of a request, as an answer ------------------------------------------------


def _echo_item(body: Mapping[str, Any], now: datetime) -> Answer:
    association = body.get("associationDetails") or {}
    loyalty = (body.get("loyaltyInfo") or {}).get("loyaltyType") or "LOYALTY"
    answer = {
        **_echo_relative(body, now),
        "loyaltyInfo": {"loyaltyType": loyalty.lower()},
        "segments": {},
        "referralCode": body.get("referralCode") or "",
        "warnings": [],
    }
    if association:
        parent, company = association.get("parentCustomer"), association.get("fleetCompany")
        answer["associationDetails"] = {
            "hierarchyCode": association.get("hierarchyCode") or "",
            "roleCode": association.get("roleCode") or "",
            **({"parentCustomer": _echo_relative(parent, now)} if parent else {}),
            **(
                {"fleetCompany": {"externalId": str(company.get("externalId") or "")}}
                if company
                else {}
            ),
            **(
                {"childRoleCode": association["childRoleCode"]}
                if association.get("childRoleCode")
                else {}
            ),
            "skipLevelAllowed": bool(association.get("skipLevelAllowed")),
            "new": True,
            "childCustomer": False,
        }
    return answer


def _echo_relative(data: Mapping[str, Any], now: datetime) -> Answer:
    return {
        "profiles": [_echo_profile(profile, now) for profile in data.get("profiles") or ()],
        "extendedFields": data.get("extendedFields") or {},
    }


def _echo_profile(data: Mapping[str, Any], now: datetime) -> Answer:
    identifiers = [
        {"type": row["type"], "value": str(row["value"])} for row in data.get("identifiers") or ()
    ]
    return {
        "firstName": data.get("firstName") or "",
        "lastName": data.get("lastName") or "",
        "attribution": {"createDate": now, "createdBy": {}, "modifiedBy": {}, "modifiedDate": now},
        "fields": data.get("fields") or {},
        "identifiers": identifiers,
        "commChannels": [
            {
                "type": row["type"],
                "value": str(row["value"]),
                "primary": bool(row["primary"]),
                "verified": bool(row["verified"]),
                "meta": {**_ADDRESS_KINDS, **(row.get("meta") or {})},
                "attributes": row.get("attributes") or {},
            }
            for row in data.get("commChannels") or ()
        ],
        "source": data.get("source") or "",
        "accountId": data.get("accountId") or "",
        "conflictingProfileList": [],
        "autoUpdateTime": now,
        "identifiersAll": identifiers,
    }
