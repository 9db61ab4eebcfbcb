"""Which piece of a list a caller wants."""

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import QueryIn

MAX_LIMIT = 100
DEFAULT_LIMIT = 10
# Beyond this, skipping rows one by one is a way to keep the database busy.
MAX_OFFSET = 1_000_000


class Paging(QueryIn):
    """``limit`` and ``offset``; a list's query inherits them."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, help_text="Rows at most."
    )
    offset = serializers.IntegerField(
        min_value=0, max_value=MAX_OFFSET, default=0, help_text="Rows to skip."
    )
