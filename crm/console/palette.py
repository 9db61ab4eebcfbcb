"""What the command palette finds: customers, then things with this code or number, then pages.

Customers are found by the beginning of any word of a name or an identifier. Tickets, transactions,
coupons, cards and requests are found by their whole code or number, each by an index.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.marked_text import mark_match
from crm.adminkit.point_formats import format_amount
from crm.adminkit.request_texts import describe_change
from crm.kernel.ids import read_id
from crm.kernel.text import fold
from customers.queries.customers.lines import list_lines
from customers.queries.customers.search import find_customer_ids
from customers.queries.tickets import find_ticket_ids
from loyalty.rules.coupons import clean_code

Text: TypeAlias = str | Promise

MOST_CUSTOMERS = 8
MOST_OF_A_KIND = 3
MOST_PAGES = 8


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One line of the palette; the matched part of its texts is marked."""

    group: str
    name: str
    title: SafeString
    description: SafeString
    link: str
    icon: str


@dataclass(frozen=True, slots=True)
class CodeSearch:
    """How rows of one desk are found by a whole code or number, and shown in one line.

    ``find`` returns the condition for a text and the id that it may be.
    """

    model: str
    group: Text
    icon: str
    find: Callable[[int, str, int | None], Q | None]
    describe: Callable[[Any], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, which has a page of its own."""

    title: Text
    icon: str
    page: str
    permission: str


def _by_id(org_id: int, text: str, number: int | None) -> Q | None:
    return None if number is None else Q(pk=number)


CODE_SEARCHES = [
    CodeSearch(
        "customers.ticket",
        _("Tickets"),
        "support_agent",
        lambda org_id, text, number: Q(pk__in=find_ticket_ids(org_id=org_id, code=text)),
        lambda ticket: (ticket.subject, f"{ticket.code} · {ticket.get_status_display()}"),
    ),
    CodeSearch(
        "approvals.request",
        _("Requests"),
        "fact_check",
        _by_id,
        lambda request: (
            f"#{request.pk} {request.get_kind_display()}",
            " → ".join(filter(None, [*describe_change(request)]))
            + f" · {request.get_status_display()}",
        ),
    ),
    CodeSearch(
        "loyalty.transaction",
        _("Transactions"),
        "shopping_bag",
        lambda org_id, text, number: Q(number=text),
        lambda sale: (sale.number, f"{sale.get_type_display()} · {format_amount(sale.amount)}"),
    ),
    CodeSearch(
        "loyalty.coupon",
        _("Coupons"),
        "confirmation_number",
        lambda org_id, text, number: Q(code=code) if (code := clean_code(text)) else None,
        lambda coupon: (coupon.code, str(coupon.series)),
    ),
    CodeSearch(
        "loyalty.card",
        _("Cards"),
        "credit_card",
        lambda org_id, text, number: Q(number=text) | Q(external_id=text),
        lambda card: (card.number, card.label.label),
    ),
]
ACTIONS = [
    Action(_("Add a customer"), "person_add", "customers_customer_add", "customers.add_customer"),
    Action(_("New request"), "playlist_add", "approvals_request_add", "approvals.add_request"),
    Action(_("New ticket"), "support_agent", "customers_ticket_open", "customers.add_ticket"),
    Action(_("Issue coupons"), "local_activity", "loyalty_coupon_issue", "loyalty.issue_coupons"),
    Action(_("Import a file"), "upload_file", "runs_importrun_add", "runs.view_run"),
]


def find_for_palette(site: AdminSite, request: HttpRequest, text: str) -> list[PaletteItem]:
    """Find what the user may see of their organization, and pages and actions by their name.

    Three queries for each kind of thing at most, however many rows there are.
    """
    return [
        *_find_customers(request, text),
        *_find_by_code(site, request, text),
        *_find_pages(request, text),
    ]


def _find_customers(request: HttpRequest, text: str) -> Iterator[PaletteItem]:
    if not request.user.has_perm("customers.view_customer"):
        return
    org_id = get_staff_user(request).org_id
    ids = find_customer_ids(org_id=org_id, text=text, limit=MOST_CUSTOMERS)
    if (number := read_id(text.removeprefix("#"))) is not None:
        ids = [number, *(pk for pk in ids if pk != number)]
    for line in list_lines(org_id=org_id, customer_ids=ids):
        name = line.name or gettext("Customer {customer_id}").format(customer_id=line.id)
        facts = [line.mobile, line.email, *_list_matching_identifiers(line, text)]
        yield _build_item(
            text,
            group=_("Customers"),
            title=name,
            description=" · ".join(dict.fromkeys(filter(None, facts))) or f"#{line.id}",
            link=reverse("admin:customers_customer_change", args=[line.id]),
            icon="person",
        )


def _list_matching_identifiers(line: Any, text: str) -> Iterator[str]:
    """Yield why a customer was found, where neither name nor mobile nor email says so."""
    prefix = fold(text)
    yield from (value for value in line.identifiers.values() if fold(value).startswith(prefix))
    if str(line.id) == prefix.removeprefix("#"):
        yield f"#{line.id}"


def _find_by_code(site: AdminSite, request: HttpRequest, text: str) -> Iterator[PaletteItem]:
    org_id, number = get_staff_user(request).org_id, read_id(text.removeprefix("#"))
    for search in CODE_SEARCHES:
        model = apps.get_model(search.model)
        desk = site._registry[model]
        condition = search.find(org_id, text, number) if desk.has_view_permission(request) else None
        if condition is None:
            continue
        rows = desk.get_queryset(request).filter(condition)
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        # Without an order: that of the desk would walk all rows to find these few.
        for row in rows.order_by()[:MOST_OF_A_KIND]:
            title, description = search.describe(row)
            yield _build_item(
                text,
                group=search.group,
                title=title,
                description=description,
                link=reverse(page, args=[row.pk]),
                icon=search.icon,
            )


def _find_pages(request: HttpRequest, text: str) -> list[PaletteItem]:
    """Find actions and pages of the menu of which a word begins with the text."""
    word = f" {fold(text)}"
    found = [
        (group, title, link, icon)
        for group, title, link, icon in (*_list_actions(request), *_list_pages(request))
        if word in f" {fold(title)}"
    ]
    return [
        _build_item(text, group=group, title=title, description="", link=link, icon=icon)
        for group, title, link, icon in found[:MOST_PAGES]
    ]


# Group, title, link and icon.
Page = tuple[str, str, str, str]


def _list_actions(request: HttpRequest) -> Iterator[Page]:
    for action in ACTIONS:
        if request.user.has_perm(action.permission):
            yield (
                gettext("Actions"),
                str(action.title),
                reverse(f"admin:{action.page}"),
                action.icon,
            )


def _list_pages(request: HttpRequest) -> Iterator[Page]:
    for group in settings.UNFOLD["SIDEBAR"]["navigation"]:
        for item in group["items"]:
            if item.get("permission", _everybody)(request):
                yield gettext("Pages"), str(item["title"]), str(item["link"]), item["icon"]


def _everybody(request: HttpRequest) -> bool:
    return True


def _build_item(
    text: str, *, group: Text, title: str, description: str, link: str, icon: str
) -> PaletteItem:
    marked = mark_match(title, text), mark_match(description, text)
    return PaletteItem(str(group), title, *marked, link, icon)
