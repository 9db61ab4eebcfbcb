"""What happened to the two Toms of the documents, customers 418 and 17742, and what is for sale."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm.demo.happening import (
    BringsBack,
    Buys,
    GetsCard,
    GetsCoupon,
    Happening,
    Joins,
    Moves,
    RedeemsCoupon,
)
from crm.demo.people import WECHAT
from crm.demo.programs import DEFAULT_PROGRAM
from crm.demo.series import TRUNK

SHIRT = ("SH-4410", "Linen shirt")
SHOES = ("FW-2071", "Walking shoes")
COFFEE = ("CF-0100", "Coffee, 1 kg")
BOOK = ("BK-1876", "The Adventures of Tom Sawyer")

# The fields that the documents show on a card.
CARD: Mapping[str, Any] = {
    "custom_fields": {"cardname": "sushi", "cardscope": "global", "cardtype": "pro card"},
    "extended_fields": {
        "advance_card_personalisation": "yes",
        "card_balance": 1000.0,
        "year_of_registration": 18,
    },
}

TOM_418: Sequence[Happening] = (
    *(
        Buys(
            at=at,
            who=418,
            number=number,
            lines=lines,
            notes="Bill added by mobile",
            custom_fields=said,
        )
        for at, number, lines, said in (
            ("2013-12-13T16:14:54+05:30", "BILL-10304", [(*SHOES, 1, "4200")], {}),
            ("2015-06-20T18:00:00+05:30", "bill-83", [(*SHIRT, 3, "1500")], {}),
            ("2016-12-16T17:02:22+05:30", "ANBDCGD", [(*SHIRT, 2, "1500")], {"cashier": "Becky"}),
            (
                "2016-12-24T12:30:10+05:30",
                "bill-121",
                [(*SHIRT, 1, "1500"), (*BOOK, 3, "400")],
                {"cashier": "Becky", "occasion": "Festival"},
            ),
            ("2019-03-02T11:20:00+05:30", "bill-307", [(*COFFEE, 2, "850")], {"table_number": 7}),
            (190, "bill-4410", [(*SHOES, 2, "4200"), (*SHIRT, 4, "1500")], {}),
            (
                45,
                "bill-4502",
                [(*SHIRT, 6, "1500"), (*COFFEE, 1, "850")],
                {"cashier": "Sid", "occasion": "Birthday"},
            ),
        )
    ),
    Moves(at="2013-03-17T16:03:31+05:30", who=418, kind="REDEEM", points="20", number="bill-81"),
    Moves(at="2015-06-20T18:05:00+05:30", who=418, kind="REDEEM", points="200", number="bill-83"),
    Moves(at=40, who=418, kind="REDEEM", points="120", number="bill-4502"),
    BringsBack(at=38, who=418, number="bill-4502", bill="bill-4502", amount=Decimal(1500)),
    GetsCoupon(
        at="2013-04-02T10:00:00+05:30", who=418, series=14162, code="832PGHHI6U1", number="bill-81"
    ),
    RedeemsCoupon(
        at="2013-04-18T14:00:27+05:30",
        who=418,
        code="832PGHHI6U1",
        number="TestBill-1234",
        bill=Decimal(2400),
    ),
    GetsCoupon(at=20, who=418, series=363653, code="TOMSAWYER1", number="bill-4502"),
)
TOM_17742: Sequence[Happening] = (
    *(
        Joins(at="2016-06-23T19:11:18+08:00", who=17742, till="rr.till", program=program)
        for program in (1219, 1223, DEFAULT_PROGRAM)
    ),
    GetsCard(
        at="2016-07-01T10:01:33+00:00",
        who=17742,
        till="rr.till",
        series=TRUNK,
        number="TTM001110000000002ZS",
        external_id="orea7",
        place=WECHAT,
        **CARD,
    ),
    *(
        Buys(at=at, who=17742, till="rr.till", number=number, lines=lines, program=program)
        for at, number, lines, program in (
            (700, "FC-1001", [(*SHOES, 12, "4200"), (*SHIRT, 8, "1500")], 1219),
            (300, "FC-1002", [(*SHOES, 10, "4200")], 1219),
            (280, "HC-2001", [(*COFFEE, 10, "850")], 1223),
            (12, "DR-3001", [("PN-0023", "Ball pens", 1, "230")], DEFAULT_PROGRAM),
        )
    ),
    BringsBack(
        at=290,
        who=17742,
        till="rr.till",
        number="FC-1002",
        bill="FC-1002",
        amount=Decimal(4200),
        program=1219,
    ),
    Moves(
        at=250,
        who=17742,
        till="rr.till",
        kind="REDEEM",
        points="8600",
        program=1219,
        number="FC-1003",
    ),
    Moves(
        at=240,
        who=17742,
        till="rr.till",
        kind="REDEEM",
        points="100",
        program=1223,
        number="HC-2002",
    ),
    *(
        Moves(
            at=at,
            who=17742,
            till="demo.till",
            kind="GOODWILL",
            points=points,
            store="storecode",
            notes="For the long wait",
            days=365,
        )
        for at, points in ((420, "15"), (110, "32"), (108, "34"), (66, "200"))
    ),
)
