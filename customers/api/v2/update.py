"""Bodies and answers of updates (operations 2 and 9)."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.views import V2View
from crm.usecases.update_customers import update_with_effects
from customers import errors
from customers.api.v2.enrollment_input import (
    MAX_ENROLLMENTS,
    EnrollmentIn,
    build_enrollment_requests,
)
from customers.api.v2.field_types import LoyaltyTypeIn, Values, bounded_list
from customers.api.v2.profile_input import MAX_PROFILES, ProfileIn, build_profile_entry
from customers.api.v2.side_effects import add_side_effects, should_wait
from customers.api.v2.source_accounts import (
    SourceQuery,
    get_account_to_write,
    list_accounts_to_write,
)
from customers.rules.customer_update import CustomerChange
from customers.rules.registration import ProfileEntry

UPDATE_REFUSALS = [
    errors.StatusBlocksUpdates,
    errors.NoProfileInSource,
    errors.LoyaltyDowngrade,
    errors.NonLoyaltyWithoutIdentifier,
    errors.SourceAccountMissing,
    errors.SourceAccountUnknown,
    errors.SourceAccountTwice,
    errors.AccountIdMissing,
    errors.ChannelInvalid,
    errors.ChannelMobileInvalid,
    errors.ChannelEmailInvalid,
    errors.NameInvalid,
]


class UpdateQuery(SourceQuery):
    use_async = serializers.BooleanField(
        default=False, help_text="Run side effects in the background."
    )


class LoyaltyUpdateIn(serializers.Serializer):
    loyaltyType = LoyaltyTypeIn(help_text="From non_loyalty to loyalty only.")


class UpdateIn(serializers.Serializer):
    profiles = bounded_list(ProfileIn(), MAX_PROFILES)
    loyaltyInfo = LoyaltyUpdateIn(required=False, allow_null=True)
    extendedFields = Values(help_text="Extended fields by name; null removes one.")
    loyaltyProgramEnrollments = bounded_list(EnrollmentIn(), MAX_ENROLLMENTS)


def build_customer_change(
    org_id: int, customer_id: int, query: Mapping[str, Any], body: Mapping[str, Any]
) -> CustomerChange:
    """Return the change of a body.

    Without profiles, the customer must still have a profile in the source account of the query.
    """
    profile_rows = body.get("profiles") or []
    if profile_rows:
        accounts = list_accounts_to_write(org_id, query, profile_rows)
        profiles = [
            build_profile_entry(profile, account.id)
            for profile, account in zip(profile_rows, accounts, strict=True)
        ]
    else:
        profiles = [ProfileEntry(source_account_id=get_account_to_write(org_id, query).id)]
    return CustomerChange(
        customer_id=customer_id,
        profiles=profiles,
        loyalty_type=(body.get("loyaltyInfo") or {}).get("loyaltyType"),
        extended_fields=body.get("extendedFields") or {},
    )


def run_update(
    view: V2View,
    change: CustomerChange,
    query: Mapping[str, Any],
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """Run the update and its effects in two units of work, and return the answer."""
    wait = should_wait(view, query)

    def update() -> dict[str, Any]:
        result = update_with_effects(
            origin=view.origin,
            change=change,
            joinings=build_enrollment_requests(
                body.get("loyaltyProgramEnrollments"), view.org.zone
            ),
            effects_due_at=None if wait else view.origin.at,
        )
        return {
            "createdId": result.updated.customer_id,
            "warnings": view.warnings(result.updated.notices),
            "effect": result.effect_id,
        }

    return add_side_effects(view, view.receipts.run_once(0, update), wait=wait)
