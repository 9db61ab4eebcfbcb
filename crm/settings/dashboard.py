"""The appearance and the menu of the admin site."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _static_url(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


def _has_permission(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _menu_item(title: "StrOrPromise", icon: str, desk: str) -> dict[str, Any]:
    app, model = desk.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _has_permission(f"{app}.view_{model}"),
    }


def get_organization_name(request: HttpRequest) -> str:
    """The name of the user's organization, shown on every page."""
    return request.user.org.name if request.user.is_authenticated else ""


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "CRM",
    "SITE_HEADER": _("Customer CRM"),
    "SITE_SUBHEADER": get_organization_name,
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _static_url("ops/icon.svg")}
    ],
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("admin:choose_language")},
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "crm.console.home.home",
    "STYLES": [_static_url("console/theme.css"), _static_url("console/console.css")],
    "SCRIPTS": [
        _static_url("console/suggest.js"),
        _static_url("console/palette.js"),
        _static_url("console/first_input.js"),
    ],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")},
                    _menu_item(_("Customers"), "group", "customers.customer"),
                    _menu_item(_("Tickets"), "support_agent", "customers.ticket"),
                    _menu_item(_("Interactions"), "forum", "customers.interaction"),
                    {
                        **_menu_item(_("Requests"), "fact_check", "approvals.request"),
                        "badge": "crm.adminkit.pending_requests.count_requests_to_decide",
                        "badge_title": _("Wait for you"),
                    },
                    {
                        "title": _("Imports"),
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:runs_importrun_changelist"),
                        # An import consists of two runs.
                        "permission": _has_permission("runs.view_run"),
                    },
                    _menu_item(_("Background runs"), "progress_activity", "runs.run"),
                ]
            },
            {
                "title": _("Loyalty"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item(_("Members"), "card_membership", "loyalty.enrollment"),
                    _menu_item(_("Ledger"), "receipt_long", "loyalty.pointsentry"),
                    _menu_item(_("Transactions"), "shopping_bag", "loyalty.transaction"),
                    _menu_item(_("Cards"), "credit_card", "loyalty.card"),
                    _menu_item(_("Coupons"), "confirmation_number", "loyalty.coupon"),
                    _menu_item(_("Invitations"), "person_add", "loyalty.invitation"),
                ],
            },
            {
                "title": _("Loyalty set-up"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item(_("Programs and tiers"), "stairs", "loyalty.program"),
                    _menu_item(_("Groups of programs"), "workspaces", "loyalty.programgroup"),
                    _menu_item(_("Partners' programs"), "handshake", "loyalty.partnerprogram"),
                    _menu_item(_("Payment modes"), "payments", "loyalty.paymentmode"),
                    _menu_item(_("Card series"), "style", "loyalty.cardseries"),
                    _menu_item(_("Card labels"), "new_label", "loyalty.cardlabel"),
                    _menu_item(_("Coupon series"), "local_activity", "loyalty.couponseries"),
                    _menu_item(_("Promotions"), "sell", "loyalty.promotion"),
                    _menu_item(_("Referral campaigns"), "campaign", "loyalty.referralcampaign"),
                ],
            },
            {
                "title": _("Configuration"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item(_("Source accounts"), "hub", "customers.sourceaccount"),
                    _menu_item(_("Fields"), "list_alt", "customers.fielddefinition"),
                    _menu_item(_("Status labels"), "label", "customers.statuslabel"),
                    _menu_item(_("Hierarchies"), "account_tree", "customers.hierarchy"),
                    _menu_item(_("Companies"), "apartment", "customers.company"),
                    _menu_item(_("Stores, tills and concepts"), "storefront", "tenancy.orgentity"),
                ],
            },
            {
                "title": _("Access"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item(_("Organization"), "corporate_fare", "tenancy.organization"),
                    _menu_item(_("Staff"), "badge", "tenancy.staffuser"),
                    _menu_item(_("Credentials"), "key", "tenancy.credential"),
                    _menu_item(_("Rate limits"), "speed", "tenancy.ratelimit"),
                ],
            },
            {
                "title": _("Audit"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item(_("Events"), "history", "audit.event"),
                    _menu_item(_("Seals"), "verified", "audit.seal"),
                ],
            },
        ],
    },
}
