"""Registering and updating customers (v1.1, "Register Customers", "Update Customer Details")."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, echo_texts
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.tenancy.errors import ScopeMissing
from crm.tenancy.models import Scope
from crm.usecases.pos_registration import register_at_pos
from crm.usecases.pos_update import PosRegistration, PosResult, update_at_pos
from customers import errors
from customers.api.v1_1.customer_lookup import echo_identifiers, read_identifiers
from customers.api.v1_1.customer_shapes import list_customer_summaries
from customers.api.v1_1.registration_shapes import (
    ADD_REQUEST,
    CUSTOMERS_RESPONSE,
    UPDATE_REQUEST,
    AddIn,
    RegistrationOut,
)
from customers.api.v1_1.side_effects import run_side_effects
from loyalty.rules.effects import read_result

ECHOED_KEYS = ("firstname", "lastname", "type", "registered_on")
CONSENT_REFUSALS = [
    errors.SubscriptionChannelInvalid,
    errors.SubscriptionPriorityInvalid,
    errors.SubscriptionScopeInvalid,
    errors.SubscriptionScopesSeveral,
    errors.SubscriptionStatusInvalid,
]
SHARED_REFUSALS = [
    errors.StatusBlocksUpdates,
    errors.CustomerUnknown,
    errors.LoyaltyDowngrade,
    errors.NonLoyaltyWithoutIdentifier,
    errors.NameInvalid,
    errors.NoProfileInSource,
    errors.MobileMissingForLoyalty,
    errors.EmailMissingForLoyalty,
    errors.ExternalIdMissingForLoyalty,
    errors.FraudStatusInvalid,
    errors.ReasonInvalid,
    *CONSENT_REFUSALS,
]


class Add(V11View):
    """POST /v1.1/customer/add"""

    operation = "v1.customer.add"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {
        "POST": [
            errors.NoIdentifier,
            errors.IdentifierRegistered,
            errors.MobileInvalid,
            errors.EmailInvalid,
            errors.ExternalIdInvalid,
            errors.RegistrationDateInvalid,
            errors.MobileMissing,
            errors.EmailMissing,
            errors.ExternalIdMissing,
            errors.FieldMissing,
            *SHARED_REFUSALS,
        ]
    }

    @extend_schema(
        summary="Register customers",
        tags=["v1.1 customer"],
        request=ADD_REQUEST,
        responses=CUSTOMERS_RESPONSE,
        examples=load_examples(__file__, "add"),
    )
    def post(self, request: Request) -> Response:
        """Register customers in store, or update known ones. Items succeed or fail separately.

        The first known of `mobile`, `email`, `external_id`, `card` and `id` is the customer.
        Invalid identifiers are skipped with a warning (1001, 1002, 1003). For a known customer,
        a missing identifier is added. An existing one is replaced where the organization allows
        it, as in `customer/update` (else warning 91006), and never for the primary kind (91005);
        one that belongs to another customer is skipped (91007).
        A customer known only in other sources gets an in-store profile.

        `type` defaults to `LOYALTY`. Loyalty customers are enrolled in the default program;
        `side_effects` lists the points and coupons that new customers received. Unknown or
        invalid custom and extended fields are skipped with a warning (1017, 91015); a field
        without a value is removed. Mobile and email become communication channels, and
        `subscriptions` sets the consent for them. `fraud_status` marks the customer as fraud, or
        clears the mark with `NONE`; an item with it needs the scope `customers.fraud` (403).
        """
        rows = self.write_each(
            self.items("customer"),
            lambda item: _build_result(self._register(item), is_add=True),
            _echo_item,
        )
        return Response(build_list_response("customers", "customer", _complete_rows(self, rows)))

    def _register(self, item: Item) -> PosResult:
        return register_at_pos(origin=self.origin, registration=_read_registration(self, item))


class Update(V11View):
    """POST /v1.1/customer/update"""

    operation = "v1.customer.update"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierInvalid,
            errors.IdentifierNotFound,
            *SHARED_REFUSALS,
        ]
    }

    @extend_schema(
        summary="Update customers",
        tags=["v1.1 customer"],
        request=UPDATE_REQUEST,
        responses=CUSTOMERS_RESPONSE,
        examples=load_examples(__file__, "update"),
    )
    def post(self, request: Request) -> Response:
        """Update customers. The first known identifier of each item identifies the customer.

        Items succeed or fail separately. Names, fields, type and consent that are passed are
        changed; what is left out stays. A missing identifier is added. An existing one is
        replaced in every source, but only if the organization allows it for its kind
        (`CONF_ALLOW_MOBILE_UPDATE`, `CONF_ALLOW_EMAIL_UPDATE`,
        `CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE`; else warning 91006), and never for the primary
        kind (91005). A customer known only in other sources gets an in-store profile.
        `fraud_status` marks the customer as fraud, as in `customer/add`.
        """
        rows = self.write_each(
            self.items("customer"),
            lambda item: _build_result(self._update(item), is_add=False),
            _echo_item,
        )
        return Response(build_list_response("customers", "customer", _complete_rows(self, rows)))

    def _update(self, item: Item) -> PosResult:
        return update_at_pos(origin=self.origin, registration=_read_registration(self, item))


# --- In ---------------------------------------------------------------------------------


def _read_registration(view: V11View, item: Item) -> PosRegistration:
    registration = PosRegistration(
        lookup=read_identifiers(item), **AddIn.read(item, zone=view.org.zone)
    )
    if registration.fraud_mark and Scope.CUSTOMERS_FRAUD not in view.caller.scopes:
        raise ScopeMissing(scope=Scope.CUSTOMERS_FRAUD)
    return registration


# --- Out --------------------------------------------------------------------------------


def _build_result(result: PosResult, *, is_add: bool) -> ItemResult:
    """Return what the receipt stores: the customer, and effects that ran or are still to run."""
    outcome = "registered" if is_add and result.is_new else "updated"
    return ItemResult(
        {
            "user_id": str(result.customer_id),
            "effects": result.effect_ids,
            "effect_result": result.effect_result and result.effect_result.as_json(),
        },
        f"done.customers.{outcome}",
        result.notices,
    )


def _complete_rows(view: V11View, rows: Sequence[Row]) -> list[Row]:
    """Run the side effects, and fill each row with the customer's current data."""
    written_rows = [row for row in rows if "effects" in row]
    results = run_side_effects(view, [effect for row in written_rows for effect in row["effects"]])
    summaries = list_customer_summaries(
        org_id=view.org.pk, customer_ids={int(row["user_id"]) for row in written_rows}
    )
    answers = []
    for row in rows:
        if "effects" not in row:
            answers.append(row)
            continue
        row_results = [results[effect] for effect in row["effects"]]
        if stored := row.get("effect_result"):
            row_results.insert(0, read_result(stored))
        effect_notices = [notice for result in row_results for notice in result.notices]
        row["item_status"]["warnings"]["warning"] += view.warnings(effect_notices)
        summary = summaries[int(row["user_id"])]
        answers.append(
            RegistrationOut.build(
                summary.heading,
                balances=summary.loyalty_balances,
                effects=row_results,
                item_status=row["item_status"],
            )
        )
    return answers


def _echo_item(item: Item) -> dict[str, Any]:
    return {**echo_identifiers(item), **echo_texts(item, ECHOED_KEYS)}
