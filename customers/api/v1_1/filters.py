"""Reading the filters of v1.1's lists: numbers, moments, words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.views import V11View
from customers.rules.times import parse_moment
from loyalty.rules.amounts import read_amount

LARGEST_ID = 2**63 - 1
MOST_ROWS, ROWS = 100, 10
LONGEST = 150
# A day alone, however it is written: "2016-12-21".
DAY = len("2016-12-21")


class Filters:
    """The query of a list; what cannot be read is refused with the filter's name."""

    def __init__(self, view: V11View) -> None:
        self._query = view.request.query_params
        self._zone = view.org.zone

    def text(self, name: str) -> str:
        said = self._query.get(name, "").strip()
        if len(said) > LONGEST or "\0" in said:
            raise RequestInvalid(detail=f"{name} is at most {LONGEST} characters.")
        return said

    def number(self, name: str, *, least: int = 1, most: int = LARGEST_ID) -> int | None:
        said = self.text(name)
        if not said:
            return None
        readable = said.isascii() and said.isdecimal() and len(said) <= 19
        if not readable or not least <= int(said) <= most:
            raise RequestInvalid(detail=f"{name} is a number from {least} to {most}.")
        return int(said)

    def limit(self, name: str = "limit", default: int = ROWS) -> int:
        return self.number(name, least=1, most=MOST_ROWS) or default

    def amount(self, name: str) -> Decimal | None:
        said = self.text(name)
        if not said:
            return None
        amount = read_amount(said)
        if amount is None:
            raise RequestInvalid(detail=f"{name} is an amount.")
        return amount

    def word(self, name: str, known: Sequence[str]) -> str:
        said = self.text(name).lower()
        if said and said not in known:
            raise RequestInvalid(detail=f"{name} is one of: {', '.join(known)}.")
        return said

    def is_asked(self, name: str) -> bool:
        return self.word(name, ("true", "false", "1", "0")) in ("true", "1")

    def moment(self, name: str) -> datetime | None:
        said = self.text(name)
        if not said:
            return None
        moment = parse_moment(said, self._zone)
        if moment is None:
            raise RequestInvalid(detail=f"{name} is a day or a time, such as 2016-12-21 23:45:45.")
        return moment

    def until(self, name: str) -> datetime | None:
        """The end of what is wanted, itself wanted too: a day or a second counts whole."""
        moment = self.moment(name)
        if moment is None:
            return None
        is_day = len(self.text(name)) <= DAY
        return _after(moment, timedelta(days=1) if is_day else timedelta(seconds=1))

    def day(self, name: str) -> tuple[datetime | None, datetime | None]:
        """A whole day, from its beginning to the next."""
        start = self.moment(name)
        return (None, None) if start is None else (start, _after(start, timedelta(days=1)))


def _after(moment: datetime, length: timedelta) -> datetime | None:
    try:
        return moment + length
    except OverflowError:
        return None
