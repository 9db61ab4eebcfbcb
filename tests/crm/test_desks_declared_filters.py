"""A list is filtered, ordered and searched only by what its desk declares."""

from urllib.parse import parse_qsl

import pytest
from django.contrib import admin
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.test import Client, RequestFactory
from django.urls import reverse

from crm.adminkit.change_lists import DeclaredList
from crm.adminkit.filters import OrgDaysFilter
from crm.adminkit.key_pagination import AFTER, BEFORE
from crm.adminkit.org_scope import OrgScopedAdmin
from crm.tenancy.models import Credential, Organization, StaffUser
from tests.builders import make_credential, make_customer, make_staff
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

DESKS = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
EVERY_DESK = pytest.mark.parametrize(
    ("model", "desk"), DESKS, ids=[model._meta.label for model, _ in DESKS]
)
WHOLE_LISTS = [
    reverse("admin:customers_customer_export", args=["csv"]),
    reverse("admin:customers_ticket_export", args=["csv"]),
    reverse("admin:approvals_request_export"),
]


def get_list_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def build_list(desk, user, **parameters):
    """Build the list of a page, as exports and bulk decisions do, too."""
    request = RequestFactory().get("/", parameters)
    request.user = user
    return desk.get_changelist_instance(request)


def is_refused(desk, user, **parameters):
    try:
        build_list(desk, user, **parameters)
    except (BadRequest, SuspiciousOperation):  # Django answers 400 to both
        return True
    return False


def list_declared_parameters(desk):
    """The parameters of the desk's filters, with a value that each can read."""
    names = set()
    for each in desk.list_filter:
        if isinstance(each, str):
            is_choice = desk.model._meta.get_field(each).choices
            names |= {f"{each}__exact", f"{each}__isnull"} if is_choice else {f"{each}__exact"}
        elif isinstance(each, tuple):
            name, kind = each
            ends = ["_from", "_to"] if kind is OrgDaysFilter else ["__id__exact"]
            names |= {f"{name}{end}" for end in ends}
        else:
            names.add(each.parameter_name)
    return {name: "" if name.endswith(("_from", "_to")) else "1" for name in names}


@EVERY_DESK
def test_no_field_that_the_desk_does_not_declare_filters_its_list(model, desk):
    client = log_in()
    fields = [field.name for field in model._meta.concrete_fields]
    related = [
        f"{field.name}__{inner.name}"
        for field in model._meta.concrete_fields
        if field.related_model
        for inner in field.related_model._meta.concrete_fields
    ]
    lookups = {
        *(f"{name}__startswith" for name in fields + related),
        *(f"{name}__{lookup}" for name in fields for lookup in ("gt", "regex", "in", "pk")),
        # An event has fields that are called like the links to the pages of a list.
        *{*fields, *related} - {*list_declared_parameters(desk), AFTER, BEFORE},
        *("nobody", "__", "pk", "pk__gt"),
    }

    accepted = [
        name for name in sorted(lookups) if not is_refused(desk, client.user, **{name: "1"})
    ]

    assert accepted == []
    if model is not Organization:  # its list leads to the user's organization at once
        answer = client.get(get_list_url(model), {f"{fields[0]}__startswith": "x"})
        assert answer.status_code == 400


@EVERY_DESK
def test_a_declared_filter_filters(model, desk):
    user, declared = make_staff(is_superuser=True), list_declared_parameters(desk)

    assert [name for name in declared if is_refused(desk, user, **{name: declared[name]})] == []
    assert not is_refused(desk, user, **declared)


def test_a_declared_filter_narrows_the_list():
    make_credential()
    stopped = make_credential(is_active=False)

    rows = build_list(admin.site._registry[Credential], make_staff(), is_active__exact="0")

    assert [row.pk for row in rows.result_list] == [stopped.pk]


@EVERY_DESK
def test_who_may_not_see_the_list_learns_nothing_from_its_filters(model, desk):
    client = Client()
    client.force_login(make_staff(is_superuser=False))
    url = get_list_url(model)
    field = model._meta.concrete_fields[0].name

    queries = ["", f"{field}__startswith=x"]

    answers = [client.get(f"{url}?{query}", follow=True) for query in queries]

    assert [answer.status_code for answer in answers] == [403, 403]


@EVERY_DESK
def test_a_list_is_ordered_by_its_sortable_columns_only(model, desk):
    user = make_staff(is_superuser=True)
    rows = build_list(desk, user)
    sortable = {
        str(number)
        for number, name in enumerate(rows.list_display)
        if name in rows.sortable_by and rows.get_ordering_field(name)
    }
    orders = {str(number) for number in range(len(rows.list_display) + 2)} | {
        "x",
        "-1",
        "--1",
        "\u0661",
    }

    accepted = {order for order in orders if not is_refused(desk, user, o=order)}

    assert accepted - {"-1"} == sortable
    assert ("-1" in accepted) == ("1" in sortable)
    assert not is_refused(desk, user, o="")


@EVERY_DESK
def test_a_list_is_searched_where_its_desk_has_a_search(model, desk):
    assert is_refused(desk, make_staff(is_superuser=True), q="x") != bool(desk.search_fields)


@EVERY_DESK
def test_every_desk_is_made_of_the_class_that_refuses(model, desk):
    assert isinstance(desk, OrgScopedAdmin)
    assert issubclass(desk.get_changelist(RequestFactory().get("/")), DeclaredList)


def test_a_secret_cannot_be_read_letter_by_letter():
    credential = make_credential()
    client = log_in()

    codes = {
        client.get(get_list_url(Credential), {"secret__startswith": start}).status_code
        for start in (credential.secret[:5], "no such start")
    } | {
        client.get(get_list_url(StaffUser), {"password__startswith": start}).status_code
        for start in (client.user.password[:5], "no such start")
    }

    assert codes == {400}


@pytest.mark.parametrize("url", WHOLE_LISTS)
@pytest.mark.parametrize("query", ["org__name__startswith=x", "id__gt=1", "nobody=x", "o=1"])
def test_an_export_refuses_what_its_list_refuses(url, query):
    assert log_in().get(f"{url}?{query}").status_code == 400


@pytest.mark.parametrize("url", WHOLE_LISTS)
@pytest.mark.parametrize("query", ["registered_at_from=x&created_at_from=x&value=%00", "q=%00"])
def test_an_export_refuses_what_no_filter_can_read(url, query):
    assert log_in().get(f"{url}?{query}").status_code == 400


def test_a_bulk_decision_refuses_what_its_list_refuses():
    answer = log_in().post(
        reverse("admin:approvals_request_bulk") + "?maker__secret__startswith=x",
        {"verdict": "approve", "all": "yes"},
    )

    assert answer.status_code == 400


def test_a_value_that_cannot_be_read_is_refused_and_not_forgotten():
    make_customer()
    url = reverse("admin:customers_customer_changelist")

    answer = log_in().get(url, {"registered_at_from": "31.31.2026"})

    assert answer.status_code == 400


class DatedDesk(OrgScopedAdmin):
    date_hierarchy = "last_login"
    list_display = ["username"]


@pytest.mark.parametrize(
    ("query", "is_allowed"),
    [
        ("last_login__year=2026", True),
        ("last_login__year=2026&last_login__month=2&last_login__day=3", True),
        ("last_login__gte=2026-01-01", False),
        ("last_login__year=2026&last_login__second=1", False),
        ("last_login__year=x", False),
    ],
)
def test_a_date_hierarchy_declares_its_parts(query, is_allowed):
    desk, user = DatedDesk(StaffUser, admin.site), make_staff(is_superuser=True)

    assert is_refused(desk, user, **dict(parse_qsl(query))) != is_allowed
