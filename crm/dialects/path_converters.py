"""Path converter for ids: use ``<id:customer_id>`` in the URLs of a dialect."""

from django.urls import register_converter

from crm.kernel.ids import LARGEST_ID


class IdConverter:
    """Matches digits. A number beyond the column's range becomes the largest id.

    So an id of a hundred digits is answered like any unknown id.
    """

    regex = "[0-9]{1,400}"

    def to_python(self, value: str) -> int:
        return min(int(value), LARGEST_ID)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")
