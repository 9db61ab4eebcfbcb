"""What happened to the members among the people of the documents.

Where a sample prints numbers that add up, they come about here. What must not be over on the day
somebody looks is told in days before the demo is filled.
"""

from collections.abc import Sequence
from decimal import Decimal

from crm.demo.documented import PEOPLE
from crm.demo.happening import (
    BringsBack,
    Buys,
    GetsCard,
    GetsCoupon,
    Gives,
    Happening,
    Joins,
    Moves,
    RedeemsCoupon,
)
from crm.demo.people import WECHAT, WECHAT_MINI
from crm.demo.programs import DEFAULT_PROGRAM
from crm.demo.series import CLUB, TRUNK
from crm.demo.toms import BOOK, CARD, COFFEE, SHIRT, SHOES, TOM_418, TOM_17742

NOT_INTERESTED_ID = 7_099_259

# Who registers for loyalty joins the default program at that moment. One joined another first.
_JOINED = [
    Joins(
        at=person.joined, who=person.id, till=person.till, program=DEFAULT_PROGRAM, earns_bonus=True
    )
    for person in PEOPLE
    if person.loyalty_type == "LOYALTY"
]

_EMILY: Sequence[Happening] = (
    Joins(
        at="2019-05-14T16:40:00+05:30",
        who=29372667,
        till="pe.london.bondstreet",
        program=622,
        partners=(
            (5, "916215776456", 1, "2099-12-29T23:59:59+05:30"),
            (11, "916215776456", None, None),
        ),
    ),
    Moves(
        at="2019-05-14T17:00:00+05:30",
        who=29372667,
        till="pe.london.bondstreet",
        kind="BONUS",
        points="100",
        program=622,
    ),
    Buys(
        at="2020-11-10T12:00:00+05:30",
        who=29372667,
        till="pe.london.bondstreet",
        number="LON-0001",
        lines=[("WT-0007", "Watch", 1, "9500")],
        program=622,
    ),
    Moves(
        at="2021-02-11T12:00:00+05:30",
        who=29372667,
        till="pe.london.bondstreet",
        kind="REDEEM",
        points="40.11",
        program=622,
        number="LON-0002",
    ),
    # Brought back while the points were still waiting to become spendable.
    Buys(
        at="2021-03-01T12:00:00+05:30",
        who=29372667,
        till="pe.london.bondstreet",
        number="LON-0003",
        lines=[("CO-0044", "Coat", 1, "2500")],
        program=622,
    ),
    BringsBack(
        at="2021-03-04T12:00:00+05:30",
        who=29372667,
        till="pe.london.bondstreet",
        number="LON-0003",
        bill="LON-0003",
        amount=Decimal(2500),
        program=622,
    ),
    Buys(
        at=30,
        who=29372667,
        till="pe.london.bondstreet",
        number="LON-0004",
        lines=[(*SHIRT, 2, "1500")],
        program=DEFAULT_PROGRAM,
    ),
)
_PRIYA: Sequence[Happening] = (
    Joins(at="2021-02-18T20:31:15+05:30", who=481220846, till="sit.admin", program=1414),
    Joins(at="2021-05-07T23:48:47+05:30", who=481220846, till="sit.admin", program=1422),
    GetsCard(
        at="2021-02-19T12:23:13+00:00",
        who=481220846,
        till="sit.admin",
        series=TRUNK,
        number="TTM001110000000003ZS",
        external_id="orea8",
        place=WECHAT,
        **CARD,
    ),
    GetsCard(
        at="2021-02-19T12:24:13+00:00",
        who=481220846,
        till="sit.admin",
        series=CLUB,
        number="CLUB15000001",
        place=WECHAT_MINI,
        label="LOST",
    ),
    Buys(
        at="2021-06-02T19:20:00+05:30",
        who=481220846,
        till="sit.admin",
        number="GR-7001",
        lines=[("TV-0055", "Television", 1, "24000")],
        program=1414,
    ),
    Buys(at=31, who=481220846, till="sit.admin", number="DR-7002", lines=[(*SHOES, 1, "4200")]),
    Moves(
        at=25,
        who=481220846,
        till="sit.admin",
        kind="PROMOTIONAL",
        points="420",
        program=1422,
        days=300,
    ),
)
_RATI = [
    Buys(
        at=at,
        who=430000003,
        till="cm.1",
        number=number,
        lines=[(*COFFEE, count, "850")],
        custom_fields={"cashier": "Amy", "table_number": count},
        extended_fields={"order_channel": channel, "gift_wrapped": False, "bags": count},
    )
    for at, number, count, channel in (
        ("2016-08-24T17:35:51+05:30", "wefrw455", 1, "Store"),
        ("2017-05-09T14:33:54+05:30", "txnsubmit1", 2, "Store"),
        ("2017-05-09T14:45:23+05:30", "uash0", 1, "App"),
        ("2017-05-09T14:47:29+05:30", "test0", 3, "Web"),
        ("2017-05-09T15:55:27+05:30", "testbil90", 1, "Store"),
        ("2017-05-09T15:58:29+05:30", "testbill91", 4, "Phone"),
        (90, "testbill92", 2, "App"),
    )
]
_COUPONS: Sequence[Happening] = (
    *(
        GetsCoupon(at=at, who=401031250, series=series, code=code, number=number)
        for at, series, code, number in (
            ("2021-09-01T17:53:43+05:30", 14162, "KZWMCYTR", "2147861881"),
            ("2021-09-25T16:25:25+05:30", 363653, "6JAFX7ZF", "2147877651"),
            ("2021-09-25T16:28:11+05:30", 363653, "KNRYHMRW", "2147877652"),
            ("2021-09-25T16:28:12+05:30", 363653, "7TF6TBQB", "2147877652"),
        )
    ),
    GetsCoupon(at=60, who=343040815, till="demo.till", series=14162, code="PR07BCJ8"),
    GetsCoupon(at=15, who=343040815, till="demo.till", series=14162, code="ER07BCJ8"),
    GetsCoupon(
        at="2013-12-13T16:14:54+05:30",
        who=430000001,
        series=80197,
        code="VOCU24902",
        number="BILL-10304-990",
    ),
    RedeemsCoupon(
        at="2014-12-12T12:12:12+05:30",
        who=430000001,
        code="VOCU24902",
        number="BIL2042040",
        bill=Decimal(3200),
    ),
    GetsCoupon(at=50, who=430000001, series=14162, code="JOHNDOE200"),
    GetsCoupon(at=33, who=430000004, series=363653, code="VIMAL1000"),
)
_OTHERS: Sequence[Happening] = (
    Gives(
        at="2020-03-16T15:53:42+05:30", who=343015431, till="bukl.till", to=343015432, points="15"
    ),
    Gives(
        at="2020-03-26T10:23:42+05:30", who=343015432, till="bukl.till", to=343015431, points="5"
    ),
    *(
        Buys(at=at, who=who, till="demo.till", number=number, lines=lines)
        for at, who, number, lines in (
            (70, 161670039, "DT-5001", [(*SHIRT, 4, "1500")]),
            (64, 343014824, "DT-5002", [(*SHOES, 2, "4200")]),
            (58, 343015431, "DT-5003", [(*COFFEE, 4, "850")]),
            (52, 343040815, "DT-5004", [(*SHOES, 1, "4200"), (*BOOK, 2, "400")]),
            (47, 401031250, "DT-5005", [(*SHIRT, 2, "1500")]),
            (35, 420007388, "DT-5006", [(*SHOES, 6, "4200")]),
            (28, 9113108, "DT-5007", [(*BOOK, 5, "400")]),
            (21, 379061018, "DT-5008", [(*SHIRT, 1, "1500")]),
            (18, 306, "DT-5009", [(*COFFEE, 6, "850")]),
            (9, 430000004, "DT-5010", [(*SHOES, 1, "4200")]),
        )
    ),
    Moves(
        at=30,
        who=343040815,
        till="demo.till",
        kind="GOODWILL",
        points="150",
        store="storecode",
        notes="Parcel came late",
        days=365,
    ),
)
HAPPENED: Sequence[Happening] = (
    *_EMILY[:1],
    *_JOINED,
    *TOM_418,
    *TOM_17742,
    *_EMILY[1:],
    *_PRIYA,
    *_RATI,
    *_COUPONS,
    *_OTHERS,
)
# Bought without a thought of points; a request may still make it count.
NOT_COUNTED = Buys(
    at=3,
    who=418,
    till="demo.till",
    number="NI-7099259",
    lines=[(*SHIRT, 1, "1500")],
    type="NOT_INTERESTED",
)
