"""Every reason why a search is refused, by name."""

from crm.kernel.errors import DomainError


class SearchTextInvalid(DomainError):
    """The search text must have 1 to 100 characters."""

    code = "customers.search_text_invalid"


class QueryMalformed(DomainError):
    """An advanced search cannot be understood (facts: ``position``, ``reason``)."""

    code = "customers.query_malformed"
