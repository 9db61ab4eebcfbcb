"""Finding a log-in, with the entity that holds it and its organization, in one query."""

from django.db.models import QuerySet

from crm.tenancy.models import Credential


def find_credential(*, kind: str, login: str) -> Credential | None:
    """Return the log-in if it, its entity and its organization are active."""
    return _active().filter(kind=kind, login=login).first()


def find_credential_by_id(credential_id: int) -> Credential | None:
    """Return the log-in if it, its entity and its organization are active."""
    return _active().filter(pk=credential_id).first()


def _active() -> QuerySet[Credential]:
    return Credential.objects.select_related("org", "entity").filter(
        is_active=True, entity__is_active=True, org__is_active=True
    )
