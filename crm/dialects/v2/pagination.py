"""Pagination by limit and offset."""

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import QueryIn

MAX_LIMIT = 100
DEFAULT_LIMIT = 10
# A larger offset would make the database read too many rows.
MAX_OFFSET = 1_000_000


class Paging(QueryIn):
    """The query parameters ``limit`` and ``offset``, to inherit from."""

    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_LIMIT,
        default=DEFAULT_LIMIT,
        help_text="The maximum number of rows.",
    )
    offset = serializers.IntegerField(
        min_value=0, max_value=MAX_OFFSET, default=0, help_text="The number of rows to skip."
    )
