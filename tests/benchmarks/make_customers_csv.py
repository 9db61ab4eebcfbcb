"""Write a CSV of test customers with faults of every kind. The file is the same every time.

    python tests/benchmarks/make_customers_csv.py 1000000 /tmp/customers.csv

Faults depend on the row number, so tests can compute the count of each kind.
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

# One row in 50 has each of these faults (2 %), at this position among the 50.
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
FAULT_BY_POSITION = {position: kind for kind, position in FAULTS.items()}


def rows(count: int, *, faults: bool = True, seed: int = 7) -> Iterator[list[str]]:
    """Yield ``count`` rows; row ``n`` is the same whatever the count is."""
    random_source = random.Random(seed)
    for number in range(count):
        row = make_row(number, random_source)
        yield _add_fault(row, number) if faults else row


def make_row(number: int, random_source: random.Random) -> list[str]:
    first, last = random_source.choice(FIRST), random_source.choice(LAST)
    day, month = random_source.randint(1, 28), random_source.randint(1, 12)
    year = random_source.randint(2015, 2025)
    return [
        make_mobile(number),
        f"person{number}@example.com",
        f"C{number:08}",
        first,
        last,
        "INSTORE",
        f"{day}/{month}/{year}",
        random_source.choice(["yes", "no", ""]),
    ]


def make_mobile(number: int) -> str:
    return f"91{7_000_000_000 + number * 13 % 2_999_999_000 + 100}"


def make_existing_mobile(number: int) -> str:
    """Return the mobile number of a row that matches an existing customer."""
    return f"919{600_000_000 + number // EVERY}"


def get_fault(number: int) -> str | None:
    return FAULT_BY_POSITION.get(number % EVERY)


def _add_fault(row: list[str], number: int) -> list[str]:
    match get_fault(number):
        case "bad mobile":
            row[0] = "12ab"
        case "bad email":
            row[1] = "nobody at example"
        case "no identifier":
            row[0] = row[1] = row[2] = ""
        case "unknown source":
            row[5] = "TELEPATHY"
        case "duplicate in file":
            row[0] = make_mobile(number - 1)
        case "existing customer":
            row[0], row[1], row[2] = make_existing_mobile(number), "", ""
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
    arguments = parser.parse_args()
    with arguments.path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(arguments.count, faults=not arguments.clean))


if __name__ == "__main__":
    main()
