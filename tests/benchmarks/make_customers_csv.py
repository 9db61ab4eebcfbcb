"""Write a CSV of made-up customers, with faults of every kind: the same file every time.

    python tests/benchmarks/make_customers_csv.py 1000000 /tmp/customers.csv

Faults are told by the row's number, so a test can say how many there must be of each kind.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

HEADER = [
    "Mobile No",
    "E-mail",
    "CustomerID",
    "First Name",
    "Last Name",
    "Source",
    "Registered On",
    "SMS opt-in",
]
FIRST = (
    "Asha",
    "Ravi",
    "Meera",
    "Arjun",
    "Zoë",
    "José",
    "Liang",
    "Fatima",
    "Oliver",
    "Emma",
    "Noor",
    "Kiran",
)
LAST = (
    "Rao",
    "Iyer",
    "Sharma",
    "Khan",
    "Müller",
    "O'Brien",
    "Chen",
    "Patel",
    "Smith",
    "García",
    "Das",
    "Nair",
)

# One row in 50 has each of these faults (2 %), at this place among the 50.
EVERY = 50
FAULTS = {
    "bad mobile": 1,
    "bad email": 7,
    "no identifier": 13,
    "unknown source": 19,
    "duplicate in file": 25,
    "existing customer": 31,
    "bad date": 37,
    "ragged row": 43,
    "NUL": 49,
}
KIND_BY_PLACE = {place: kind for kind, place in FAULTS.items()}


def rows(count: int, *, faults: bool = True, seed: int = 7) -> Iterator[list[str]]:
    """Yield ``count`` rows; row ``n`` is the same whatever the count is."""
    dice = random.Random(seed)
    for number in range(count):
        row = good_row(number, dice)
        yield _spoilt(row, number) if faults else row


def good_row(number: int, dice: random.Random) -> list[str]:
    first, last = dice.choice(FIRST), dice.choice(LAST)
    return [
        mobile(number),
        f"person{number}@example.com",
        f"C{number:08}",
        first,
        last,
        "INSTORE",
        f"{dice.randint(1, 28)}/{dice.randint(1, 12)}/{dice.randint(2015, 2025)}",
        dice.choice(["yes", "no", ""]),
    ]


def mobile(number: int) -> str:
    return f"91{7_000_000_000 + number * 13 % 2_999_999_000 + 100}"


def existing_mobile(number: int) -> str:
    """The mobile of a row that meets somebody known, where somebody was registered with it."""
    return f"919{600_000_000 + number // EVERY}"


def fault_of(number: int) -> str | None:
    return KIND_BY_PLACE.get(number % EVERY)


def _spoilt(row: list[str], number: int) -> list[str]:
    match fault_of(number):
        case "bad mobile":
            row[0] = "12ab"
        case "bad email":
            row[1] = "nobody at example"
        case "no identifier":
            row[0] = row[1] = row[2] = ""
        case "unknown source":
            row[5] = "TELEPATHY"
        case "duplicate in file":
            row[0] = mobile(number - 1)
        case "existing customer":
            row[0], row[1], row[2] = existing_mobile(number), "", ""
        case "bad date":
            row[6] = "31/31/2020"
        case "ragged row":
            row = [*row, "", "one too many"]
        case "NUL":
            row[3] = f"{row[3]}\0"
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--clean", action="store_true", help="without faults")
    given = parser.parse_args()
    with given.path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(given.count, faults=not given.clean))


if __name__ == "__main__":
    main()
