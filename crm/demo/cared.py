"""What was noted about the people of the documents, what they asked for and what they like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.demo.happening import Moment


@dataclass(frozen=True, slots=True)
class Remark:
    """A note that an associate made at a till."""

    who: int
    at: Moment
    associate: str
    said: str
    till: str = "store.server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A ticket; ``answers`` are by whom, how many hours later, and what was written."""

    who: int
    at: Moment
    subject: str
    message: str
    till: str = "store.server"
    code: str = ""
    priority: str = "MEDIUM"
    department: str = "INTERNAL"
    type: str = "CUSTOMER"
    reported_from: str = "CALLCENTER"
    fields: Mapping[str, str] = field(default_factory=dict)
    assigned_to: str = ""
    answers: Sequence[tuple[str, int, str]] = ()
    status: str = "OPEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Liking:
    who: int
    at: Moment
    fields: Mapping[str, str]
    store: str = ""
    till: str = "store.server"


REMARKS: Sequence[Remark] = (
    Remark(418, "2016-09-04T15:12:00+05:30", "234", "Likes to play cricket"),
    Remark(418, "2016-11-20T18:40:00+05:30", "443", "Buys for two: ask after Becky"),
    Remark(418, 60, "234", "Prefers to be called after five"),
    Remark(430000002, "2016-09-04T15:12:00+05:30", "234", "Like to play cricket"),
    Remark(430000002, "2016-09-05T11:05:00+05:30", "234", "Subscribed for birthday wishes"),
    Remark(430000002, "2016-09-07T19:30:00+05:30", "234", "Wears a size 38"),
    Remark(430000002, "2016-09-12T16:20:00+05:30", "443", "Allergic to wool"),
    Remark(17742, 200, "501", "Collects for a family of five", "rr.till"),
)
MATTERS: Sequence[Matter] = (
    Matter(
        who=418,
        at="2016-12-30T10:15:00+05:30",
        code="35t40ld04",
        subject="Damaged product",
        message="Product received is damaged",
        priority="HIGH",
        fields={"field1": "value1"},
        assigned_to="agent",
        answers=[("agent", 5, "A new shirt is on its way."), ("agent", 70, "It has arrived.")],
        status="CLOSED",
    ),
    Matter(
        who=418,
        at=9,
        subject="Points of the last bill are missing",
        message="Bill bill-4502 shows fewer points than it should.",
        priority="HIGH",
        department="LOYALTY",
        fields={"field1": "Asked at the till first"},
        assigned_to="agent",
        answers=[("agent", 3, "We are asking the shop for the bill.")],
        status="IN_PROGRESS",
    ),
    Matter(
        who=418,
        at=2,
        subject="Change of address",
        message="Moved to Hannibal Street 3.",
        priority="LOW",
        fields={"field1": "By letter"},
        reported_from="EMAIL",
    ),
    Matter(
        who=430000002,
        at=30,
        subject="Invoice wanted",
        message="Needs an invoice with the name of her company.",
        department="BILLING",
        fields={"field1": "By email"},
        reported_from="INTOUCH",
        type="STORE",
        assigned_to="agent",
        answers=[("agent", 20, "Sent by email.")],
        status="RESOLVED",
    ),
    Matter(
        who=17742,
        at=5,
        till="rr.till",
        subject="Card was not read",
        message="The card of series 19 is not read by the new till.",
        reported_from="INTOUCH",
        type="STORE",
        department="IT",
        assigned_to="approver",
        status="ON_HOLD",
    ),
)
LIKINGS: Sequence[Liking] = (
    Liking(
        who=418,
        at="2016-10-02T13:00:00+05:30",
        fields={"Favorite Brand": "Puma", "Favorite Color": "Green", "Likes": "Shoes"},
        store="store.code",
    ),
    Liking(who=430000002, at=300, fields={"Favorite Color": "Blue"}, store="storecode"),
    Liking(
        who=17742,
        at=210,
        fields={"Favorite Brand": "Timber & Tide", "Likes": "Camping"},
        store="store.code",
        till="rr.till",
    ),
)

# What the crowd's are drawn from: subject, message, department.
SUBJECTS = (
    ("Points of a bill are missing", "The bill of last week shows no points.", "LOYALTY"),
    ("Parcel has not arrived", "The website says that it was delivered.", "LOGISTICS"),
    ("Coupon is not taken", "The till says that the code is unknown.", "LOYALTY"),
    ("Wrong size was sent", "Asked for M, got XL.", "LOGISTICS"),
    ("Charged twice", "The card statement shows the amount two times.", "BILLING"),
    ("Invoice wanted", "Needs an invoice with the tax number.", "BILLING"),
    ("New telephone number", "The old one is somebody else's now.", "INTERNAL"),
    ("No more messages, please", "Gets three text messages a day.", "MARKETING"),
    ("Zip broke on the first day", "Has the bill, wants a new one.", "QUALITY"),
    ("Praise for the shop", "Was helped very kindly and wants the team to know.", "INTERNAL"),
    ("Card lost", "Wants a new one with the same points.", "LOYALTY"),
    ("App logs out", "Has to log in each time the app is opened.", "IT"),
)
ANSWERS = (
    "Thank you for telling us, we are looking into it.",
    "We have asked the shop and will call back tomorrow.",
    "Could you send us a photo of the bill?",
    "This is done; please tell us if anything is left open.",
)
SAYINGS = (
    "Prefers natural fabrics",
    "Asks for gift wrapping",
    "Comes with a small dog",
    "Buys for the whole office",
    "Likes to be told about new arrivals",
    "Wears a size 42",
    "Wants no plastic bags",
    "Birthday in the same week as the shop's",
)
BRANDS = ("Puma", "Timber & Tide", "Linen House", "North Mill")
COLORS = ("Blue", "Green", "Red", "Black", "White")
LIKES = ("Shoes", "Camping", "Books", "Coffee")
