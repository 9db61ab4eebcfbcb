"""What was asked for people of the documents, and what approvers said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.demo.happening import Moment

NIKHIL, IWAN, DIVYA = 368881003, 130238908, 343040815


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request; ``maker`` and ``checker`` are codes of tills or log-in names of staff.

    ``bill`` is the number and amount of a NOT_INTERESTED transaction of the day before, which a
    RETRO is about. ``verdict`` is APPROVED, REJECTED, AUTO, ONE_STEP or nothing: it waits.
    """

    at: Moment
    who: int
    kind: str
    maker: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    bill: tuple[str, int] | None = None
    reason: str = ""
    comments: str = ""
    verdict: str = ""
    checker: str = "approver"
    hours: int = 20
    said: str = ""
    points: Decimal | None = None


ASKED: Sequence[Asking] = (
    Asking(
        at="2019-07-22T14:20:56+05:30",
        who=NIKHIL,
        kind="RETRO",
        maker="till.india1",
        bill=("IN-2862", 1_200),
        reason="Forgot the card",
        verdict="APPROVED",
        hours=1,
    ),
    Asking(
        at="2019-07-22T15:47:22+05:30",
        who=NIKHIL,
        kind="RETRO",
        maker="till.india1",
        bill=("IN-2865", 850),
        reason="Forgot the card",
        verdict="APPROVED",
        checker="approver2",
        said="The bill was seen",
    ),
    Asking(
        at="2019-07-22T15:48:15+05:30",
        who=NIKHIL,
        kind="RETRO",
        maker="till.india1",
        bill=("IN-2866", 4_200),
        reason="Says that it was theirs",
        comments="No slip at hand",
        verdict="REJECTED",
        checker="approver2",
        said="Nobody could show the bill",
    ),
    Asking(
        at="2020-02-12T09:58:41+00:00",
        who=IWAN,
        kind="EMAIL",
        maker="agent",
        asked={"old_value": "dore.gold@example.com", "new_value": "iwan.gold@example.com"},
        reason="Wrote from the new address",
        verdict="AUTO",
    ),
    Asking(
        at=29,
        who=DIVYA,
        kind="POINTS",
        maker="agent",
        asked={"points": 450},
        reason="Parcel was damaged",
        comments="sample",
        verdict="AUTO",
    ),
    Asking(
        at=24,
        who=DIVYA,
        kind="POINTS",
        maker="demo.till",
        asked={"points": 300},
        reason="Waited an hour at the till",
        verdict="APPROVED",
        points=Decimal(150),
        said="Half of it will do",
    ),
    Asking(
        at=22,
        who=DIVYA,
        kind="POINTS",
        maker="demo.till",
        asked={"points": 25},
        reason="Price tag was wrong",
        verdict="ONE_STEP",
    ),
    Asking(
        at=12,
        who=DIVYA,
        kind="COUPON",
        maker="agent",
        asked={"series_id": 14162},
        reason="Zip broke on the first day",
        verdict="APPROVED",
        checker="approver2",
    ),
    Asking(
        at=6,
        who=DIVYA,
        kind="POINTS",
        maker="bom.linking.1",
        asked={"points": 5_000},
        reason="Wants to be gold",
        verdict="REJECTED",
        said="No reason for so many",
    ),
    Asking(
        at=1,
        who=DIVYA,
        kind="POINTS",
        maker="agent",
        asked={"points": 200},
        reason="Second parcel was late, too",
    ),
)

# What the crowd's are drawn from.
REASONS: Mapping[str, Sequence[str]] = {
    "MOBILE": ("New SIM card", "Number was typed wrongly", "Has moved abroad", "Phone was stolen"),
    "EMAIL": ("Typed wrongly at the till", "Has a new address", "Works elsewhere now"),
    "EXTERNAL_ID": ("The staff number has changed", "Belongs to another list now"),
    "ADDRESS": ("Has moved", "The street was missing", "Parcels came back"),
    "MERGE": ("One person with two accounts", "Registered online and in the shop"),
    "MERGE_UNDO": ("Mother and daughter, not one person", "Merged by mistake"),
    "MOBILE_REALLOC": ("The operator gave the number to this customer",),
    "POINTS": (
        "Parcel was late",
        "Waited long at the till",
        "Points of an old bill were lost",
        "Was promised them on the telephone",
        "Article was sold out",
    ),
    "COUPON": ("Zip broke on the first day", "Wrong size was sent", "Coupon expired on a holiday"),
    "RETRO": ("Forgot the card", "Registered the day after", "Partner paid the bill"),
}
REFUSED = (
    "The customer could not show anything",
    "Was asked twice within a month",
    "Please ask the customer first",
    "Not enough to go by",
)
REMARKS = ("", "", "", "Checked with the shop", "Customer was called back", "Seen the papers")
STREETS = ("Marine Drive", "MG Road", "Park Street", "Lake View", "Church Lane", "Station Road")
CITIES = ("Mumbai", "Bengaluru", "Delhi", "Pune", "Chennai")
