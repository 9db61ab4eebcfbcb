"""Filters of the customer list. Each accepts only its own choices."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.filters import ChoiceFilter, OfferedFilter
from customers.queries.customers.test_customers import exclude_test_customers, select_test_customers
from customers.queries.source_accounts import get_source_accounts
from customers.queries.status_labels import list_labels

NEVER_SET = "none"


class SourceFilter(OfferedFilter):
    title = _("source account")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        accounts = get_source_accounts(org_id=get_staff_user(request).org_id)
        return [
            (str(account.id), f"{account.source} {account.account_id}".strip())
            for account in accounts
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (account := self.value()) is None:
            return queryset
        # A customer has at most one profile in a source account, so the join adds no duplicates.
        return queryset.filter(
            profiles__source_account_id=int(account), profiles__closed_at__isnull=True
        )


class TypeFilter(ChoiceFilter):
    title = _("type")
    parameter_name = "type"
    path = "loyalty_type"


class StatusFilter(OfferedFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        labels = list_labels(org_id=get_staff_user(request).org_id)
        return [*((str(row.pk), row.label) for row in labels), (NEVER_SET, gettext("Never set"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        label = self.value()
        if label is None:
            return queryset
        if label == NEVER_SET:
            return queryset.filter(status_label__isnull=True)
        return queryset.filter(status_label_id=int(label))


class MergedFilter(OfferedFilter):
    """By default, only customers that are not merged into another are listed."""

    title = _("merged")
    parameter_name = "merged"
    all_option = ("", _("Not merged"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("yes", gettext("Merged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(merged_into__isnull=self.value() != "yes")


class TestCustomerFilter(OfferedFilter):
    """By default, test customers are not listed. ``customer_path`` leads to a row's customer."""

    title = _("test customers")
    parameter_name = "test"
    all_option = ("", _("Without test customers"))
    customer_path = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("yes", gettext("Test customers only")), ("all", gettext("With test customers"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        choice = self.value()
        if choice == "all":
            return queryset
        choose = select_test_customers if choice == "yes" else exclude_test_customers
        return choose(queryset, self.customer_path)
