"""Customers in bulk, with parents, children and companies (v2, "Associate Customer with
Customer/Hierarchy", "Update Association Details", "Get Customers (Group Loyalty)").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import Error
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import BatchTooLarge
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Scope
from crm.usecases.bulk_association import FamilyResult, register_with_family, update_with_family
from crm.usecases.register_customers import UNASSIGNED_CUSTOMER
from customers import errors
from customers.api.v2.bulk_answers import (
    CustomerAnswers,
    bulk_item_answer,
    flatten_answer,
    refused_item_answer,
)
from customers.api.v2.bulk_input import (
    BulkRegistrationIn,
    BulkUpdateIn,
    ChildrenQuery,
    build_family,
    get_raw_children,
    read_item,
    read_items,
)
from customers.api.v2.bulk_shapes import (
    BulkRegistrationOut,
    BulkUpdateOut,
    ChildOut,
    ChildrenOut,
)
from customers.api.v2.enrollment_input import build_enrollment_requests
from customers.api.v2.registration import build_sign_up
from customers.api.v2.side_effects import should_wait
from customers.api.v2.source_accounts import SourceQuery, get_account_to_read
from customers.api.v2.update import build_customer_change
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.hierarchies.families import list_children
from loyalty import notices
from loyalty.operations.effects import run_effects

Answer = dict[str, Any]

log = structlog.get_logger(__name__)


class BulkCustomers(V2View):
    """POST, PUT, GET /v2/customers/bulk"""

    operation = {
        "GET": "customers.children",
        "POST": "customers.registerMany",
        "PUT": "customers.updateMany",
    }
    batch = True  # each item and its side effects are separate units of work
    scopes = {
        "GET": Scope.CUSTOMERS_READ,
        "POST": Scope.CUSTOMERS_WRITE,
        "PUT": Scope.CUSTOMERS_WRITE,
    }
    examples = {
        "GET": {
            "source": "WECHAT",
            "accountId": "WECHAT-CM",
            "associationEntityType": "parentCustomer",
            "associationEntityIdentifierType": "mobile",
            "associationEntityIdentifierValue": "917169721931",
        },
        "PUT": {"source": "WECHAT", "accountId": "WECHAT-CM"},
    }
    refusals = {
        "GET": [
            errors.IdentifierInvalid,
            errors.IdentifierNotFound,
            errors.CustomerMerged,
            errors.SourceAccountUnknown,
            errors.AccountIdMissing,
        ],
        "POST": [BatchTooLarge],
        "PUT": [BatchTooLarge],
    }

    @extend_schema(
        summary="List the children of a customer",
        tags=["v2 groups"],
        parameters=[ChildrenQuery],
        responses=ChildrenOut,
        examples=load_examples(__file__, "bulk_children"),
    )
    def get(self, request: Request) -> Response:
        """List the direct children of a parent in all hierarchies.

        With `source`, only children with a profile in that source are listed, with that profile
        only; the parent can be identified by any identifier. `count` is the number of all
        children, not of this page. The newest come first, or with `sortBy=lastUpdatedOn` those
        changed last.
        """
        query = self.read_query(ChildrenQuery)
        account = get_account_to_read(self.org.pk, query)
        parent_id = find_customer_id(
            org=self.org,
            kind=query["associationEntityIdentifierType"],
            value=query["associationEntityIdentifierValue"],
            source_account=None,
        )
        ids, count = list_children(
            parent_id=parent_id,
            source_account=account,
            sort_by=query["sortBy"],
            descending=query["sortOrder"] == "DESC",
            limit=query["limit"],
            offset=query["offset"],
        )
        customers = CustomerAnswers(
            org_id=self.org.pk, customer_ids=ids, now=timezone.now(), source_account=account
        )
        return Response(
            {
                "entity": {
                    "customers": [customers.build(pk, ChildOut) for pk in ids if pk in customers],
                    "count": count,
                    "errors": [],
                    "warnings": [],
                },
                "warnings": [],
                "errors": [],
                "success": True,
            }
        )

    @extend_schema(
        summary="Register customers, with parents, children and companies",
        tags=["v2 groups"],
        parameters=[SourceQuery],
        request=BulkRegistrationIn(many=True),
        responses=BulkRegistrationOut(many=True),
        examples=load_examples(__file__, "bulk_register"),
    )
    def post(self, request: Request) -> Response:
        """Register up to a hundred customers, each with an optional parent, children and company.

        Each item is one transaction; the HTTP status is 200 even if items fail. The customer of
        an item is registered like by `POST /v2/customers`: an identifier known in the same source
        account is error 8007. A parent or child with a known identifier is linked, not registered
        again. A violation of the hierarchy (a role that is not directly above the other, a
        customer above themselves, an unknown role) is in the item's `errors`, and nothing of the
        item is saved.

        A child that cannot be registered is a warning of the item's `entity`, with `childIndex`,
        and counts in `childFailureCount`; so does a child that already has another parent, role
        or company: `PUT` moves them. Invalid identifiers of a parent or child that has a valid
        one are skipped with a warning.

        Children without a role get the role directly below (or `childRoleCode`), and a parent who
        is new in the hierarchy the role directly above; children and parent get the company.
        Without `hierarchyCode` only the company is assigned. All items together hold at most a
        thousand customers. Loyalty effects run after each item, or in the background with
        `WAIT_FOR_DOWNSTREAM: false`; if they fail, warning 19223 is returned.
        """
        query = self.read_query(SourceQuery)
        wait = should_wait(self, {})

        def register(body: Mapping[str, Any]) -> FamilyResult:
            return register_with_family(
                origin=self.origin,
                sign_up=build_sign_up(self.org, query, body),
                family=build_family(self.org, query, body),
                effects_due_at=None if wait else self.origin.at,
            )

        return Response(self._answer_items(BulkRegistrationIn, register, wait=wait))

    @extend_schema(
        summary="Update customers and their associations",
        tags=["v2 groups"],
        parameters=[SourceQuery],
        request=BulkUpdateIn(many=True),
        responses=BulkUpdateOut(many=True),
        examples=load_examples(__file__, "bulk_update"),
    )
    def put(self, request: Request) -> Response:
        """Update up to a hundred registered customers and their associations.

        The identifiers of an item identify its customer: no match is 8015, several are 8053.
        Names, fields and channels change like by `PUT /v2/customers/{id}`. Unlike `POST`, this
        moves customers: roles, parents and companies that are passed replace the current ones,
        others stay. Unknown parents and children are registered.

        Each item is one transaction. A refused item has `errors`, repeats the data of the request,
        and nothing of it is saved.
        """
        query = self.read_query(SourceQuery)
        wait = should_wait(self, {})

        def update(body: Mapping[str, Any]) -> FamilyResult:
            return update_with_family(
                origin=self.origin,
                change=build_customer_change(self.org.pk, UNASSIGNED_CUSTOMER, query, body),
                joinings=build_enrollment_requests(
                    body.get("loyaltyProgramEnrollments"), self.org.zone
                ),
                family=build_family(self.org, query, body),
                effects_due_at=None if wait else self.origin.at,
            )

        return Response(
            [
                flatten_answer(answer)
                for answer in self._answer_items(BulkUpdateIn, update, wait=wait)
            ]
        )

    # --- An item ------------------------------------------------------------------------

    def _answer_items(
        self,
        serializer: type[serializers.Serializer],
        handle: Callable[[Mapping[str, Any]], FamilyResult],
        *,
        wait: bool,
    ) -> list[Answer]:
        items = read_items(self.request.data)
        outcomes: list[tuple[Any, Mapping[str, Any], Answer | DomainError]] = []
        for index, item in enumerate(items):
            body: Mapping[str, Any] = {}
            try:
                body = read_item(serializer, item)
                result = self.receipts.run_once(index, partial(self._handle_item, handle, body))
            except DomainError as refusal:
                outcomes.append((item, body, refusal.detached()))
            else:
                outcomes.append((item, body, self._add_effects(result) if wait else result))
        now = self.origin.at
        customers = CustomerAnswers(
            org_id=self.org.pk,
            customer_ids={
                pk
                for _, _, result in outcomes
                if not isinstance(result, DomainError)
                for pk in _list_customer_ids(result)
            },
            now=now,
        )
        return [self._answer_item(*outcome, customers, now) for outcome in outcomes]

    def _answer_item(
        self,
        item: Any,
        body: Mapping[str, Any],
        result: Answer | DomainError,
        customers: CustomerAnswers,
        now: datetime,
    ) -> Answer:
        if isinstance(result, DomainError):
            return refused_item_answer(self.error(result), body, len(get_raw_children(item)), now)
        return bulk_item_answer(result, body, customers)

    def _handle_item(
        self, handle: Callable[[Mapping[str, Any]], FamilyResult], body: Mapping[str, Any]
    ) -> Answer:
        return self._build_receipt(handle(body))

    def _build_receipt(self, result: FamilyResult) -> Answer:
        """Return the result of an item as the receipt stores it."""
        association = result.association
        return {
            "id": result.customer_id,
            "warnings": self.warnings(
                [*result.notices, *(result.parent.notices if result.parent else ())]
            ),
            "parent": result.parent.customer_id if result.parent else None,
            "children": [
                {"error": self.error(child.refusal)}
                if child.refusal is not None
                else {"id": child.customer_id, "warnings": self.warnings(child.notices)}
                for child in result.children
            ],
            "ties": association
            and {
                "hierarchy": association.hierarchy,
                "hierarchy_id": association.hierarchy_id,
                "skip_level": association.skip_level,
                "stands": {
                    str(pk): asdict(position) for pk, position in association.places.items()
                },
            },
            "effects": {str(pk): effect for pk, effect in result.effects.items()},
        }

    def _add_effects(self, result: Answer) -> Answer:
        """Run the loyalty effects of an item's customers; unfinished ones become warnings."""
        pending_ids = self._run_effects(result["effects"])
        if not pending_ids:
            return result
        [warning] = self.warnings([Notice(notices.EFFECTS_WAITING)])
        return {
            **result,
            "warnings": [
                *result["warnings"],
                *([warning] if pending_ids - _get_child_ids(result) else []),
            ],
            "children": [
                {**child, "warnings": [*child["warnings"], warning]}
                if child.get("id") in pending_ids
                else child
                for child in result["children"]
            ],
        }

    def _run_effects(self, effects: Mapping[str, int]) -> set[int]:
        """Run effects in their own unit of work; return the customers with unfinished ones."""
        if not effects:
            return set()
        try:
            outcomes = unit_of_work(run_effects)(
                origin=self.origin, effect_ids=list(effects.values())
            )
        except Error:
            log.exception("effects_failed", effects=list(effects.values()))
            return {int(pk) for pk in effects}
        finished_ids = {outcome.effect_id for outcome in outcomes if outcome.is_done}
        return {int(pk) for pk, effect_id in effects.items() if effect_id not in finished_ids}


def _get_child_ids(result: Mapping[str, Any]) -> set[int]:
    return {child["id"] for child in result["children"] if "id" in child}


def _list_customer_ids(result: Mapping[str, Any]) -> Sequence[int]:
    parent = [result["parent"]] if result["parent"] else []
    return [result["id"], *parent, *_get_child_ids(result)]
