"""The actions at the top of a customer's page, grouped, and limited to the user's rights."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

EDIT = "customers.change_customer"
FILE_REQUEST = "approvals.file_request"
ISSUE_COUPON = "loyalty.issue_coupons"


@dataclass(frozen=True, slots=True)
class CustomerAction:
    """A link to the page of an action."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Actions about one thing."""

    name: str
    actions: Sequence[CustomerAction]


def list_action_groups(
    request: HttpRequest, *, customer_id: int, redeem_url: str = ""
) -> list[ActionGroup]:
    """Return the groups that hold an action for this user; no query.

    ``redeem_url`` is where points of the customer's first program are redeemed, if they may be.
    """
    groups = [
        ActionGroup(gettext("At the till"), _list_till_actions(request, customer_id, redeem_url)),
        ActionGroup(gettext("Give"), _list_gifts(request, customer_id)),
        ActionGroup(gettext("Customer data"), _list_data_actions(request, customer_id)),
    ]
    return [group for group in groups if group.actions]


def _list_till_actions(
    request: HttpRequest, customer_id: int, redeem_url: str
) -> list[CustomerAction]:
    actions = []
    if request.user.has_perm("loyalty.enter_transactions"):
        url = reverse("admin:loyalty_transaction_enter") + f"?customer={customer_id}"
        actions.append(CustomerAction(gettext("Enter a bill"), "receipt_long", url))
    if redeem_url:
        actions.append(CustomerAction(gettext("Redeem points"), "redeem", redeem_url))
    if request.user.has_perm("loyalty.redeem_coupons"):
        url = reverse("admin:loyalty_coupon_redeem", args=[customer_id])
        actions.append(CustomerAction(gettext("Redeem a coupon"), "sell", url))
    return actions


def _list_gifts(request: HttpRequest, customer_id: int) -> list[CustomerAction]:
    user, actions = request.user, []
    if user.has_perm("loyalty.issue_cards"):
        url = reverse("admin:loyalty_card_issue", args=[customer_id])
        actions.append(CustomerAction(gettext("Issue a card"), "add_card", url))
    if user.has_perm(ISSUE_COUPON):
        url = reverse("admin:loyalty_coupon_issue") + f"?customer={customer_id}"
        actions.append(CustomerAction(gettext("Issue a coupon"), "local_activity", url))
    elif user.has_perm(FILE_REQUEST):
        url = reverse("admin:approvals_request_file", args=[customer_id, "COUPON"])
        actions.append(CustomerAction(gettext("Ask for a coupon"), "local_activity", url))
    if user.has_perm(FILE_REQUEST) and not user.has_perm("loyalty.adjust_points"):
        url = reverse("admin:approvals_request_file", args=[customer_id, "POINTS"])
        actions.append(CustomerAction(gettext("Ask for points"), "stars", url))
    return actions


def _list_data_actions(request: HttpRequest, customer_id: int) -> list[CustomerAction]:
    actions = []
    for permission, label, icon, name in (
        (EDIT, gettext("Edit details"), "edit", "customers_customer_edit"),
        (
            "customers.change_subscription",
            gettext("Consent"),
            "mark_email_read",
            "customers_customer_consent",
        ),
        (
            "customers.change_preferences",
            gettext("Preferences"),
            "tune",
            "customers_customer_preferences",
        ),
        (
            "customers.add_note",
            gettext("Add a note"),
            "sticky_note_2",
            "customers_customer_add_note",
        ),
    ):
        if request.user.has_perm(permission):
            url = reverse(f"admin:{name}", args=[customer_id])
            actions.append(CustomerAction(label, icon, url))
    if request.user.has_perm("customers.add_ticket"):
        url = reverse("admin:customers_ticket_open") + f"?customer={customer_id}"
        actions.append(CustomerAction(gettext("Open a ticket"), "support_agent", url))
    return actions
