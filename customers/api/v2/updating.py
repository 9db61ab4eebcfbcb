"""Updating customers: what stands in the body of operations 2 and 9, and what is answered."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from crm.dialects.v2.views import V2View
from crm.usecases.updating import update_person
from customers import errors
from customers.api.v2.fields_in import LoyaltyTypeIn, Values, listed
from customers.api.v2.joinings_in import MOST_JOININGS, JoiningIn, joinings
from customers.api.v2.profiles_in import MOST_PROFILES, ProfileIn, profile_entry
from customers.api.v2.side_effects import waits, with_side_effects
from customers.api.v2.source_accounts import SourceQuery, account_to_write, accounts_to_write
from customers.rules.registration import ProfileEntry
from customers.rules.updating import CustomerChange

UPDATE_REFUSALS = [
    errors.NoProfileInSource,
    errors.LoyaltyDowngrade,
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
        default=False, help_text="Let side effects run in the background."
    )


class UpdatedLoyaltyIn(serializers.Serializer):
    loyaltyType = LoyaltyTypeIn(help_text="From non_loyalty to loyalty only.")


class UpdateIn(serializers.Serializer):
    profiles = listed(ProfileIn(), MOST_PROFILES)
    loyaltyInfo = UpdatedLoyaltyIn(required=False, allow_null=True)
    extendedFields = Values(help_text="Extended fields by name; null takes one away.")
    loyaltyProgramEnrollments = listed(JoiningIn(), MOST_JOININGS)


UPDATE_EXAMPLES = [
    OpenApiExample(
        "New names and a channel",
        value={
            "profiles": [
                {
                    "firstName": "Tom",
                    "lastName": "Sawyer",
                    "fields": {"gender": "Male"},
                    "commChannels": [
                        {
                            "type": "email",
                            "value": "tom.sawyer@example.com",
                            "primary": True,
                            "verified": False,
                            "meta": {"residence": True},
                        }
                    ],
                }
            ],
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "extendedFields": {"city": "Bangalore"},
        },
        request_only=True,
    ),
    OpenApiExample(
        "Updated",
        value={"createdId": 329, "warnings": [], "sideEffects": []},
        response_only=True,
    ),
]


def customer_change(
    org_id: int, customer_id: int, query: Mapping[str, Any], body: Mapping[str, Any]
) -> CustomerChange:
    """Hand a change on in the domain's words.

    A source named for no profile at all is still one that the customer must have a profile in.
    """
    said = body.get("profiles") or []
    if said:
        accounts = accounts_to_write(org_id, query, said)
        profiles = [
            profile_entry(profile, account.id)
            for profile, account in zip(said, accounts, strict=True)
        ]
    else:
        profiles = [ProfileEntry(source_account_id=account_to_write(org_id, query).id)]
    return CustomerChange(
        customer_id=customer_id,
        profiles=profiles,
        loyalty_type=(body.get("loyaltyInfo") or {}).get("loyaltyType"),
        extended_fields=body.get("extendedFields") or {},
    )


def update_answer(
    view: V2View,
    change: CustomerChange,
    query: Mapping[str, Any],
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """Update in one unit, let loyalty do its part in another, and return the answer's body."""
    wait = waits(view, query)

    def update() -> dict[str, Any]:
        done = update_person(
            origin=view.origin,
            change=change,
            joinings=joinings(body.get("loyaltyProgramEnrollments"), view.org.zone),
            effects_due_at=None if wait else view.origin.at,
        )
        return {
            "createdId": done.updated.customer_id,
            "warnings": view.warnings(done.updated.notices),
            "effect": done.effect_id,
        }

    return with_side_effects(view, view.receipts.once(0, update), waits=wait)
