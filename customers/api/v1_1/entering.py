"""Registering and updating customers (v1.1, "Register Customers", "Update Customer Details")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.items import Item, as_list, named_values, text
from crm.dialects.v1_1.views import Done, Row, V11View
from crm.tenancy.models import Scope
from crm.usecases.entering import Entered, Entry, amend_person, enter_person
from customers import entry_errors, errors
from customers.api.v1_1.entering_schema import (
    ADD,
    ADD_EXAMPLES,
    ENTERED,
    UPDATE,
    UPDATE_EXAMPLES,
)
from customers.api.v1_1.heading import Shown, fields_answer, list_shown
from customers.api.v1_1.side_effects import run_side_effects, side_effects_answer
from customers.api.v1_1.subscriptions import STATUSES
from customers.api.v1_1.whom import echo, whom_in
from customers.models import Customer
from customers.operations.subscribing import SubscriptionChangeIn
from customers.rules.subscriptions import check_module
from customers.rules.times import parse_moment
from loyalty.rules.effects import EffectResult

MOST_FIELDS = 200
NAMES = ("firstname", "lastname", "type", "registered_on")
CONSENT_REFUSALS = [
    errors.SubscriptionChannelInvalid,
    errors.SubscriptionPriorityInvalid,
    errors.SubscriptionScopeInvalid,
    errors.SubscriptionScopesSeveral,
    errors.SubscriptionStatusInvalid,
]
KNOWN_REFUSALS = [
    errors.CustomerUnknown,
    errors.LoyaltyDowngrade,
    errors.NameInvalid,
    errors.NoProfileInSource,
    entry_errors.MobileMissingForLoyalty,
    entry_errors.EmailMissingForLoyalty,
    entry_errors.ExternalIdMissingForLoyalty,
    *CONSENT_REFUSALS,
]


class Add(V11View):
    """POST /v1.1/customer/add"""

    operation = "v1.customer.add"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {
        "POST": [
            errors.NoIdentifier,
            errors.MobileInvalid,
            errors.EmailInvalid,
            errors.ExternalIdInvalid,
            errors.RegistrationDateInvalid,
            entry_errors.MobileMissing,
            entry_errors.EmailMissing,
            entry_errors.ExternalIdMissing,
            entry_errors.FieldMissing,
            *KNOWN_REFUSALS,
        ]
    }

    @extend_schema(
        summary="Register customers",
        tags=["v1.1 customer"],
        request=ADD,
        responses=ENTERED,
        examples=ADD_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Register customers in store, each by itself; who is known already is updated.

        The first known of `mobile`, `email`, `external_id`, `card` and `id` says who it is.
        Identifiers that cannot be read are passed over with a warning (1001, 1002, 1003). Of a
        known customer no identifier that has a value is changed (warning 91005 for the primary
        kind, else 91006), and one that another customer has is left out (91007); a missing one is
        added. Somebody known elsewhere gets a profile in store.

        `type` is `LOYALTY` unless it says otherwise. Loyalty customers join the default program;
        `side_effects` shows the points and coupons that newcomers got. Custom and extended fields
        that are unknown or do not fit are left out with a warning (1017, 91015); one without a
        value is taken away. Mobile and email become ways to reach the customer, and
        `subscriptions` say for what.
        """
        rows = self.write_each(
            self.items("customer"), lambda item: _done(self._enter(item), is_add=True), _echo
        )
        return Response(listed("customers", "customer", _completed(self, rows)))

    def _enter(self, item: Item) -> Entered:
        return enter_person(origin=self.origin, entry=_entry(self, item))


class Update(V11View):
    """POST /v1.1/customer/update"""

    operation = "v1.customer.update"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierInvalid,
            errors.IdentifierNotFound,
            *KNOWN_REFUSALS,
        ]
    }

    @extend_schema(
        summary="Update customers",
        tags=["v1.1 customer"],
        request=UPDATE,
        responses=ENTERED,
        examples=UPDATE_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Update customers, each by itself, by the first known of their identifiers.

        Names, fields, type and consent are changed as they are said; what is left out stays. A
        missing identifier is added. One that has a value is replaced only where the organization
        allows it for its kind (`CONF_ALLOW_MOBILE_UPDATE`, `CONF_ALLOW_EMAIL_UPDATE`,
        `CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE`; else warning 91006), wherever the customer has it,
        and the primary kind never (91005). Who is known elsewhere only gets a profile in store.
        """
        rows = self.write_each(
            self.items("customer"), lambda item: _done(self._amend(item), is_add=False), _echo
        )
        return Response(listed("customers", "customer", _completed(self, rows)))

    def _amend(self, item: Item) -> Entered:
        return amend_person(origin=self.origin, entry=_entry(self, item))


# --- In ---------------------------------------------------------------------------------


def _entry(view: V11View, item: Item) -> Entry:
    return Entry(
        whom=whom_in(item),
        first_name=text(item.get("firstname")),
        last_name=text(item.get("lastname")),
        loyalty_type=_loyalty_type(text(item.get("type"))),
        fields=_fields(item.get("custom_fields")),
        extended_fields=_fields(item.get("extended_fields")),
        registered_at=_moment(view, text(item.get("registered_on"))),
        consents=_consents(item.get("subscriptions")),
    )


def _loyalty_type(said: str | None) -> str | None:
    if said is None:
        return None
    name = said.upper().replace("-", "_")
    if name not in Customer.LoyaltyType.values:
        raise RequestInvalid(detail="type must be LOYALTY, NON_LOYALTY or NOT_INTERESTED.")
    return name


def _fields(said: Any) -> dict[str, Any]:
    values = named_values(said)
    if len(values) > MOST_FIELDS:
        raise RequestInvalid(detail=f"At most {MOST_FIELDS} fields can be passed at once.")
    return values


def _moment(view: V11View, said: str | None) -> datetime | None:
    if said is None:
        return None
    moment = parse_moment(said, view.org.zone)
    if moment is None:
        raise errors.RegistrationDateInvalid()
    return moment


def _consents(said: Any) -> list[SubscriptionChangeIn]:
    rows = as_list(said.get("subscription")) if isinstance(said, Mapping) else []
    return [_consent(row) for row in rows if row]


def _consent(row: Any) -> SubscriptionChangeIn:
    if not isinstance(row, Mapping):
        raise RequestInvalid(detail="Each subscription must be an object.")
    check_module(row.get("scope"))
    status = (text(row.get("is_subscribed")) or "").lower()
    if status not in STATUSES:
        raise errors.SubscriptionStatusInvalid(status=status)
    return SubscriptionChangeIn(
        channel=row.get("channel"), priority=row.get("priority"), status=STATUSES[status]
    )


# --- Out --------------------------------------------------------------------------------


def _done(entered: Entered, *, is_add: bool) -> Done:
    """The receipt's answer: who it is and what is still to be run; the rest is read later."""
    said = "registered" if is_add and entered.is_new else "updated"
    return Done(
        {"user_id": str(entered.customer_id), "effects": entered.effect_ids},
        f"done.customers.{said}",
        entered.notices,
    )


def _completed(view: V11View, rows: Sequence[Row]) -> list[Row]:
    """Run side effects, and show each customer as they are now."""
    done = [row for row in rows if "effects" in row]
    results = run_side_effects(view, [effect for row in done for effect in row["effects"]])
    shown = list_shown(org_id=view.org.pk, customer_ids={int(row["user_id"]) for row in done})
    for row in done:
        said = [notice for effect in row["effects"] for notice in results[effect].notices]
        row["item_status"]["warnings"]["warning"] += view.warnings(said)
    return [
        _row(row, shown[int(row["user_id"])], [results[effect] for effect in row["effects"]])
        if "effects" in row
        else row
        for row in rows
    ]


def _row(row: Row, customer: Shown, results: Sequence[EffectResult]) -> Row:
    heading = customer.heading
    return {
        **customer.identifiers(),
        "registered_on": heading.registered_at,
        "type": heading.loyalty_type,
        **customer.names(),
        "extended_fields": fields_answer(heading.extended_fields),
        "custom_fields": fields_answer(heading.fields),
        "item_status": row["item_status"],
        "side_effects": side_effects_answer(results, customer.standing),
        **customer.balances(),
        "updated_on": heading.modified_at,
    }


def _echo(item: Item) -> dict[str, Any]:
    return {**echo(item), **{name: text(item.get(name)) for name in NAMES if name in item}}
