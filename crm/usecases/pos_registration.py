"""Registration at the point of sale (v1.1): register a new customer or update a known one."""

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from crm.usecases.pos_update import PosRegistration, PosResult, update_known_customer
from crm.usecases.register_customers import LOYALTY, SignUp, sign_up_customer
from customers import errors
from customers.models import Customer
from customers.operations.customers.fraud import mark_fraud
from customers.queries.customers.by_identifiers import CustomerMatch, match_lookups
from customers.queries.fields import get_identity_settings
from customers.queries.source_accounts import INSTORE, get_source_accounts
from customers.rules.lookups import CustomerLookup, normalise_lookup
from customers.rules.pos_registration import (
    build_instore_profile,
    build_unreadable_notices,
    check_mandatory_fields,
    check_mandatory_identifiers,
    check_registration_date,
    list_mandatory_kinds,
    select_identifiers,
)
from customers.rules.registration import Registration

# Another request may register or merge the customer meanwhile; then the lookup is repeated.
MAX_ATTEMPTS = 5
NOT_INTERESTED = Customer.LoyaltyType.NOT_INTERESTED


@within_unit_of_work
def register_at_pos(*, origin: Origin, registration: PosRegistration) -> PosResult:
    """Register a customer in store, or update the customer of the first known identifier.

    A customer known in another source gets a profile in store. Missing identifiers of a known
    customer are added; those that are not primary are replaced where the organization allows it.
    Others, and those of another customer, are left out, each with a notice.
    Reference: "Register Customers" of v1.1.

    Raises:
        NoIdentifier, MobileInvalid, EmailInvalid, ExternalIdInvalid: there is no valid identifier.
        MobileMissing, EmailMissing, ExternalIdMissing, FieldMissing: the organization requires it.
        RegistrationDateInvalid: the date is outside the range that the organization allows.
        Whatever ``update_at_pos`` raises for a known customer.
    """
    lookup = normalise_lookup(
        registration.lookup,
        default_country=origin.org.default_country,
        strict_mobile=origin.org.strict_mobile,
    )
    for _ in range(MAX_ATTEMPTS):
        [match] = match_lookups(org_id=origin.org.pk, lookups=[lookup])
        if isinstance(match, CustomerMatch):
            return update_known_customer(origin, match, lookup, registration)
        if isinstance(match, errors.CustomerUnknown):
            raise match
        try:
            return _register_new_customer(origin, lookup, registration)
        except (
            errors.IdentifierRegistered,
            errors.IdentifiersOfSeveralCustomers,
            errors.SourceAccountShared,
        ):
            # Another request registered the customer first: look them up again.
            continue
    raise errors.IdentifierRegistered()


def _register_new_customer(
    origin: Origin, lookup: CustomerLookup, registration: PosRegistration
) -> PosResult:
    identity_settings, settings = get_identity_settings(origin.org), get_settings(origin.org.pk)
    parsed = select_identifiers(lookup)
    is_interested = registration.loyalty_type != NOT_INTERESTED
    check_mandatory_identifiers(parsed, list_mandatory_kinds(settings) if is_interested else ())
    check_mandatory_fields(registration.fields, identity_settings.fields)
    check_mandatory_fields(registration.extended_fields, identity_settings.extended_fields)
    check_registration_date(
        registration.registered_at,
        now=origin.at,
        days_back=settings.number("CONF_REGISTRATION_MAX_AGE_DAYS"),
        days_ahead=settings.number("CONF_REGISTRATION_MAX_AHEAD_DAYS"),
    )
    unreadable_notices = build_unreadable_notices(parsed)
    instore = get_source_accounts(org_id=origin.org.pk).find(INSTORE, None)
    sign_up_result = sign_up_customer(
        origin=origin,
        sign_up=SignUp(
            registration=Registration(
                profiles=[
                    build_instore_profile(
                        parsed.keys,
                        instore.id,
                        first_name=registration.first_name,
                        last_name=registration.last_name,
                        fields=registration.fields,
                    )
                ],
                loyalty_type=registration.loyalty_type or LOYALTY,
                extended_fields=registration.extended_fields,
                registered_at=registration.registered_at,
            ),
            consents=registration.consents,
        ),
        # Whoever is marked as fraud may earn nothing, so the mark comes first.
        runs_effects=registration.fraud_mark is None,
    )
    if registration.fraud_mark is not None:
        mark_fraud(
            origin=origin, customer_id=sign_up_result.customer_id, mark=registration.fraud_mark
        )
    effect_id = sign_up_result.effect_id
    return PosResult(
        sign_up_result.customer_id,
        sign_up_result.is_new,
        [effect_id] if effect_id is not None else [],
        [*unreadable_notices, *sign_up_result.notices],
        sign_up_result.effect_result,
    )
