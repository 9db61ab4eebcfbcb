"""The page to register a customer."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from crm.adminkit.action_pages import ActionResult, act_once, finish_action, show_action_page
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.customer_actions import describe_customer, get_customer_url
from crm.adminkit.translated_texts import translate_notice, translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.usecases.register_customers import (
    UNASSIGNED_CUSTOMER,
    SignUp,
    SignUpResult,
    sign_up_customers,
)
from customers import errors, notices
from customers.admin.registration_forms import RegistrationForm
from customers.operations.subscriptions.change import SubscriptionChangeIn
from customers.queries.customers.by_identifiers import find_owners
from customers.queries.fields import get_identity_settings
from customers.rules.identifiers import Channel, Key, normalise_keys
from customers.rules.registration import ProfileEntry, Registration
from loyalty.rules.enrollments import EnrollmentRequest

ERROR_FIELDS = {
    "customers.mobile_invalid": "mobile",
    "customers.channel_mobile_invalid": "mobile",
    "customers.email_invalid": "email",
    "customers.channel_email_invalid": "email",
    "customers.external_id_invalid": "external_id",
    "customers.identifier_invalid": "other_value",
    "customers.name_invalid": "first_name",
}
# The customer who has the identifier is named at its input.
TAKEN = (
    errors.IdentifierRegistered,
    errors.IdentifiersOfSeveralCustomers,
    errors.SourceAccountShared,
)
CHANNELS = ("mobile", "email")


class CombinationUnconfirmed(Exception):
    """The profile would be added to a known customer, which the user has not agreed to."""

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id


def register_customer(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Show the form, or register the customer and show their page.

    A registration that would combine is rolled back, and the page asks first.
    """
    form = RegistrationForm(get_staff_user(request).org, request.POST or None)
    list_url = reverse("admin:customers_customer_changelist")
    combined_id = None
    if request.method == "POST" and form.is_valid():
        try:
            result = unit_of_work(act_once)(request, form, lambda data: _sign_up(request, form))
        except CombinationUnconfirmed as question:
            combined_id = question.customer_id
        except DomainError as refusal:
            _add_refusal(request, form, refusal)
        else:
            return finish_action(desk, request, result, list_url)
    words = {
        "title": gettext("Add customer"),
        "heading": gettext("Register a customer"),
        "explanation": gettext(
            "Enter at least one identifier. The customer is registered as at a till: bonus, "
            "welcome coupon and cards follow the rules of the program."
        ),
        "button": gettext("Register"),
        "combination": _build_combination(request, form, combined_id) if combined_id else None,
    }
    return show_action_page(
        desk, request, form, list_url, words, None, "console/registration_form.html"
    )


def _sign_up(request: HttpRequest, form: RegistrationForm) -> ActionResult:
    [result] = sign_up_customers(
        origin=get_origin(request), sign_ups=[_build_sign_up(form)], runs_effects=True
    )
    if isinstance(result, DomainError):
        raise result
    if not result.is_new and form.cleaned_data["combine_with"] != result.customer_id:
        raise CombinationUnconfirmed(result.customer_id)
    return _describe_result(result)


def _describe_result(result: SignUpResult) -> ActionResult:
    message = (
        gettext("Customer {customer_id} was registered.")
        if result.is_new
        else gettext("The profile was added to customer {customer_id}.")
    )
    return ActionResult(
        message.format(customer_id=result.customer_id),
        get_customer_url(result.customer_id),
        [translate_notice(notice) for notice in result.notices if notice.code != notices.COMBINED],
    )


def _build_sign_up(form: RegistrationForm) -> SignUp:
    data = form.cleaned_data
    account = form.accounts[data["source_account"]]
    identifiers = list(form.list_identifiers().values())
    return SignUp(
        registration=Registration(
            profiles=[
                ProfileEntry(
                    source_account_id=account.id,
                    first_name=data["first_name"],
                    last_name=data["last_name"],
                    fields=form.custom_values,
                    identifiers=identifiers,
                    channels=[
                        Channel(type=kind, value=value, is_primary=True)
                        for kind, value in identifiers
                        if kind in CHANNELS
                    ],
                )
            ],
            loyalty_type=data["loyalty_type"],
            extended_fields=form.extended_values,
        ),
        consents=[
            SubscriptionChangeIn(
                channel=channel,
                priority=priority,
                status=status,
                source=account.source,
                account_id=account.account_id,
            )
            for channel, priority, status in form.list_consents()
        ],
        enrollment_requests=(
            [
                EnrollmentRequest(
                    customer_id=UNASSIGNED_CUSTOMER,
                    program_id=int(data["program"]),
                    earns_bonus=True,
                )
            ]
            if data["program"]
            else []
        ),
        referral_code=data["referral_code"],
    )


def _add_refusal(request: HttpRequest, form: RegistrationForm, refusal: DomainError) -> None:
    """Show the refusal where it belongs: an identifier that is taken names who has it."""
    if not isinstance(refusal, TAKEN):
        form.add_error(ERROR_FIELDS.get(refusal.code), translate_refusal(refusal))
        return
    owners = _find_owners(request, form)
    for name, customer_id in owners.items():
        # The template shows links that format_html made, and escapes everything else.
        form.add_error(
            name,
            format_html(
                gettext("{customer} has it already."), customer=link_to_customer(customer_id)
            ),
        )
    if not (owners and isinstance(refusal, errors.IdentifierRegistered)):
        form.add_error(None, translate_refusal(refusal))


def _find_owners(request: HttpRequest, form: RegistrationForm) -> dict[str, int]:
    """Return who has each of the identifiers, by its input; one query."""
    org = get_staff_user(request).org
    settings = get_identity_settings(org)
    keys: dict[str, Key] = {}
    for name, identifier in form.list_identifiers().items():
        [keys[name]] = normalise_keys([identifier], settings)
    owners = find_owners(org_id=org.pk, keys=list(keys.values()))
    return {name: owners[key] for name, key in keys.items() if key in owners}


def _build_combination(
    request: HttpRequest, form: RegistrationForm, customer_id: int
) -> dict[str, Any]:
    """Return the question whether to add the profile, and let the next click answer it."""
    data = request.POST.copy()
    data["combine_with"] = str(customer_id)
    form.data = data
    return {
        "name": describe_customer(request, customer_id),
        "url": get_customer_url(customer_id),
        "button": gettext("Add the profile to this customer"),
    }
