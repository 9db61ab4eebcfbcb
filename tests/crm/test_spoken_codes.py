"""A code that no operation of a dialect answers is reserved, and no other one is.

What views declare is collected: their refusals, in the wording of the operation. Every operation
can answer what the transport refuses, and any notice.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from crm.dialects.reserved_codes import get_reserved_codes
from crm.dialects.v1_1.catalogue import CATALOGUE as V1_1
from crm.dialects.v1_1.views import V11View
from crm.dialects.v2.catalogue import CATALOGUE as V2
from crm.dialects.v2.views import V2View
from customers import notices as customer_notices
from loyalty import notices as loyalty_notices

DIALECTS = [
    pytest.param("v2", V2View, V2, id="v2"),
    pytest.param("v1.1", V11View, V1_1, id="v1.1"),
]
# The transport's refusals, what v1.1 says of success, and what an import tells as a warning.
OF_EVERY_OPERATION = ("done.", "request.", "runs.", "server.", "tenancy.")


def list_views(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from list_views(pattern.url_patterns)
        elif (view := getattr(pattern.callback, "cls", None)) is not None:
            yield view


def collect_spoken_names(base: type) -> set[str]:
    names = {*customer_notices.MESSAGES, *loyalty_notices.MESSAGES}
    for view in list_views(get_resolver().url_patterns):
        if not issubclass(view, base):
            continue
        for method, wording in view.wording.items():
            names |= {wording[name] for name in names & wording.keys()}
            names |= {wording.get(kind.code, "") for kind in view.refusals.get(method, ())}
        for method, kinds in view.refusals.items():
            wording = view.wording.get(method, {})
            names |= {wording.get(kind.code, kind.code) for kind in kinds}
    return names


@pytest.mark.parametrize(("dialect", "base", "catalogue"), DIALECTS)
def test_what_no_operation_answers_is_reserved(dialect, base, catalogue):
    spoken_names = collect_spoken_names(base)
    spoken = {
        entry.code
        for name, entry in catalogue.items()
        if name in spoken_names or name.startswith(OF_EVERY_OPERATION)
    }
    silent = {entry.code for entry in catalogue.values()} - spoken

    assert silent - set(get_reserved_codes(dialect)) == set()
    assert spoken & set(get_reserved_codes(dialect)) == set()
