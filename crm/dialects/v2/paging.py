"""Which piece of a list a caller wants."""

from rest_framework import serializers

from crm.dialects.v2.reading import QueryIn

LARGEST_PAGE = 100
DEFAULT_PAGE = 10
# Beyond this, skipping rows one by one is a way to keep the database busy.
FARTHEST = 1_000_000


class Paging(QueryIn):
    """``limit`` and ``offset``; a list's query inherits them."""

    limit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, default=DEFAULT_PAGE, help_text="Rows at most."
    )
    offset = serializers.IntegerField(
        min_value=0, max_value=FARTHEST, default=0, help_text="Rows to skip."
    )
