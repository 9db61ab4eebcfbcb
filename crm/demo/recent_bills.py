"""Bills of the last six weeks at several stores, of made-up customers; with returns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from crm.demo.data_files import read_csv, read_data
from crm.demo.made_up_customers import MadeUpCustomers
from crm.demo.organization import DemoOrganization, raise_refusals
from crm.kernel.transactions import within_unit_of_work
from loyalty.operations.points.redeem import Redemption, redeem_points
from loyalty.operations.transactions.bills import Bill, enter_bills
from loyalty.rules.transactions import Sale, SaleLine

# Who enters what the tills send.
ACTOR = "store.server"

_Row = Mapping[str, str]
_Products = Mapping[str, Mapping[str, Any]]


@within_unit_of_work
def load_recent_bills(demo: DemoOrganization, customers: MadeUpCustomers) -> None:
    """Enter the bills day by day, each with the redemption that paid a part of it."""
    products = read_data("products")
    days: dict[datetime, list[tuple[datetime, _Row]]] = defaultdict(list)
    for row in read_csv("recent_bills"):
        at = _happened_at(demo, row)
        days[at.astimezone(demo.org.zone).replace(hour=0, minute=0, second=0)].append((at, row))
    for day in sorted(days):
        rows = sorted(days[day], key=lambda item: (item[0], int(item[1]["number"])))
        _enter_day(demo, customers, products, rows)


def _happened_at(demo: DemoOrganization, row: _Row) -> datetime:
    """Return the moment on its day; of today, what has not happened yet was an hour ago."""
    day = demo.now.astimezone(demo.org.zone).date() - timedelta(days=int(row["days_ago"]))
    at = datetime.combine(day, time.fromisoformat(row["time"]), tzinfo=demo.org.zone)
    return min(at, demo.now - timedelta(hours=1))


def _enter_day(
    demo: DemoOrganization,
    customers: MadeUpCustomers,
    products: _Products,
    rows: Sequence[tuple[datetime, _Row]],
) -> None:
    bills = []
    for at, row in rows:
        customer_id = customers[int(row["customer"])]["id"]
        redemption_ids = _redeem(demo, customer_id, at, row) if row["redeemed_points"] else []
        sale = _build_sale(demo, customer_id, at, row, products)
        bills.append(Bill(sale=sale, points_redemption_ids=redemption_ids))
    raise_refusals(enter_bills(origin=demo.origin(ACTOR, rows[-1][0]), bills=bills))


def _redeem(demo: DemoOrganization, customer_id: int, at: datetime, row: _Row) -> list[int]:
    redeemed = redeem_points(
        origin=demo.origin(row["till"], at),
        redemption=Redemption(
            customer_id=customer_id,
            points=int(row["redeemed_points"]),
            transaction_number=_format_number(row["number"]),
            redeemed_at=at,
        ),
    )
    return [redeemed.redemption_id]


def _build_sale(
    demo: DemoOrganization, customer_id: int, at: datetime, row: _Row, products: _Products
) -> Sale:
    is_return = bool(row["returned_number"])
    lines = _build_lines(row["items"], products)
    discount = Decimal(row["discount"] or 0)
    amount = sum((line.quantity * line.rate for line in lines), Decimal(0)) - discount
    return Sale(
        number=_format_number(row["number"]),
        type="RETURN" if is_return else "REGULAR",
        customer_id=customer_id,
        till_id=demo.entity_ids[row["till"]],
        billed_at=at,
        amount=None if is_return else amount,
        discount=discount,
        lines=lines,
        payments=[] if is_return else [{"mode": row["payment"], "value": float(amount)}],
        returned_number=_format_number(row["returned_number"]) if is_return else "",
        return_type=row["return_type"],
    )


def _build_lines(items: str, products: _Products) -> list[SaleLine]:
    pairs = (item.split("x", 1) for item in items.split())
    return [
        SaleLine(item_code=code, quantity=int(quantity), **products[code])
        for quantity, code in pairs
    ]


def _format_number(number: str) -> str:
    return f"N{int(number):06}"
