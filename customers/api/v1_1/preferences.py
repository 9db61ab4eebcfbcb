"""What customers prefer (v1.1, "Update / Fetch Customer Preferences")."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.items import Item, named_values, text
from crm.dialects.v1_1.views import Done, Row, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import OrgEntity, Scope
from customers import errors, service_errors
from customers.api.v1_1.heads import fields_out, headings_of, known_by
from customers.api.v1_1.preferences_schema import (
    PREFERENCES,
    READ_EXAMPLE,
    UPDATE,
    UPDATE_EXAMPLE,
    UPDATED,
    UPDATED_EXAMPLE,
)
from customers.api.v1_1.whom import (
    WHOM,
    done_for,
    echo,
    find_asked,
    find_one,
    merged_notices,
)
from customers.operations.preferring import StoreNamed, set_preferences
from customers.queries.headings import Heading, list_headings
from customers.queries.preferences import PreferencesView, preferences_of
from customers.queries.whom import Whom
from customers.rules.preferences import PREFERRED_STORE

# One value written as a list, with the quotes that word processors make of them.
_LIST_OF_ONE = re.compile(r'\[\s*["“”]([^"“”]*)["“”]\s*\]')


class CustomerPreferences(V11View):
    """GET, POST /v1.1/customer/preferences"""

    operation = {"GET": "v1.customer.preferences", "POST": "v1.customer.updatePreferences"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"mobile": "44700900000"}}
    refusals = {
        "GET": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            service_errors.PreferencesNone,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            service_errors.PreferencesNotUpdated,
        ],
    }

    @extend_schema(
        summary="Retrieve preferences of customers",
        tags=["v1.1 customer"],
        parameters=[
            *WHOM,
            OpenApiParameter("user_id", str, description="An id; `true` and `false` say nothing."),
        ],
        responses=PREFERENCES,
        examples=[READ_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Tell what customers prefer: the fields of this kind, and `PREFERRED_STORE` by its name.

        Where nothing was ever set the item is refused with 1031.
        """
        found = find_asked(self)
        headings = headings_of(self.org.pk, (whom for _, whom in found))
        preferences = preferences_of(org_id=self.org.pk, customer_ids=headings)
        rows = [
            self.refused(whom, asked.echo)
            if isinstance(whom, DomainError)
            else self._read(whom, headings[whom.customer_id], preferences.get(whom.customer_id))
            for asked, whom in found
        ]
        return Response(listed("customers", "customer", rows))

    @extend_schema(
        summary="Update preferences of customers",
        tags=["v1.1 customer"],
        request=UPDATE,
        responses=UPDATED,
        examples=[UPDATE_EXAMPLE, UPDATED_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Set preferences of customers; what is not passed stays, a blank value takes one away.

        Fields that are unknown or do not fit (1017) and an unknown store (1004) are warnings,
        with 1035 for all of them, and the rest is saved; where nothing can be, the item is
        refused with 1030. A value like `["Puma"]` is the value inside. Answered are all
        preferences as they are now.
        """
        rows = self.write_each(self.items("customer"), self._update, _echo)
        return Response(listed("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _read(self, whom: Whom, heading: Heading, found: PreferencesView | None) -> Row:
        values = list(found.fields.items()) if found else []
        if found and found.store_id is not None:
            values.append((PREFERRED_STORE, found.store_name))
        answer = {**known_by(heading), "custom_fields": fields_out(values)}
        if found is None:
            return self.refused(service_errors.PreferencesNone(), answer)
        return self.done(done_for(whom, Done(answer, "done.preferences.retrieved")))

    # --- Writing ------------------------------------------------------------------------

    def _update(self, item: Item) -> Done:
        whom = find_one(self, item)
        named = _store_in(item)
        updated = set_preferences(
            origin=self.origin,
            customer_id=whom.customer_id,
            fields={
                name: _inside(value)
                for name, value in named_values(item.get("custom_fields")).items()
            },
            store=named,
        )
        heading = list_headings(org_id=self.org.pk, customer_ids=[whom.customer_id])
        now = preferences_of(org_id=self.org.pk, customer_ids=[whom.customer_id])
        kept = now.get(whom.customer_id)
        answer = {
            **known_by(heading[whom.customer_id]),
            "local_id": text(item.get("local_id")),
            "custom_fields": fields_out(kept.fields.items() if kept else ()),
        }
        if named is not None or updated.store is not None:
            answer["store"] = _store(updated.store, named)
        return Done(answer, "done.preferences.updated", [*merged_notices(whom), *updated.notices])


def _store_in(item: Item) -> StoreNamed | None:
    """The store that an item names; an empty one names none."""
    said = item.get("store")
    if said is None or said == "":
        return None
    if not isinstance(said, Mapping):
        raise RequestInvalid(detail="A store is passed with its code or id.")
    code, number = text(said.get("code")) or "", text(said.get("id")) or ""
    if not code and not number:
        return None
    is_number = number.isascii() and number.isdecimal() and len(number) <= 19
    return StoreNamed(called=code, id=int(number) if is_number else None)


def _store(store: OrgEntity | None, named: StoreNamed | None) -> dict[str, Any]:
    if store is not None:
        return {
            "id": str(store.pk),
            "code": store.code,
            "name": str(store),
            "status": "SUCCESS",
        }
    asked = named or StoreNamed()
    return {
        "id": str(asked.id) if asked.id is not None else None,
        "code": asked.called or None,
        "name": None,
        "status": "FAILED",
    }


def _inside(value: Any) -> Any:
    """The one value of a list that is written as text; any other value as it is."""
    found = _LIST_OF_ONE.fullmatch(value.strip()) if isinstance(value, str) else None
    return found[1] if found else value


def _echo(item: Item) -> Mapping[str, Any]:
    return {**echo(item), "local_id": text(item.get("local_id"))}
