"""Linking customers to partners' programs (v2, `/partnerProgram`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.dialect_view import to_refusal
from crm.dialects.serializer_input import validate_data
from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers.queries.customers.by_identifiers import find_customers_by_identifier
from customers.rules.times import read_span
from loyalty import errors
from loyalty.api.v2.coupon_input import MAX_ITEMS, read_customer_key
from loyalty.api.v2.coupon_redemption_shapes import build_customers
from loyalty.api.v2.partner_shapes import (
    LinkBatchIn,
    LinkedCustomersOut,
    LinkItemIn,
    UnlinkBatchIn,
    UnlinkedCustomersOut,
    UnlinkItemIn,
    UpdateBatchIn,
    UpdatedCustomersOut,
    UpdateItemIn,
)
from loyalty.operations.partners import (
    PartnerResult,
    link_partners,
    unlink_partners,
    update_partners,
)
from loyalty.rules.partners import PartnerLink, PartnerUnlink, PartnerUpdate

DONE = 200
CUSTOMER_KEYS = ("mobile", "email", "externalId")
RequestT = TypeVar("RequestT", PartnerLink, PartnerUpdate, PartnerUnlink)
# A customer of the batch: the customer's id or the refusal, and the entries of their programs.
Item = tuple[int | DomainError, Sequence[Mapping[str, Any]]]


class PartnersView(V2View):
    """Writes the partner programs of many customers, each with a status of its own.

    ``list_key``, ``partners_key`` and ``status_key`` are the names on the wire; ``item_in`` reads
    one customer with their programs; ``done`` is the message of a program that was written.
    """

    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {"POST": [BatchTooLarge]}
    list_key: ClassVar[str] = ""
    partners_key: ClassVar[str] = ""
    status_key: ClassVar[str] = ""
    done: ClassVar[str] = ""
    item_in: ClassVar[type[serializers.Serializer]]

    def write(
        self,
        build: Callable[[int, Mapping[str, Any]], RequestT],
        run: Callable[[list[RequestT]], list[PartnerResult]],
    ) -> Response:
        """Read the batch, run the operation once for all programs, and answer each."""
        raw_items = self._read_list()
        items = self._read_items(raw_items)
        requests = [
            _build_request(build, customer, entry)
            for customer, entries in items
            for entry in entries
        ]
        ready = [entry for entry in requests if not isinstance(entry, DomainError)]
        results = iter(run(ready) if ready else [])
        outcomes = iter(
            [entry if isinstance(entry, DomainError) else next(results) for entry in requests]
        )
        found = {customer for customer, _ in items if isinstance(customer, int)}
        customers = build_customers(self.org.pk, found)
        return Response(
            {
                self.list_key: [
                    self._build_row(raw, item, customers, outcomes)
                    for raw, item in zip(raw_items, items, strict=True)
                ],
                "warnings": [],
            }
        )

    def _read_list(self) -> list[Any]:
        data = self.request.data
        items = data.get(self.list_key) if isinstance(data, Mapping) else None
        if not isinstance(items, list) or not items:
            raise RequestInvalid(detail=f"{self.list_key} must be a list of customers.")
        if len(items) > MAX_ITEMS:
            raise BatchTooLarge(most=MAX_ITEMS)
        return items

    def _read_items(self, raw_items: Sequence[Any]) -> list[Item]:
        read = [self._read_item(raw) for raw in raw_items]
        keys = [key for key, _ in read if not isinstance(key, DomainError)]
        found = iter(find_customers_by_identifier(org=self.org, identifiers=keys))
        return [
            (key if isinstance(key, DomainError) else next(found), entries) for key, entries in read
        ]

    def _read_item(
        self, raw: Any
    ) -> tuple[tuple[str, str] | DomainError, Sequence[Mapping[str, Any]]]:
        try:
            body = validate_data(self.item_in, raw)
            return read_customer_key(body["customer"]), body[self.partners_key]
        except (DomainError, serializers.ValidationError) as problem:
            refusal = to_refusal(problem)
            if refusal is None:
                raise
            return refusal.detached(), _list_readable_entries(raw, self.partners_key)

    def _build_row(
        self,
        raw: Any,
        item: Item,
        customers: Mapping[int, Answer],
        outcomes: Iterator[PartnerResult | DomainError],
    ) -> Answer:
        customer, entries = item
        if isinstance(customer, DomainError):
            head, status = _repeat_customer(raw), self._build_status(customer)
        else:
            known = customers[customer]
            head = {"id": customer, **{key: known[key] for key in CUSTOMER_KEYS}}
            status = _build_done("SUCCESS")
        return {
            "customer": {**head, "status": status},
            self.partners_key: [
                {
                    "partnerProgramName": entry.get("partnerProgramName") or "",
                    self.status_key: self._build_status(next(outcomes)),
                }
                for entry in entries
            ],
        }

    def _build_status(self, outcome: PartnerResult | DomainError) -> Answer:
        refusal = outcome.refusal if isinstance(outcome, PartnerResult) else outcome
        if refusal is not None:
            return self.error(refusal)
        if isinstance(outcome, PartnerResult) and outcome.notices:
            return {**self.warnings(outcome.notices)[0], "status": True}
        return _build_done(self.done)


class LinkCustomers(PartnersView):
    """POST /v2/partnerProgram/linkCustomer"""

    operation = "partners.link"
    list_key, partners_key, status_key = (
        "linkCustomers",
        "linkToPartnerPrograms",
        "partnerLinkStatus",
    )
    item_in = LinkItemIn
    done = "Linked."

    @extend_schema(
        summary="Link customers to partner programs",
        tags=["v2 loyalty"],
        request=LinkBatchIn,
        responses=LinkedCustomersOut,
        examples=load_examples(__file__, "partner_link"),
    )
    def post(self, request: Request) -> Response:
        """Link up to a hundred customers to partner programs; each link has its own status.

        A customer is enrolled in the loyalty program that the partner program belongs to (else
        821), and is linked to a partner program once: the same link again changes nothing
        (91112), and other details are refused (409). Of several identifiers the first of `id`,
        `mobile`, `email` and `externalId` decides.

        A partner program with tiers needs `tierName` and `tierExpiryDate`, which lies in the
        future. `membershipId` belongs to one customer. Loyalty details show the links, as
        `linkedPartnerPrograms`.
        """
        return self.write(
            self._build_link, lambda links: link_partners(origin=self.origin, links=links)
        )

    def _build_link(self, customer_id: int, entry: Mapping[str, Any]) -> PartnerLink:
        number = _first(entry, "membershipId", "partnerMembershipId")
        expires = _first(entry, "tierExpiryDate", "partnerTierExpiryDate")
        return PartnerLink(
            customer_id=customer_id,
            partner_name=entry.get("partnerProgramName") or "",
            program_id=entry.get("programId"),
            membership_id="" if number is None else str(number),
            tier_name=_first(entry, "tierName", "partnerTierName") or "",
            tier_expires_at=self.read_end(expires, "tierExpiryDate"),
            linked_at=self.read_start(entry.get("linkDate"), "linkDate"),
        )

    def read_start(self, raw: str | None, name: str) -> datetime | None:
        return read_time(self, raw, name, is_end=False)

    def read_end(self, raw: str | None, name: str) -> datetime | None:
        return read_time(self, raw, name, is_end=True)


class UpdatePartnerTiers(PartnersView):
    """POST /v2/partnerProgram/customerPartnerProgramUpdate"""

    operation = "partners.update"
    list_key, partners_key, status_key = (
        "customersPartnerUpdates",
        "partnerProgramUpdates",
        "partnerUpdateStatus",
    )
    item_in = UpdateItemIn
    done = "Updated."

    @extend_schema(
        summary="Update the tiers of customers in partner programs",
        tags=["v2 loyalty"],
        request=UpdateBatchIn,
        responses=UpdatedCustomersOut,
        examples=load_examples(__file__, "partner_update"),
    )
    def post(self, request: Request) -> Response:
        """Give linked customers another tier, or another end of it; up to a hundred customers.

        An UPGRADE is to a higher tier, a DOWNGRADE to a lower one; a RENEWAL keeps the tier and
        ends later. The same update again changes nothing (91113). The end lies in the future.
        """
        return self.write(
            self._build_update, lambda rows: update_partners(origin=self.origin, updates=rows)
        )

    def _build_update(self, customer_id: int, entry: Mapping[str, Any]) -> PartnerUpdate:
        details = entry.get("updateDetails") or {}
        return PartnerUpdate(
            customer_id=customer_id,
            partner_name=entry.get("partnerProgramName") or "",
            program_id=entry.get("programId"),
            update_type=entry.get("updateType") or "",
            tier_name=details.get("updatedTierName") or "",
            tier_expires_at=read_time(
                self, details.get("updatedTierExpiryDate"), "updatedTierExpiryDate", is_end=True
            ),
        )


class UnlinkCustomers(PartnersView):
    """POST /v2/partnerProgram/deLinkCustomer"""

    operation = "partners.unlink"
    list_key, partners_key, status_key = (
        "deLinkCustomers",
        "deLinkFromPartnerPrograms",
        "partnerDeLinkStatus",
    )
    item_in = UnlinkItemIn
    done = "Unlinked."

    @extend_schema(
        summary="Unlink customers from partner programs",
        tags=["v2 loyalty"],
        request=UnlinkBatchIn,
        responses=UnlinkedCustomersOut,
        examples=load_examples(__file__, "partner_unlink"),
    )
    def post(self, request: Request) -> Response:
        """Unlink up to a hundred customers from partner programs; the links stay as history.

        A customer who is not linked, or no more, is refused (409), and nothing changes. The
        membership id is free afterwards.
        """
        return self.write(
            _build_unlink, lambda rows: unlink_partners(origin=self.origin, unlinks=rows)
        )


def read_time(view: V2View, raw: str | None, name: str, *, is_end: bool) -> datetime | None:
    """Return the time; a date alone is its first second, or its last one if ``is_end``.

    Raises:
        PartnerDateInvalid: it cannot be read.
    """
    if not (raw or "").strip():
        return None
    span = read_span(str(raw), view.org.zone)
    if span is None:
        raise errors.PartnerDateInvalid(field=name)
    return span.end - timedelta(seconds=1) if is_end else span.start


def _build_unlink(customer_id: int, entry: Mapping[str, Any]) -> PartnerUnlink:
    return PartnerUnlink(
        customer_id=customer_id,
        partner_name=entry.get("partnerProgramName") or "",
        program_id=entry.get("programId"),
        reason=entry.get("reason") or "",
    )


def _build_request(
    build: Callable[[int, Mapping[str, Any]], RequestT],
    customer: int | DomainError,
    entry: Mapping[str, Any],
) -> RequestT | DomainError:
    if isinstance(customer, DomainError):
        return customer
    try:
        return build(customer, entry)
    except DomainError as refusal:
        return refusal.detached()


def _first(entry: Mapping[str, Any], *names: str) -> Any:
    """Return the first value that is there and not blank."""
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)


def _list_readable_entries(raw: Any, key: str) -> list[dict[str, Any]]:
    entries = raw.get(key) if isinstance(raw, Mapping) else None
    if not isinstance(entries, list):
        return []
    return [
        {"partnerProgramName": name if isinstance(name, str) else ""}
        for entry in entries[:MAX_ITEMS]
        for name in [entry.get("partnerProgramName") if isinstance(entry, Mapping) else None]
    ]


def _repeat_customer(raw: Any) -> Answer:
    """Return what was sent about a customer who was not found."""
    sent = raw.get("customer") if isinstance(raw, Mapping) else None
    values = sent if isinstance(sent, Mapping) else {}
    return {
        "id": None,
        **{
            key: str(value)[:MAX_ITEMS] if isinstance(value := values.get(key), str | int) else None
            for key in CUSTOMER_KEYS
        },
    }


def _build_done(message: str) -> Answer:
    return {"status": True, "code": DONE, "message": message}
