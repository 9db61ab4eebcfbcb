"""Change lists that accept the parameters which their desk declares, and no others.

Django filters by any field of the model that a URL names, so ``?secret__startswith=a`` would
read a hidden value letter by letter. Here only a declared filter may filter.
"""

from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from unfold.views import ChangeList


class DeclaredList(ChangeList):
    """A change list that refuses undeclared filters, orders and searches with a 400.

    Declared are the parameters of the filters in ``list_filter``, the parts of
    ``date_hierarchy``, orders by sortable columns, and a search where the desk has one.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        self._check_order_and_search()
        filters = super().get_filters(request)
        # Each filter takes its parameters out of these; what is left would filter directly.
        undeclared = set(filters[2]) - self._list_hierarchy_lookups()
        if undeclared:
            raise BadRequest(f"The list has no filter {', '.join(sorted(undeclared))}")
        return filters

    def _list_hierarchy_lookups(self) -> set[str]:
        """Return the parts of ``date_hierarchy``, and the lookups that Django makes of them."""
        name = self.date_hierarchy
        if not name:
            return set()
        bounds = {f"{name}__gte", f"{name}__lt"} if f"{name}__year" in self.params else set()
        return bounds | {f"{name}__{part}" for part in ("year", "month", "day")}

    def _check_order_and_search(self) -> None:
        if SEARCH_VAR in self.params and not self.search_fields:
            raise BadRequest("The list has no search")
        for part in filter(None, self.params.get(ORDER_VAR, "").split(".")):
            if not self._is_sortable(part.removeprefix("-")):
                raise BadRequest(f"The list has no sortable column {part}")

    def _is_sortable(self, number: str) -> bool:
        if not (number.isascii() and number.isdecimal() and len(number) < 4):
            return False
        columns = self.list_display[int(number) : int(number) + 1]
        return any(name in self.sortable_by and self.get_ordering_field(name) for name in columns)
