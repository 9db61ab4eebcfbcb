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
from crm.dialects.v2.pagination import Paging
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
from customers.api.v2.source_accounts import ReadSourceQuery, SourceQuery, get_account_to_read
from customers.api.v2.update import build_customer_change
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.hierarchies.families import SORT_COLUMNS, list_children
from loyalty import notices
from loyalty.operations.effects import run_effects

Answer = dict[str, Any]

log = structlog.get_logger(__name__)


class CaseInsensitiveChoice(serializers.ChoiceField):
    """One of a few words, in any case."""

    def to_internal_value(self, data: Any) -> str:
        choice_by_name = {choice.lower(): choice for choice in self.choices}
        return str(super().to_internal_value(choice_by_name.get(str(data).strip().lower(), data)))


class ChildrenQuery(ReadSourceQuery, Paging):
    associationEntityType = CaseInsensitiveChoice(
        choices=["parentCustomer"], help_text="`parentCustomer`."
    )
    associationEntityIdentifierType = serializers.CharField(
        max_length=50, help_text="The parent's identifier, or `id`."
    )
    associationEntityIdentifierValue = serializers.CharField(max_length=1_000)
    sortBy = CaseInsensitiveChoice(
        choices=list(SORT_COLUMNS),
        default="createdon",
        help_text="`createdon` or `lastUpdatedOn`.",
    )
    sortOrder = CaseInsensitiveChoice(choices=["ASC", "DESC"], default="DESC")


class BulkCustomers(V2View):
    """POST, PUT, GET /v2/customers/bulk"""

    operation = {
        "GET": "customers.children",
        "POST": "customers.registerMany",
        "PUT": "customers.updateMany",
    }
    batch = True  # each item is a unit of its own, and so are its side effects
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
        """List those who stand right below a parent, in every hierarchy.

        A named source shows the children who have a profile in it, and that profile only; the
        parent may be known by any identifier of theirs. `count` is how many there are in all, not
        on this page. The newest come first, or those changed last with `sortBy=lastUpdatedOn`.
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
        """Register up to a hundred customers, each with whoever comes along.

        Each item is one transaction, and HTTP answers 200 whatever becomes of them. The customer
        of an item is registered as `POST /v2/customers` does it: an identifier known in the same
        source account is error 8007. A parent or child who is known by an identifier is not
        registered again but meant. What breaks the hierarchy (a role that does not stand right
        above the other, somebody above themselves, an unknown role) is in the item's `errors`,
        and nothing of the item is saved.

        A child who cannot be registered is a warning of the item's `entity`, with `childIndex`,
        and counts in `childFailureCount`; so is one who has another parent, role or company
        already: `PUT` moves them. What cannot be read of a parent or child who has another
        identifier is passed over with a warning of theirs.

        Without a role of their own, children take the one right below (or `childRoleCode`), and a
        parent who is new to the hierarchy the one right above; children and parent take the
        company. Without `hierarchyCode` only the company is joined. Of all items together at most
        a thousand people may come. Loyalty's part runs after each item, or in the background with
        `WAIT_FOR_DOWNSTREAM: false`; its failure is warning 19223.
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
        summary="Update customers, and where they stand",
        tags=["v2 groups"],
        parameters=[SourceQuery],
        request=BulkUpdateIn(many=True),
        responses=BulkUpdateOut(many=True),
        examples=load_examples(__file__, "bulk_update"),
    )
    def put(self, request: Request) -> Response:
        """Update up to a hundred customers who are registered, and place them anew.

        The identifiers of an item say who is meant: nobody is 8015, several are 8053. Names,
        fields and channels change as by `PUT /v2/customers/{id}`. Unlike `POST`, this moves
        whoever stands elsewhere: roles, parents and companies are replaced by what is named, and
        stay where nothing is named. Parents and children who are not known are registered.

        Each item is one transaction; one that is refused carries `errors`, is shown as it was
        asked, and nothing of it is saved.
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
        """What became of an item, as a receipt can hold it."""
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
        """Let loyalty do its part for everybody of an item; where it fails, a warning tells."""
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
        """Run these effects in a unit of their own; return the customers whose part waits."""
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
