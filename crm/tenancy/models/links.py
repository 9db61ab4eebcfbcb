"""Foreign keys to entities and organizations that the database does not check (decision 0006).

Entities and organizations are never deleted; checks at every commit would cost more than they
catch. Nobody lists rows by these columns alone, so they have no index of their own.
"""

from typing import TYPE_CHECKING, Any, Literal, overload

from django.db import models
from django.db.models.expressions import Combinable

from crm.tenancy.models.org_entity import OrgEntity
from crm.tenancy.models.organization import Organization

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@overload
def entity_link(
    *, required: Literal[False] = False, blank: bool = ..., help_text: "StrOrPromise" = ...
) -> models.ForeignKey[OrgEntity | Combinable | None, OrgEntity | None]: ...


@overload
def entity_link(
    *, required: Literal[True], blank: bool = ..., help_text: "StrOrPromise" = ...
) -> models.ForeignKey[OrgEntity | Combinable, OrgEntity]: ...


def entity_link(*, required: bool = False, **options: Any) -> Any:
    """Return a link to the entity that did something, or where it happened."""
    return _unchecked_link(OrgEntity, null=not required, **options)


def org_link() -> models.ForeignKey[Organization | Combinable, Organization]:
    """Return a link to the organization, where another row says it too."""
    return _unchecked_link(Organization)


def _unchecked_link(to: type[models.Model], **options: Any) -> Any:
    return models.ForeignKey(
        to, models.PROTECT, related_name="+", db_constraint=False, db_index=False, **options
    )
