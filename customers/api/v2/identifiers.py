"""Changing a customer's identifiers (v2, "Update Customer Identifiers")."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.approvals.domain.identifier_changes import change_identifiers_or_request_merge
from crm.approvals.errors import SurvivorPending, VictimPending
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.field_types import bounded_list
from customers.api.v2.profile_input import (
    CARD_ISSUE_REFUSALS,
    MAX_IDENTIFIERS,
    IdentifierIn,
    Row,
    build_card_delink,
    build_card_issue,
    split_cards,
)
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.source_accounts import SourceQuery, get_account_to_write
from customers.rules.identifier_change import IdentityChange
from loyalty.operations.cards.delink import DelinkRequest
from loyalty.operations.cards.issue import CardIssueRequest
from loyalty.rules.cards import NOT_ISSUED


class ChangeIdentifierQuery(SourceQuery):
    seriesId = IdField(required=False, help_text="The default series of cards.")
    statusLabel = serializers.CharField(
        required=False, max_length=60, help_text="The default label of cards."
    )
    use_async = serializers.BooleanField(
        default=False, help_text="Run side effects in the background."
    )


class IdentifierChangeIn(serializers.Serializer):
    add = bounded_list(IdentifierIn(), MAX_IDENTIFIERS)
    remove = bounded_list(IdentifierIn(), MAX_IDENTIFIERS)


class IdentifierChangeOut(serializers.Serializer):
    createdId = serializers.IntegerField(help_text="The customer's id, or the survivor's.")
    success = serializers.BooleanField()
    warnings = WarningOut(many=True)


class ChangeIdentifier(V2View):
    """POST /v2/customers/{id}/changeIdentifier"""

    operation = "customers.changeIdentifier"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    examples = {"POST": {"customer_id": 418, "source": "WECHAT", "accountId": "22232"}}
    refusals = {
        "POST": [
            errors.StatusBlocksUpdates,
            errors.CustomerUnknown,
            errors.CustomerMerged,
            errors.NoProfileInSource,
            errors.IdentifierNotHeld,
            errors.LastIdentifier,
            errors.IdentifierRegistered,
            errors.IdentifierHeldInSource,
            errors.SourceAccountShared,
            errors.IdentifiersOfSeveralCustomers,
            VictimPending,
            SurvivorPending,
            errors.NoIdentifier,
            errors.IdentifierInvalid,
            errors.MobileInvalid,
            errors.EmailInvalid,
            errors.ExternalIdInvalid,
            errors.SourceAccountMissing,
            errors.SourceAccountUnknown,
            errors.AccountIdMissing,
            *CARD_ISSUE_REFUSALS,
        ]
    }

    @extend_schema(
        summary="Add and remove identifiers",
        tags=["v2 customers"],
        parameters=[ChangeIdentifierQuery],
        request=IdentifierChangeIn,
        responses=IdentifierChangeOut,
        examples=load_examples(__file__, "change_identifier"),
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Add and remove identifiers of a customer's profile in one source account.

        Removals come first. An identifier is deleted when its last profile loses it; a customer
        always keeps at least one. If an added identifier belongs to a customer in other source
        accounts, the two are merged: `createdId` is then the survivor's id, with warning 8051, and
        this customer's id answers 410 from then on. If merges need an approval, nothing changes:
        `success` is false and warning 1040 names the new request; repeating the call while it is
        open names the same request.

        Adding a `cardnumber` issues the card to the customer: an existing free card, or a new one
        of a series with external numbers. Removing it, or adding it with the label `NOT_ISSUED`,
        delinks the card. `seriesId` and `statusLabel` of the query are defaults.
        """
        query = self.read_query(ChangeIdentifierQuery)
        account = get_account_to_write(self.org.pk, query)
        body = self.read_body(IdentifierChangeIn)
        add, added_cards = split_cards(body.get("add"))
        remove, removed_cards = split_cards(body.get("remove"))
        issues, delinks = _build_card_changes(
            customer_id, account.id, query, added_cards, removed_cards
        )
        result = change_identifiers_or_request_merge(
            origin=self.origin,
            change=IdentityChange(
                customer_id=customer_id,
                source_account_id=account.id,
                add=[(row["type"], row["value"]) for row in add],
                remove=[(row["type"], row["value"]) for row in remove],
            ),
            cards=issues,
            delinks=delinks,
        )
        return Response(
            {
                "createdId": result.customer_id,
                "success": result.is_done,
                "warnings": self.warnings(result.notices),
            }
        )


def _build_card_changes(
    customer_id: int,
    source_account_id: int,
    query: Mapping[str, Any],
    added: Sequence[Row],
    removed: Sequence[Row],
) -> tuple[list[CardIssueRequest], list[DelinkRequest]]:
    """Return the cards to issue and to delink; one added as ``NOT_ISSUED`` is delinked."""
    issues = [
        build_card_issue(
            row,
            customer_id,
            source_account_id,
            series_id=query.get("seriesId"),
            label=query.get("statusLabel"),
        )
        for row in added
    ]
    delinks = [build_card_delink(row) for row in removed] + [
        DelinkRequest(number=issue.number, external_id=issue.external_id)
        for issue in issues
        if issue.label == NOT_ISSUED
    ]
    return [issue for issue in issues if issue.label != NOT_ISSUED], delinks
