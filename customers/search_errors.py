"""Errors of customer searches."""

from crm.kernel.errors import DomainError


class SearchTextInvalid(DomainError):
    """The search text must have 1 to 100 characters."""

    code = "customers.search_text_invalid"


class QueryMalformed(DomainError):
    """The query of an advanced search is not valid (facts: ``position``, ``reason``)."""

    code = "customers.query_malformed"
