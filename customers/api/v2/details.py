"""Read the details of a customer, for operations 12 and 13."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from crm.dialects.answer_shapes import Answer, Shape
from crm.dialects.headers import get_header
from crm.dialects.v2.serializer_fields import CommaSeparatedList
from crm.tenancy.models import Organization
from customers import errors
from customers.api.v2.details_shapes import CARD_NUMBER, Details
from customers.api.v2.image_shapes import ImageOut
from customers.api.v2.source_accounts import ReadSourceQuery, get_account_to_read
from customers.queries.customers.details import get_details
from customers.queries.images import build_image_path, find_image
from loyalty.queries import details_embeds
from loyalty.queries.details_embeds import get_loyalty_details

SUBSCRIPTIONS = {"subscriptions", "subscription"}
_PARTS = {
    "points": details_embeds.POINTS,
    "mlp": details_embeds.PROGRAMS,
    "promotionalpoints": details_embeds.PROMOTIONS,
    "expiryschedules": details_embeds.SCHEDULES,
    "expiredpoints": details_embeds.EXPIRED,
}
IMAGE = "customerimage"
EMBEDS = SUBSCRIPTIONS | {*_PARTS, IMAGE}
# The reference sometimes quotes the value of embed, also with typographic quotes.
_QUOTES = "\"'\u201c\u201d"
# Reads use other messages than writes for these errors.
WORDING = {
    "customers.customer_unknown": "customers.customer_unknown.read",
    "customers.source_account_unknown": "customers.source_account_unknown.details",
}
DETAILS_REFUSALS = [
    errors.CustomerUnknown,
    errors.CustomerMerged,
    errors.NoProfileInSource,
    errors.SourceAccountUnknown,
    errors.AccountIdMissing,
    errors.EmbedUnknown,
]
LANGUAGE = OpenApiParameter(
    "language",
    str,
    OpenApiParameter.HEADER,
    description="ISO code of the language of extended fields' values, such as zh.",
)


class DetailsQuery(ReadSourceQuery):
    embed = CommaSeparatedList(
        required=False,
        max_length=200,
        help_text="subscriptions, points, mlp, promotionalPoints, expirySchedules, expiredPoints "
        "or CUSTOMERIMAGE; several separated by commas or repeated.",
    )


def read_embeds(query: Mapping[str, Any]) -> set[str]:
    """Return the embeds of the query, in lower case."""
    return {name.strip(_QUOTES).lower() for name in query.get("embed", ())}


def build_details(
    request: Request,
    org: Organization,
    customer_id: int,
    query: Mapping[str, Any],
    shape: type[Shape],
    *,
    with_groups: bool = False,
) -> Answer:
    """Return the answer to a request for details, in one of the shapes of details.

    Raises what ``read_details`` raises.
    """
    details = read_details(request, org, customer_id, query, with_groups=with_groups)
    image = None
    if IMAGE in read_embeds(query):
        image = _build_image(request, org, customer_id)
    return details.build(shape, zone=org.zone, image=image)


def _build_image(request: Request, org: Organization, customer_id: int) -> list[Answer]:
    image = find_image(org_id=org.pk, customer_id=customer_id)
    if image is None:
        return []
    link = request.build_absolute_uri(build_image_path(image.handle))
    return [ImageOut.build(image, org=org, message="Success", link=link)]


def read_details(
    request: Any,
    org: Organization,
    customer_id: int,
    query: Mapping[str, Any],
    *,
    with_groups: bool = False,
) -> Details:
    """Return the details that a request asks for. ``with_groups`` adds program groups to programs.

    Raises what ``get_details`` and ``get_account_to_read`` raise, and EmbedUnknown.
    """
    embed_names = read_embeds(query)
    for unknown in sorted(embed_names - EMBEDS):
        raise errors.EmbedUnknown(name=unknown)
    parts = {_PARTS[name] for name in embed_names & _PARTS.keys()}
    if with_groups and details_embeds.PROGRAMS in parts:
        parts.add(details_embeds.GROUPS)
    customer = get_details(
        org_id=org.pk,
        customer_id=customer_id,
        source_account=get_account_to_read(org.pk, query),
        with_subscriptions=bool(embed_names & SUBSCRIPTIONS),
        language=get_header(request, "language") or "",
    )
    loyalty = get_loyalty_details(
        org_id=org.pk,
        customer_id=customer_id,
        now=timezone.now(),
        parts=parts,
        with_cards=any(kind == CARD_NUMBER for kind, _ in customer.identifiers),
    )
    return Details(customer, loyalty)
