"""Who a maker or checker is, whichever entity a write is attributed to (contract, section 6)."""

from dataclasses import dataclass

from crm.approvals import errors
from crm.approvals.models import Request
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who files or decides: attributed to, logged in, and who answers for that log-in."""

    actor_id: int
    caller_id: int
    person_id: int
    store_id: int | None


def signatory_of(origin: Origin) -> Signatory:
    """Return who signs what comes from there: a till counts as its owner, where it has one.

    Raises:
        SignatoryMissing: nobody signs: the system, or staff who act as no entity.
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


def refuse_own(request: Request, checker: Signatory, owner_of_maker: int | None) -> None:
    """Let nobody decide what they filed, whichever of their tills they used for either.

    ``owner_of_maker`` is who answers for the maker's log-in by now.

    Raises:
        OwnRequest: maker and checker are one person.
    """
    makers = {request.maker_caller_id, request.maker_person_id, owner_of_maker}
    if makers & {checker.caller_id, checker.person_id}:
        raise errors.OwnRequest()
