"""What stands for an id in a path: use ``<id:customer_id>`` in a dialect's urls."""

from django.urls import register_converter

MAX_ID = 2**63 - 1


class IdConverter:
    """Digits; a number no row can have becomes the largest, which none has either.

    So an id of a hundred digits is answered like any unknown one, and never reaches a column
    that cannot hold it.
    """

    regex = "[0-9]{1,400}"

    def to_python(self, value: str) -> int:
        return min(int(value), MAX_ID)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")
