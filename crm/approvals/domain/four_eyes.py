"""Identify makers and checkers, and enforce the four-eyes principle (contract, section 6)."""

from dataclasses import dataclass

from crm.approvals import errors
from crm.approvals.models import Request
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin


@dataclass(frozen=True, slots=True)
class Signatory:
    """A maker or checker: the attributed entity, the caller, and the person behind the caller."""

    actor_id: int
    caller_id: int
    person_id: int
    store_id: int | None


def get_signatory(origin: Origin) -> Signatory:
    """Return the signatory of an origin. The person behind a till is its owner, if it has one.

    Raises:
        SignatoryMissing: the origin has no actor: the system, or staff without an entity.
    """
    if origin.actor_id is None:
        raise errors.SignatoryMissing()
    caller_id = origin.caller_id or origin.actor_id
    entities = {
        entity.pk: entity
        for entity in OrgEntity.objects.filter(
            org_id=origin.org.pk, pk__in={origin.actor_id, caller_id}
        )
    }
    actor, caller = entities[origin.actor_id], entities[caller_id]
    return Signatory(
        actor_id=actor.pk,
        caller_id=caller.pk,
        person_id=caller.owner_id or caller.pk,
        store_id=actor.parent_id
        if actor.type == OrgEntity.Type.TILL
        else actor.pk
        if actor.type == OrgEntity.Type.STORE
        else None,
    )


def refuse_own_request(request: Request, checker: Signatory, maker_owner_id: int | None) -> None:
    """Refuse a checker who is the maker, even if they used different tills.

    ``maker_owner_id`` is the current owner of the maker's till.

    Raises:
        OwnRequest: maker and checker are the same person.
    """
    maker_ids = {request.maker_caller_id, request.maker_person_id, maker_owner_id}
    if maker_ids & {checker.caller_id, checker.person_id}:
        raise errors.OwnRequest()
