"""Organizations of the demo: entities, credentials, staff, source accounts and status labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.contrib.auth.models import Group
from django.db import models

from crm.audit.models import Event
from crm.demo.data_files import Moment, read_data, read_moment
from crm.demo.secrets import OAUTH_KEY, HashedSecrets
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Credential, Organization, OrgEntity, Scope, StaffUser
from crm.tenancy.operations.staff import ensure_staff_entity
from crm.tenancy.origin import Origin
from customers.models import SourceAccount, StatusLabel
from customers.queries.source_accounts import forget_source_accounts


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    """An organization, the moment of filling, and the ids of what the data files name.

    Entities are named by code, source accounts as ``INSTORE`` or ``WECHAT/22232``; the stores of
    ``store_ids`` are named by their tills.
    """

    org: Organization
    now: datetime
    entity_ids: Mapping[str, int]
    store_ids: Mapping[str, int]
    account_ids: Mapping[str, int]

    def moment(self, at: Moment) -> datetime:
        return read_moment(at, now=self.now)

    def origin(self, actor: str, at: Moment) -> Origin:
        """Return the origin of what this till or member of staff writes at this moment."""
        return Origin(
            org=self.org,
            actor_id=self.entity_ids[actor],
            door=Event.Door.COMMAND.value,
            at=self.moment(at),
        )


class Outcome(Protocol):
    refusal: DomainError | None


def raise_refusals(outcomes: Iterable[Outcome]) -> None:
    """Raise the first refusal: the demo's content must be valid."""
    for outcome in outcomes:
        if outcome.refusal is not None:
            raise outcome.refusal


def create_rows(
    model: type[models.Model], rows: Iterable[Mapping[str, Any]], **common: Any
) -> None:
    """Create configuration rows that have no operation of their own."""
    for row in rows:
        model._default_manager.create(**row, **common)


@within_unit_of_work
def make_organization(code: str, *, hashed: HashedSecrets, now: datetime) -> DemoOrganization:
    """Create the organization that ``data/organizations.json`` describes under ``code``."""
    data = read_data("organizations")[code]
    org = Organization.objects.create(code=code, name=data["name"], time_zone=data["time_zone"])
    _create_entities(org, data["entities"])
    for row in data["credentials"]:
        _create_credential(org, row, hashed)
    for row in data["staff"]:
        _create_staff(org, row, hashed)
    create_rows(StatusLabel, data["status_labels"], org=org)
    create_rows(SourceAccount, data["source_accounts"], org=org)
    forget_source_accounts(org.pk)
    entities = OrgEntity.objects.filter(org=org).values_list("code", "pk", "type", "parent_id")
    accounts = SourceAccount.objects.filter(org=org).values_list("pk", "source", "account_id")
    return DemoOrganization(
        org=org,
        now=now,
        entity_ids={code: pk for code, pk, *_ in entities},
        store_ids={code: parent for code, _, kind, parent in entities if kind == "TILL" and parent},
        account_ids={f"{source}/{name}".rstrip("/"): pk for pk, source, name in accounts},
    )


def _create_entities(org: Organization, rows: Iterable[Mapping[str, Any]]) -> None:
    made: dict[str, OrgEntity] = {}
    for row in rows:
        parent = made[row["parent"]] if "parent" in row else None
        made[row["code"]] = OrgEntity.objects.create(org=org, **{**row, "parent": parent})


def _create_credential(org: Organization, row: Mapping[str, Any], hashed: HashedSecrets) -> None:
    """Store a secret that is hashed already; create_credential would hash it again each time."""
    is_oauth = row.get("kind") == Credential.Kind.OAUTH
    Credential.objects.create(
        org=org,
        entity=OrgEntity.objects.get(org=org, code=row["till"]),
        kind=Credential.Kind.OAUTH if is_oauth else Credential.Kind.BASIC,
        login=OAUTH_KEY if is_oauth else row["till"],
        secret=hashed.oauth if is_oauth else hashed.till,
        scopes=row.get("scopes", sorted(Scope.values)),
    )


def _create_staff(org: Organization, row: Mapping[str, Any], hashed: HashedSecrets) -> None:
    names = {key: value for key, value in row.items() if key != "role"}
    user = StaffUser.objects.create(org=org, password=hashed.staff, is_staff=True, **names)
    user.groups.set([Group.objects.get(name=row["role"])])
    ensure_staff_entity(staff_id=user.pk)
