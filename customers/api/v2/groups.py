"""Customers in bulk, with parents, children and companies (v2, "Associate Customer with
Customer/Hierarchy", "Update Association Details", "Get Customers (Group Loyalty)").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import BatchTooLarge
from crm.dialects.v2.paging import Paging
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Scope
from crm.usecases.grouping import GroupDone, register_group, update_group
from crm.usecases.registering import NOBODY_YET
from customers import errors
from customers.api.v2.group_answers import People, flat, group_answer, refused_answer
from customers.api.v2.group_schema import (
    CHILDREN_EXAMPLE,
    REGISTER_EXAMPLES,
    UPDATE_EXAMPLES,
    ChildrenOut,
    GroupOut,
    GroupUpdatedOut,
)
from customers.api.v2.groups_in import (
    GroupIn,
    GroupUpdateIn,
    children_said,
    kin_in,
    read_item,
    read_items,
)
from customers.api.v2.joinings_in import joinings
from customers.api.v2.registering import person_in
from customers.api.v2.side_effects import waits
from customers.api.v2.source_accounts import ReadSourceQuery, SourceQuery, account_to_read
from customers.api.v2.updating import customer_change
from customers.queries.families import SORTS, list_children
from customers.queries.lookup import find_customer_id
from loyalty import notices
from loyalty.operations.effects import run_effects

Answer = dict[str, Any]

log = structlog.get_logger(__name__)


class Word(serializers.ChoiceField):
    """One of a few words, in any case."""

    def to_internal_value(self, data: Any) -> str:
        named = {word.lower(): word for word in self.choices}
        return str(super().to_internal_value(named.get(str(data).strip().lower(), data)))


class ChildrenQuery(ReadSourceQuery, Paging):
    associationEntityType = Word(choices=["parentCustomer"], help_text="`parentCustomer`.")
    associationEntityIdentifierType = serializers.CharField(
        max_length=50, help_text="The parent's identifier, or `id`."
    )
    associationEntityIdentifierValue = serializers.CharField(max_length=1_000)
    sortBy = Word(
        choices=list(SORTS),
        default="createdon",
        help_text="`createdon` or `lastUpdatedOn`.",
    )
    sortOrder = Word(choices=["ASC", "DESC"], default="DESC")


class Groups(V2View):
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
        examples=[CHILDREN_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """List those who stand right below a parent, in every hierarchy.

        A named source shows the children who have a profile in it, and that profile only; the
        parent may be known by any identifier of theirs. `count` is how many there are in all, not
        on this page. The newest come first, or those changed last with `sortBy=lastUpdatedOn`.
        """
        query = self.read_query(ChildrenQuery)
        account = account_to_read(self.org.pk, query)
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
        people = People(
            org_id=self.org.pk, customer_ids=ids, now=timezone.now(), source_account=account
        )
        return Response(
            {
                "entity": {
                    "customers": [people.entity(pk) for pk in ids if pk in people],
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
        request=GroupIn(many=True),
        responses=GroupOut(many=True),
        examples=REGISTER_EXAMPLES,
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
        wait = waits(self, {})

        def register(body: Mapping[str, Any]) -> GroupDone:
            return register_group(
                origin=self.origin,
                person=person_in(self.org, query, body),
                kin=kin_in(self.org, query, body),
                effects_due_at=None if wait else self.origin.at,
            )

        return Response(self._answers(GroupIn, register, waits=wait))

    @extend_schema(
        summary="Update customers, and where they stand",
        tags=["v2 groups"],
        parameters=[SourceQuery],
        request=GroupUpdateIn(many=True),
        responses=GroupUpdatedOut(many=True),
        examples=UPDATE_EXAMPLES,
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
        wait = waits(self, {})

        def update(body: Mapping[str, Any]) -> GroupDone:
            return update_group(
                origin=self.origin,
                change=customer_change(self.org.pk, NOBODY_YET, query, body),
                joinings=joinings(body.get("loyaltyProgramEnrollments"), self.org.zone),
                kin=kin_in(self.org, query, body),
                effects_due_at=None if wait else self.origin.at,
            )

        return Response([flat(one) for one in self._answers(GroupUpdateIn, update, waits=wait)])

    # --- An item ------------------------------------------------------------------------

    def _answers(
        self,
        serializer: type[serializers.Serializer],
        work: Callable[[Mapping[str, Any]], GroupDone],
        *,
        waits: bool,
    ) -> list[Answer]:
        items = read_items(self.request.data)
        outcomes: list[tuple[Any, Mapping[str, Any], Answer | DomainError]] = []
        for place, item in enumerate(items):
            body: Mapping[str, Any] = {}
            try:
                body = read_item(serializer, item)
                done = self.receipts.once(place, partial(self._work, work, body))
            except DomainError as refusal:
                outcomes.append((item, body, refusal))
            else:
                outcomes.append((item, body, self._with_effects(done) if waits else done))
        now = self.origin.at
        people = People(
            org_id=self.org.pk,
            customer_ids={
                pk
                for _, _, done in outcomes
                if not isinstance(done, DomainError)
                for pk in _ids(done)
            },
            now=now,
        )
        return [self._answer(*outcome, people, now) for outcome in outcomes]

    def _answer(
        self,
        item: Any,
        body: Mapping[str, Any],
        done: Answer | DomainError,
        people: People,
        now: datetime,
    ) -> Answer:
        if isinstance(done, DomainError):
            return refused_answer(self.error(done), body, len(children_said(item)), now)
        return group_answer(done, body, people)

    def _work(
        self, work: Callable[[Mapping[str, Any]], GroupDone], body: Mapping[str, Any]
    ) -> Answer:
        return self._told(work(body))

    def _told(self, done: GroupDone) -> Answer:
        """What became of an item, as a receipt can hold it."""
        grouped = done.grouped
        return {
            "id": done.customer_id,
            "warnings": self.warnings(
                [*done.notices, *(done.parent.notices if done.parent else ())]
            ),
            "parent": done.parent.customer_id if done.parent else None,
            "children": [
                {"error": self.error(child.refusal)}
                if child.refusal is not None
                else {"id": child.customer_id, "warnings": self.warnings(child.notices)}
                for child in done.children
            ],
            "ties": grouped
            and {
                "hierarchy": grouped.hierarchy,
                "hierarchy_id": grouped.hierarchy_id,
                "skip_level": grouped.skip_level,
                "stands": {str(pk): asdict(stand) for pk, stand in grouped.stands.items()},
            },
            "effects": {str(pk): effect for pk, effect in done.effects.items()},
        }

    def _with_effects(self, done: Answer) -> Answer:
        """Let loyalty do its part for everybody of an item; where it fails, a warning tells."""
        waiting = self._run(done["effects"])
        if not waiting:
            return done
        [told] = self.warnings([Notice(notices.EFFECTS_WAITING)])
        return {
            **done,
            "warnings": [*done["warnings"], *([told] if waiting - _child_ids(done) else [])],
            "children": [
                {**child, "warnings": [*child["warnings"], told]}
                if child.get("id") in waiting
                else child
                for child in done["children"]
            ],
        }

    def _run(self, effects: Mapping[str, int]) -> set[int]:
        """Run these effects in a unit of their own; return the customers whose part waits."""
        if not effects:
            return set()
        try:
            outcomes = unit_of_work(run_effects)(
                origin=self.origin, effect_ids=list(effects.values())
            )
        except DatabaseError:
            log.exception("effects_failed", effects=list(effects.values()))
            return {int(pk) for pk in effects}
        finished = {outcome.effect_id for outcome in outcomes if outcome.is_done}
        return {int(pk) for pk, effect_id in effects.items() if effect_id not in finished}


def _child_ids(done: Mapping[str, Any]) -> set[int]:
    return {child["id"] for child in done["children"] if "id" in child}


def _ids(done: Mapping[str, Any]) -> Sequence[int]:
    parent = [done["parent"]] if done["parent"] else []
    return [done["id"], *parent, *_child_ids(done)]
