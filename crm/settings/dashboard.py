"""The appearance and the menu of the admin site."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _static_url(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


def _has_permission(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _menu_item(title: str, icon: str, desk: str) -> dict[str, Any]:
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
    "SITE_HEADER": "Customer CRM",
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
    "SCRIPTS": [_static_url("console/suggest.js"), _static_url("console/palette.js")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")},
                    _menu_item("Customers", "group", "customers.customer"),
                    _menu_item("Tickets", "support_agent", "customers.ticket"),
                    _menu_item("Interactions", "forum", "customers.interaction"),
                    {
                        **_menu_item("Requests", "fact_check", "approvals.request"),
                        "badge": "crm.adminkit.pending_requests.count_requests_to_decide",
                        "badge_title": "Wait for you",
                    },
                    {
                        "title": "Imports",
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:runs_importrun_changelist"),
                        # An import consists of two runs.
                        "permission": _has_permission("runs.view_run"),
                    },
                    _menu_item("Background runs", "progress_activity", "runs.run"),
                ]
            },
            {
                "title": "Loyalty",
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item("Members", "card_membership", "loyalty.enrollment"),
                    _menu_item("Ledger", "receipt_long", "loyalty.pointsentry"),
                    _menu_item("Transactions", "shopping_bag", "loyalty.transaction"),
                    _menu_item("Cards", "credit_card", "loyalty.card"),
                    _menu_item("Coupons", "confirmation_number", "loyalty.coupon"),
                    _menu_item("Invitations", "person_add", "loyalty.invitation"),
                ],
            },
            {
                "title": "Loyalty set-up",
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item("Programs and tiers", "stairs", "loyalty.program"),
                    _menu_item("Groups of programs", "workspaces", "loyalty.programgroup"),
                    _menu_item("Partners' programs", "handshake", "loyalty.partnerprogram"),
                    _menu_item("Card series", "style", "loyalty.cardseries"),
                    _menu_item("Card labels", "new_label", "loyalty.cardlabel"),
                    _menu_item("Coupon series", "local_activity", "loyalty.couponseries"),
                    _menu_item("Referral campaigns", "campaign", "loyalty.referralcampaign"),
                ],
            },
            {
                "title": "Configuration",
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item("Source accounts", "hub", "customers.sourceaccount"),
                    _menu_item("Fields", "list_alt", "customers.fielddefinition"),
                    _menu_item("Status labels", "label", "customers.statuslabel"),
                    _menu_item("Hierarchies", "account_tree", "customers.hierarchy"),
                    _menu_item("Companies", "apartment", "customers.company"),
                    _menu_item("Stores, tills and concepts", "storefront", "tenancy.orgentity"),
                ],
            },
            {
                "title": "Access",
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item("Organization", "corporate_fare", "tenancy.organization"),
                    _menu_item("Staff", "badge", "tenancy.staffuser"),
                    _menu_item("Credentials", "key", "tenancy.credential"),
                    _menu_item("Rate limits", "speed", "tenancy.ratelimit"),
                ],
            },
            {
                "title": "Audit",
                "separator": True,
                "collapsible": True,
                "items": [
                    _menu_item("Events", "history", "audit.event"),
                    _menu_item("Seals", "verified", "audit.seal"),
                ],
            },
        ],
    },
}
