"""How customers with parent, children and company read on the wire (operations 4 to 6)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from crm.tenancy.queries.entities import find_inactive_entity_ids
from customers.api.v2.details_answer import CARD_NUMBER, identifiers_answer, profile_answer
from customers.queries.customers.details import CustomerDetails, list_details
from customers.queries.source_accounts import Account
from loyalty.queries.cards.cards import CardDetails, list_card_details

Answer = dict[str, Any]

# Of an entity that wrote; the reference shows these of every one.
_ACTOR_CONSTANTS = {
    "adminType": "GENERAL",
    "isOuEnabled": True,
    "timeZoneId": 0,
    "currencyId": 0,
    "languageId": -1,
}
# Which identifiers come first; the others follow as they were registered.
_TYPE_ORDER = ("mobile", "email", "externalId", "cuid", CARD_NUMBER, "cardExternalId")
_ADDRESS_KINDS = {"residence": False, "office": False}


class CustomerAnswers:
    """Customers as several operations show them, read at once; whoever was merged is not there."""

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
        self._inactive = find_inactive_entity_ids(
            org_id=org_id, entity_ids=_list_actor_ids(self._details.values())
        )

    def __contains__(self, customer_id: int) -> bool:
        return customer_id in self._details

    def build_relative(self, customer_id: int) -> Answer:
        """Return profiles and extended fields alone, as a parent or child is shown."""
        details = self._details.get(customer_id)
        if details is None:
            return {"profiles": [], "extendedFields": {}}
        cards = {card.number: card for card in self._cards.get(customer_id, ())}
        all_identifiers = _add_card_details(identifiers_answer(details.identifiers, cards), cards)
        profiles = [profile_answer(profile, all_identifiers, cards) for profile in details.profiles]
        for profile in profiles:
            profile["identifiers"] = _add_card_details(profile["identifiers"], cards)
            for actor_key in ("createdBy", "modifiedBy"):
                actor = profile["attribution"][actor_key]
                if actor:
                    profile["attribution"][actor_key] = self._complete_actor(actor)
        return {"profiles": profiles, "extendedFields": details.extended_fields}

    def build_entity(self, customer_id: int) -> Answer:
        """Return a customer as they are after a write; what the write itself tells comes beside."""
        details = self._details.get(customer_id)
        relative = self.build_relative(customer_id)
        loyalty_type = details.loyalty_type.lower() if details else "loyalty"
        return {
            "id": customer_id,
            "profiles": relative["profiles"],
            "loyaltyInfo": {"loyaltyType": loyalty_type},
            "segments": {},
            "extendedFields": relative["extendedFields"],
        }

    def _complete_actor(self, actor: Answer) -> Answer:
        return {**actor, **_ACTOR_CONSTANTS, "isActive": actor["id"] not in self._inactive}


def bulk_item_answer(
    result: Mapping[str, Any], body: Mapping[str, Any], customers: CustomerAnswers
) -> Answer:
    """Return what became of an item: the customer, and the children who came along."""
    children = [child for child in result["children"] if "error" not in child]
    entity = customers.build_entity(result["id"])
    if "referralCode" in body:
        entity["referralCode"] = body["referralCode"] or ""
    entity["warnings"] = [*result["warnings"], *_list_child_warnings(result["children"])]
    placement = result["ties"]
    if placement is not None:
        entity["associationDetails"] = {
            **_hierarchy_answer(placement),
            **_position_answer(placement, result["id"]),
            **(
                {"childCustomers": [customers.build_relative(c["id"]) for c in children]}
                if children
                else {}
            ),
            **(
                {"parentCustomer": customers.build_relative(result["parent"])}
                if result["parent"]
                else {}
            ),
            **({"childRoleCode": _get_role(placement, children[0]["id"])} if children else {}),
        }
    return {
        "entity": entity,
        "childEntities": [
            {
                **customers.build_entity(child["id"]),
                "associationDetails": {
                    **_hierarchy_answer(placement or {}),
                    **_position_answer(placement or {}, child["id"]),
                },
                "warnings": child["warnings"],
            }
            for child in children
        ],
        "childCount": len(result["children"]),
        "childFailureCount": len(result["children"]) - len(children),
        "childSuccessCount": len(children),
        "errors": [],
        "warnings": [],
    }


def refused_item_answer(
    error: Mapping[str, Any], body: Mapping[str, Any], children: int, now: datetime
) -> Answer:
    """Return an item of which nothing was saved: what was asked, and why not."""
    return {
        "entity": _echo_item(body, now),
        "childEntities": [],
        "childCount": children,
        "childFailureCount": children,
        "childSuccessCount": 0,
        "errors": [error],
        "warnings": [],
    }


def flatten_answer(answer: Answer) -> Answer:
    """Return an item of an update, whose customer stands beside the counts."""
    entity = answer["entity"]
    rest = {name: value for name, value in answer.items() if name not in ("entity", "warnings")}
    return {**entity, "warnings": entity.get("warnings", []), **rest}


def _list_child_warnings(children: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """The children who did not come along, as warnings, by their place in the request."""
    return [
        {**child["error"], "childIndex": index}
        for index, child in enumerate(children)
        if "error" in child
    ]


def _hierarchy_answer(placement: Mapping[str, Any]) -> Answer:
    hierarchy = {}
    if placement.get("hierarchy"):
        hierarchy = {
            "hierarchyCode": placement["hierarchy"],
            "hierarchyId": placement["hierarchy_id"],
        }
    return {**hierarchy, "skipLevelAllowed": bool(placement.get("skip_level"))}


def _position_answer(placement: Mapping[str, Any], customer_id: int) -> Answer:
    position = placement.get("stands", {}).get(str(customer_id))
    if position is None:
        return {"new": False, "childCustomer": False}
    parent_role_id = position["parent_role_id"]
    return {
        **({"roleCode": position["role"]} if position["role"] else {}),
        **(
            {
                "fleetCompany": {
                    "externalId": position["company"],
                    "companyId": position["company_id"],
                }
            }
            if position["company_id"]
            else {}
        ),
        **({"parentRoleId": parent_role_id} if parent_role_id else {}),
        "new": position["is_new"],
        "childCustomer": parent_role_id is not None,
    }


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


def _add_card_details(rows: list[Answer], cards: Mapping[str, CardDetails]) -> list[Answer]:
    ordered = sorted(rows, key=_get_type_rank)
    if not cards:
        return ordered
    return [
        {**row, **_card_answer(cards.get(row["value"]))} if row["type"] == CARD_NUMBER else row
        for row in ordered
    ]


def _get_type_rank(row: Mapping[str, Any]) -> int:
    return _TYPE_ORDER.index(row["type"]) if row["type"] in _TYPE_ORDER else len(_TYPE_ORDER)


def _card_answer(card: CardDetails | None) -> Answer:
    if card is None:
        return {}
    external = {"cardExternalId": card.external_id} if card.external_id else {}
    return {"seriesCode": card.series_code, **external, "extendedFields": card.extended_fields}


def _list_actor_ids(details: Iterable[CustomerDetails]) -> set[int]:
    actors = (
        actor
        for customer in details
        for profile in customer.profiles
        for actor in (profile.created_by, profile.modified_by)
    )
    return {actor.id for actor in actors if actor is not None}


# --- What was asked, in the words of an answer ------------------------------------------


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
