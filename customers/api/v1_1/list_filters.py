"""Read the query filters of v1.1 lists."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.views import V11View
from crm.kernel.ids import LARGEST_ID, read_number
from customers.rules.times import Span, get_day_span, read_span
from loyalty.rules.amounts import read_amount

MAX_ROWS, DEFAULT_ROWS = 100, 10
MAX_TEXT_LENGTH = 150


class Filters:
    """The query of a list. An invalid value is refused with the filter's name."""

    def __init__(self, view: V11View) -> None:
        self._query = view.request.query_params
        self._zone = view.org.zone

    def text(self, name: str) -> str:
        raw = self._query.get(name, "").strip()
        if len(raw) > MAX_TEXT_LENGTH or "\0" in raw:
            raise RequestInvalid(detail=f"{name} is at most {MAX_TEXT_LENGTH} characters.")
        return raw

    def number(self, name: str, *, minimum: int = 1, maximum: int = LARGEST_ID) -> int | None:
        raw = self.text(name)
        if not raw:
            return None
        number = read_number(raw)
        if number is None or not minimum <= number <= maximum:
            raise RequestInvalid(detail=f"{name} is a number from {minimum} to {maximum}.")
        return number

    def limit(self, name: str = "limit", default: int = DEFAULT_ROWS) -> int:
        return self.number(name, minimum=1, maximum=MAX_ROWS) or default

    def amount(self, name: str) -> Decimal | None:
        raw = self.text(name)
        if not raw:
            return None
        amount = read_amount(raw)
        if amount is None:
            raise RequestInvalid(detail=f"{name} is an amount.")
        return amount

    def word(self, name: str, known: Sequence[str]) -> str:
        raw = self.text(name).lower()
        if raw and raw not in known:
            raise RequestInvalid(detail=f"{name} is one of: {', '.join(known)}.")
        return raw

    def is_true(self, name: str) -> bool:
        return self.word(name, ("true", "false", "1", "0")) in ("true", "1")

    def moment(self, name: str) -> datetime | None:
        span = self.span(name)
        return span.start if span else None

    def until(self, name: str) -> datetime | None:
        """Return the exclusive end of a span that includes the whole given day or second."""
        span = self.span(name)
        return span.end if span else None

    def day(self, name: str) -> tuple[datetime | None, datetime | None]:
        """Return the start of a day and of the next one."""
        span = self.span(name)
        if span is None:
            return None, None
        return get_day_span(span.start.astimezone(self._zone).date(), self._zone)

    def span(self, name: str) -> Span | None:
        """Return the day or the second that is given."""
        raw = self.text(name)
        if not raw:
            return None
        span = read_span(raw, self._zone)
        if span is None:
            raise RequestInvalid(detail=f"{name} is a day or a time, such as 2016-12-21 23:45:45.")
        return span
