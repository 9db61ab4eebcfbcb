"""How customers with parent, children and company read on the wire (operations 4 to 6)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from crm.tenancy.queries.entities import find_inactive_entity_ids
from customers.api.v2.details_answer import CARD_NUMBER, identifiers_answer, profile_answer
from customers.queries.details import CustomerDetails, list_details
from customers.queries.source_accounts import Account
from loyalty.queries.cards import CardDetails, list_card_details

Answer = dict[str, Any]

# Of an entity that wrote; the reference shows these of every one.
_ACTOR = {
    "adminType": "GENERAL",
    "isOuEnabled": True,
    "timeZoneId": 0,
    "currencyId": 0,
    "languageId": -1,
}
# Which identifiers come first; the others follow as they were registered.
_FIRST = ("mobile", "email", "externalId", "cuid", CARD_NUMBER, "cardExternalId")
_ADDRESS_KINDS = {"residence": False, "office": False}


class People:
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
        self._cards = _cards_of(org_id, self._details, now)
        self._inactive = find_inactive_entity_ids(
            org_id=org_id, entity_ids=_actor_ids(self._details.values())
        )

    def __contains__(self, customer_id: int) -> bool:
        return customer_id in self._details

    def bare(self, customer_id: int) -> Answer:
        """Return profiles and extended fields alone, as a parent or child is shown."""
        details = self._details.get(customer_id)
        if details is None:
            return {"profiles": [], "extendedFields": {}}
        cards = {card.number: card for card in self._cards.get(customer_id, ())}
        everything = _with_cards(identifiers_answer(details.identifiers, cards), cards)
        profiles = [profile_answer(profile, everything, cards) for profile in details.profiles]
        for profile in profiles:
            profile["identifiers"] = _with_cards(profile["identifiers"], cards)
            for who in ("createdBy", "modifiedBy"):
                actor = profile["attribution"][who]
                if actor:
                    profile["attribution"][who] = self._actor(actor)
        return {"profiles": profiles, "extendedFields": details.extended_fields}

    def entity(self, customer_id: int) -> Answer:
        """Return a customer as they are after a write; what the write itself tells comes beside."""
        details = self._details.get(customer_id)
        bare = self.bare(customer_id)
        loyalty_type = details.loyalty_type.lower() if details else "loyalty"
        return {
            "id": customer_id,
            "profiles": bare["profiles"],
            "loyaltyInfo": {"loyaltyType": loyalty_type},
            "segments": {},
            "extendedFields": bare["extendedFields"],
        }

    def _actor(self, actor: Answer) -> Answer:
        return {**actor, **_ACTOR, "isActive": actor["id"] not in self._inactive}


def group_answer(done: Mapping[str, Any], body: Mapping[str, Any], people: People) -> Answer:
    """Return what became of an item: the customer, and the children who came along."""
    children = [child for child in done["children"] if "error" not in child]
    entity = people.entity(done["id"])
    if "referralCode" in body:
        entity["referralCode"] = body["referralCode"] or ""
    entity["warnings"] = [*done["warnings"], *_told(done["children"])]
    ties = done["ties"]
    if ties is not None:
        entity["associationDetails"] = {
            **_hierarchy(ties),
            **_stand(ties, done["id"]),
            **({"childCustomers": [people.bare(c["id"]) for c in children]} if children else {}),
            **({"parentCustomer": people.bare(done["parent"])} if done["parent"] else {}),
            **({"childRoleCode": _role(ties, children[0]["id"])} if children else {}),
        }
    return {
        "entity": entity,
        "childEntities": [
            {
                **people.entity(child["id"]),
                "associationDetails": {**_hierarchy(ties or {}), **_stand(ties or {}, child["id"])},
                "warnings": child["warnings"],
            }
            for child in children
        ],
        "childCount": len(done["children"]),
        "childFailureCount": len(done["children"]) - len(children),
        "childSuccessCount": len(children),
        "errors": [],
        "warnings": [],
    }


def refused_answer(
    error: Mapping[str, Any], body: Mapping[str, Any], children: int, now: datetime
) -> Answer:
    """Return an item of which nothing was saved: what was asked, and why not."""
    return {
        "entity": _echo(body, now),
        "childEntities": [],
        "childCount": children,
        "childFailureCount": children,
        "childSuccessCount": 0,
        "errors": [error],
        "warnings": [],
    }


def flat(answer: Answer) -> Answer:
    """Return an item of an update, whose customer stands beside the counts."""
    entity = answer["entity"]
    rest = {name: value for name, value in answer.items() if name not in ("entity", "warnings")}
    return {**entity, "warnings": entity.get("warnings", []), **rest}


def _told(children: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """The children who did not come along, as warnings, by their place in the request."""
    return [
        {**child["error"], "childIndex": place}
        for place, child in enumerate(children)
        if "error" in child
    ]


def _hierarchy(ties: Mapping[str, Any]) -> Answer:
    named = {}
    if ties.get("hierarchy"):
        named = {"hierarchyCode": ties["hierarchy"], "hierarchyId": ties["hierarchy_id"]}
    return {**named, "skipLevelAllowed": bool(ties.get("skip_level"))}


def _stand(ties: Mapping[str, Any], customer_id: int) -> Answer:
    stand = ties.get("stands", {}).get(str(customer_id))
    if stand is None:
        return {"new": False, "childCustomer": False}
    parent_role_id = stand["parent_role_id"]
    return {
        **({"roleCode": stand["role"]} if stand["role"] else {}),
        **(
            {"fleetCompany": {"externalId": stand["company"], "companyId": stand["company_id"]}}
            if stand["company_id"]
            else {}
        ),
        **({"parentRoleId": parent_role_id} if parent_role_id else {}),
        "new": stand["is_new"],
        "childCustomer": parent_role_id is not None,
    }


def _role(ties: Mapping[str, Any], customer_id: int) -> str:
    stand = ties["stands"].get(str(customer_id))
    return str(stand["role"]) if stand else ""


def _cards_of(
    org_id: int, details: Mapping[int, CustomerDetails], now: datetime
) -> Mapping[int, list[CardDetails]]:
    holders = [
        pk for pk, one in details.items() if any(kind == CARD_NUMBER for kind, _ in one.identifiers)
    ]
    if not holders:
        return {}
    return list_card_details(org_id=org_id, customer_ids=holders, now=now)


def _with_cards(rows: list[Answer], cards: Mapping[str, CardDetails]) -> list[Answer]:
    ordered = sorted(rows, key=_rank)
    if not cards:
        return ordered
    return [
        {**row, **_card(cards.get(row["value"]))} if row["type"] == CARD_NUMBER else row
        for row in ordered
    ]


def _rank(row: Mapping[str, Any]) -> int:
    return _FIRST.index(row["type"]) if row["type"] in _FIRST else len(_FIRST)


def _card(card: CardDetails | None) -> Answer:
    if card is None:
        return {}
    external = {"cardExternalId": card.external_id} if card.external_id else {}
    return {"seriesCode": card.series_code, **external, "extendedFields": card.extended_fields}


def _actor_ids(details: Iterable[CustomerDetails]) -> set[int]:
    actors = (
        actor
        for one in details
        for profile in one.profiles
        for actor in (profile.created_by, profile.modified_by)
    )
    return {actor.id for actor in actors if actor is not None}


# --- What was asked, in the words of an answer ------------------------------------------


def _echo(body: Mapping[str, Any], now: datetime) -> Answer:
    ties = body.get("associationDetails") or {}
    loyalty = (body.get("loyaltyInfo") or {}).get("loyaltyType") or "LOYALTY"
    answer = {
        **_echo_bare(body, now),
        "loyaltyInfo": {"loyaltyType": loyalty.lower()},
        "segments": {},
        "referralCode": body.get("referralCode") or "",
        "warnings": [],
    }
    if ties:
        parent, company = ties.get("parentCustomer"), ties.get("fleetCompany")
        answer["associationDetails"] = {
            "hierarchyCode": ties.get("hierarchyCode") or "",
            "roleCode": ties.get("roleCode") or "",
            **({"parentCustomer": _echo_bare(parent, now)} if parent else {}),
            **(
                {"fleetCompany": {"externalId": str(company.get("externalId") or "")}}
                if company
                else {}
            ),
            **({"childRoleCode": ties["childRoleCode"]} if ties.get("childRoleCode") else {}),
            "skipLevelAllowed": bool(ties.get("skipLevelAllowed")),
            "new": True,
            "childCustomer": False,
        }
    return answer


def _echo_bare(said: Mapping[str, Any], now: datetime) -> Answer:
    return {
        "profiles": [_echo_profile(profile, now) for profile in said.get("profiles") or ()],
        "extendedFields": said.get("extendedFields") or {},
    }


def _echo_profile(said: Mapping[str, Any], now: datetime) -> Answer:
    identifiers = [
        {"type": row["type"], "value": str(row["value"])} for row in said.get("identifiers") or ()
    ]
    return {
        "firstName": said.get("firstName") or "",
        "lastName": said.get("lastName") or "",
        "attribution": {"createDate": now, "createdBy": {}, "modifiedBy": {}, "modifiedDate": now},
        "fields": said.get("fields") or {},
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
            for row in said.get("commChannels") or ()
        ],
        "source": said.get("source") or "",
        "accountId": said.get("accountId") or "",
        "conflictingProfileList": [],
        "autoUpdateTime": now,
        "identifiersAll": identifiers,
    }
