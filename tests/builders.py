"""Rows for tests: every argument may be left out, and what is left out is beside the point.

Whatever is built without an organization belongs to one and the same, so that the rows of a test
know each other; ``make_organization()`` makes another. Values are stored as given: builders go
round the operations, whose rules are what the tests are about.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from crm.tenancy.models import Credential, Organization, OrgEntity, Scope, StaffUser
from crm.tenancy.origin import Origin
from customers.models import (
    Channel,
    Customer,
    FieldDefinition,
    FieldOption,
    FieldTranslation,
    Identifier,
    Profile,
    ProfileIdentifier,
    SourceAccount,
    StatusLabel,
)
from customers.operations.customers.search_index import reindex_customers
from customers.queries.fields import forget_field_rules
from customers.queries.source_accounts import forget_source_accounts
from customers.queries.status_effects import forget_status_effects
from loyalty.models import Enrollment, Program, Tier
from loyalty.operations.points.post import post_movement
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.movements import Movement

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "correct-horse-1"

_numbers = count(1)


def make_organization(code: str | None = None, **settings: Any) -> Organization:
    number = next(_numbers)
    return Organization.objects.create(
        code=code or f"org-{number}",
        **{"name": f"Organization {number}", "time_zone": "Asia/Kolkata", **settings},
    )


def get_or_make_organization() -> Organization:
    """The one to which everything belongs that names none."""
    return Organization.objects.filter(code="acme").first() or make_organization(
        "acme", name="Acme"
    )


def make_entity(
    type: str = OrgEntity.Type.STORE,
    org: Organization | None = None,
    code: str | None = None,
    **attributes: Any,
) -> OrgEntity:
    code = code or f"{str(type).lower()}-{next(_numbers)}"
    return OrgEntity.objects.create(
        type=type, org=org or get_or_make_organization(), code=code, **{"name": code, **attributes}
    )


def make_store(org: Organization | None = None, **attributes: Any) -> OrgEntity:
    return make_entity(OrgEntity.Type.STORE, org, **attributes)


def make_concept(org: Organization | None = None, **attributes: Any) -> OrgEntity:
    return make_entity(OrgEntity.Type.CONCEPT, org, **attributes)


def make_till(org: Organization | None = None, **attributes: Any) -> OrgEntity:
    org = org or get_or_make_organization()
    parent = attributes.pop("parent", None) or make_store(org)
    return make_entity(OrgEntity.Type.TILL, org, parent=parent, **attributes)


def make_credential(
    entity: OrgEntity | None = None, password: str = PASSWORD, **attributes: Any
) -> Credential:
    """A till's Basic log-in with every scope; ``kind`` and ``login`` make it an OAuth key."""
    entity = entity or make_till()
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    return Credential.objects.create(
        org=entity.org,
        entity=entity,
        secret=make_password(digest),
        **{
            "kind": Credential.Kind.BASIC,
            "login": entity.code,
            "scopes": list(Scope.values),
            **attributes,
        },
    )


def make_staff(
    org: Organization | None = None,
    username: str | None = None,
    password: str = PASSWORD,
    **attributes: Any,
) -> StaffUser:
    org = org or get_or_make_organization()
    username = username or f"staff-{next(_numbers)}"
    entity = make_entity(OrgEntity.Type.ADMIN_USER, org, code=username)
    return StaffUser.objects.create_user(
        username=username,
        password=password,
        org=org,
        entity=entity,
        **{"is_staff": True, **attributes},
    )


def make_origin(
    org: Organization | None = None,
    actor: OrgEntity | None = None,
    door: str = "API",
    at: datetime = NOON,
    request_id: str = "",
) -> Origin:
    """Where a write comes from; without an actor it is the system's."""
    return Origin(
        org=org or (actor.org if actor else get_or_make_organization()),
        actor_id=actor.pk if actor else None,
        door=door,
        at=at,
        request_id=request_id,
    )


def make_source_account(
    source: str = SourceAccount.Source.INSTORE,
    account_id: str = "",
    org: Organization | None = None,
    **attributes: Any,
) -> SourceAccount:
    org = org or get_or_make_organization()
    account = SourceAccount.objects.create(
        org=org, source=source, account_id=account_id, **attributes
    )
    forget_source_accounts(org.pk)
    return account


def get_or_make_source_account(
    source: str = SourceAccount.Source.INSTORE,
    account_id: str = "",
    org: Organization | None = None,
) -> SourceAccount:
    """The source account of that name, made when it is not there yet."""
    org = org or get_or_make_organization()
    existing = SourceAccount.objects.filter(org=org, source=source, account_id=account_id).first()
    return existing or make_source_account(source, account_id, org)


def make_customer(
    org: Organization | None = None,
    *,
    source_account: SourceAccount | None = None,
    identifiers: Sequence[tuple[str, str]] | None = None,
    channels: Sequence[tuple[str, str]] = (),
    first_name: str = "Asha",
    last_name: str = "Rao",
    fields: Mapping[str, Any] | None = None,
    at: datetime = NOON,
    **attributes: Any,
) -> Customer:
    """A customer with one profile, search rows included; a mobile unless identifiers are given."""
    org = org or (source_account.org if source_account else get_or_make_organization())
    source_account = source_account or get_or_make_source_account(org=org)
    if identifiers is None:
        identifiers = [("mobile", f"91980{next(_numbers):07}")]
    customer = Customer.objects.create(
        org=org,
        registered_in=source_account,
        **{
            "loyalty_type": Customer.LoyaltyType.LOYALTY,
            "registered_at": at,
            "modified_at": at,
            **attributes,
        },
    )
    make_profile(
        customer,
        source_account,
        identifiers=identifiers,
        channels=channels,
        first_name=first_name,
        last_name=last_name,
        fields=fields,
        at=at,
    )
    return customer


def make_profile(
    customer: Customer,
    source_account: SourceAccount,
    *,
    identifiers: Sequence[tuple[str, str]] = (),
    channels: Sequence[tuple[str, str]] = (),
    first_name: str = "Asha",
    last_name: str = "Rao",
    fields: Mapping[str, Any] | None = None,
    at: datetime = NOON,
    **attributes: Any,
) -> Profile:
    """One more profile of a customer; identifiers they have already are registered in it too."""
    profile = Profile.objects.create(
        customer=customer,
        source_account=source_account,
        first_name=first_name,
        last_name=last_name,
        fields=dict(fields or {}),
        **{"created_at": at, "modified_at": at, **attributes},
    )
    for type, value in identifiers:
        identifier, _ = Identifier.objects.get_or_create(
            org_id=customer.org_id, customer=customer, type=type, value=value
        )
        ProfileIdentifier.objects.create(profile=profile, identifier=identifier)
    for type, value in channels:
        Channel.objects.create(profile=profile, type=type, value=value)
    with transaction.atomic():
        reindex_customers(org_id=customer.org_id, customer_ids={customer.pk})
    return profile


def make_field(
    name: str = "city",
    org: Organization | None = None,
    *,
    kind: str = FieldDefinition.Kind.EXTENDED,
    scope: str = FieldDefinition.Scope.CUSTOMER,
    options: Sequence[str] = (),
    translations: Mapping[tuple[str, str], str] | None = None,
    at: datetime = NOON,
    **attributes: Any,
) -> FieldDefinition:
    """A field, an ENUM where options are given; translations by language and value."""
    org = org or get_or_make_organization()
    data_type = FieldDefinition.DataType.ENUM if options else FieldDefinition.DataType.STRING
    definition = FieldDefinition.objects.create(
        org=org,
        kind=kind,
        scope=scope,
        name=name,
        **{"data_type": data_type, "created_at": at, "modified_at": at, **attributes},
    )
    for position, option in enumerate(options):
        FieldOption.objects.create(definition=definition, value=option, position=position)
    for (language, value), text in (translations or {}).items():
        FieldTranslation.objects.create(
            definition=definition, language=language, value=value, text=text
        )
    forget_field_rules(org.pk)
    return definition


def make_status_label(
    label: str = "Active",
    status: str = StatusLabel.Status.ACTIVE,
    org: Organization | None = None,
    **attributes: Any,
) -> StatusLabel:
    org = org or get_or_make_organization()
    row = StatusLabel.objects.create(org=org, label=label, status=status, **attributes)
    forget_status_effects(org.pk)
    return row


def make_program(
    name: str | None = None,
    org: Organization | None = None,
    *,
    thresholds: Sequence[int] = (0, 1_000, 5_000),
    tiers: Mapping[str, Any] | None = None,
    **attributes: Any,
) -> Program:
    """A program whose points never expire, with tiers SILVER, GOLD, PLATINUM; one point a unit.

    ``tiers`` are attributes that all tiers have.
    """
    org = org or get_or_make_organization()
    program = Program.objects.create(
        org=org,
        **{"name": name or f"Program {next(_numbers)}", "points_expiry": "NEVER", **attributes},
    )
    names = ("SILVER", "GOLD", "PLATINUM", "DIAMOND")
    for serial, threshold in enumerate(thresholds, start=1):
        Tier.objects.create(
            program=program,
            serial=serial,
            threshold=threshold,
            **{"name": names[serial - 1], "description": f"Tier {serial}", **(tiers or {})},
        )
    clear_program_cache(org.pk)
    return program


def make_enrollment(
    customer: Customer | None = None,
    program: Program | None = None,
    *,
    points: Any = 0,
    expires_at: datetime | None = None,
    at: datetime = NOON,
    tier: int = 1,
    **attributes: Any,
) -> Enrollment:
    """A member; opening points go through the ledger, so that the sums are right."""
    customer = customer or make_customer()
    program = program or make_program(org=customer.org)
    enrollment = Enrollment.objects.create(
        org_id=customer.org_id,
        customer=customer,
        program=program,
        **{
            "enrolled_at": at,
            "tier": program.tiers.get(serial=tier),
            "tier_expires_at": at + timedelta(days=36_500),
            **attributes,
        },
    )
    if points:
        with transaction.atomic():
            post_movement(
                origin=make_origin(customer.org, at=at),
                movement=Movement(
                    customer_id=customer.pk,
                    program_id=program.pk,
                    kind="OPENING",
                    points=points,
                    expires_at=expires_at,
                ),
            )
        enrollment.refresh_from_db()
    return enrollment
