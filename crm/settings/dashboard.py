"""How the staff's site looks and what stands in its menu."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _static(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _desk(title: str, icon: str, desk: str) -> dict[str, Any]:
    app, model = desk.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(f"{app}.view_{model}"),
    }


def organization_of(request: HttpRequest) -> str:
    """Whose data this is, under the program's name on every page."""
    return request.user.org.name if request.user.is_authenticated else ""


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "CRM",
    "SITE_HEADER": "Customer CRM",
    "SITE_SUBHEADER": organization_of,
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _static("ops/icon.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "crm.console.home.home",
    "STYLES": [_static("console/theme.css"), _static("console/console.css")],
    "SCRIPTS": [_static("console/suggest.js")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")},
                    _desk("Customers", "group", "customers.customer"),
                    _desk("Tickets", "support_agent", "customers.ticket"),
                    _desk("Interactions", "forum", "customers.interaction"),
                    {
                        **_desk("Requests", "fact_check", "approvals.request"),
                        "badge": "crm.adminkit.waiting.waiting_for_me",
                        "badge_title": "Wait for you",
                    },
                    {
                        "title": "Imports",
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:runs_importrun_changelist"),
                        # Whoever sees runs sees imports, which are two of them.
                        "permission": _may("runs.view_run"),
                    },
                    _desk("Background runs", "progress_activity", "runs.run"),
                ]
            },
            {
                "title": "Loyalty",
                "separator": True,
                "collapsible": True,
                "items": [
                    _desk("Members", "card_membership", "loyalty.enrollment"),
                    _desk("Ledger", "receipt_long", "loyalty.pointsentry"),
                    _desk("Transactions", "shopping_bag", "loyalty.transaction"),
                    _desk("Cards", "credit_card", "loyalty.card"),
                    _desk("Coupons", "confirmation_number", "loyalty.coupon"),
                    _desk("Invitations", "person_add", "loyalty.invitation"),
                ],
            },
            {
                "title": "Loyalty set-up",
                "separator": True,
                "collapsible": True,
                "items": [
                    _desk("Programs and tiers", "stairs", "loyalty.program"),
                    _desk("Groups of programs", "workspaces", "loyalty.programgroup"),
                    _desk("Partners' programs", "handshake", "loyalty.partnerprogram"),
                    _desk("Card series", "style", "loyalty.cardseries"),
                    _desk("Card labels", "new_label", "loyalty.cardlabel"),
                    _desk("Coupon series", "local_activity", "loyalty.couponseries"),
                    _desk("Referral campaigns", "campaign", "loyalty.referralcampaign"),
                ],
            },
            {
                "title": "Configuration",
                "separator": True,
                "collapsible": True,
                "items": [
                    _desk("Source accounts", "hub", "customers.sourceaccount"),
                    _desk("Fields", "list_alt", "customers.fielddefinition"),
                    _desk("Status labels", "label", "customers.statuslabel"),
                    _desk("Hierarchies", "account_tree", "customers.hierarchy"),
                    _desk("Companies", "apartment", "customers.company"),
                    _desk("Stores, tills and concepts", "storefront", "tenancy.orgentity"),
                ],
            },
            {
                "title": "Access",
                "separator": True,
                "collapsible": True,
                "items": [
                    _desk("Organization", "corporate_fare", "tenancy.organization"),
                    _desk("Staff", "badge", "tenancy.staffuser"),
                    _desk("Credentials", "key", "tenancy.credential"),
                    _desk("Rate limits", "speed", "tenancy.ratelimit"),
                ],
            },
            {
                "title": "Audit",
                "separator": True,
                "collapsible": True,
                "items": [
                    _desk("Events", "history", "audit.event"),
                    _desk("Seals", "verified", "audit.seal"),
                ],
            },
        ],
    },
}
