"""In which networks the people of the documents were met, and what was sent to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.demo.happening import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """``said`` is what else is known of it, by the names that interactions have."""

    who: int
    at: Moment
    type: str
    network: str = ""
    till: str = "store.server"
    said: Mapping[str, Any] = field(default_factory=dict)


OURS, TOM = "service@demo.example", "tom.sawyer@example.com"


def _survey(name: str, at: str, score: int, by: str, answered: str = "", url: str = "") -> Meeting:
    return Meeting(
        who=418,
        at=at,
        type="SURVEY",
        said={
            "survey_name": name,
            "nps_score": score,
            "sent_by": by,
            "response_url": url,
            "completed_at": answered or at,
        },
    )


MEETINGS: Sequence[Meeting] = (
    Meeting(
        who=418,
        at="2012-03-12T11:33:23+05:30",
        network="FACEBOOK",
        type="CHECKIN",
        said={"latitude": 22.23, "longitude": 23.33},
    ),
    Meeting(who=418, at="2013-08-01T10:00:00+05:30", type="TWEET", said={"times": 10}),
    Meeting(who=418, at="2013-08-02T10:00:00+05:30", type="RETWEET", said={"times": 5}),
    Meeting(
        who=418,
        at="2013-10-02T09:30:00+05:30",
        type="EMAIL",
        said={
            "sender": OURS,
            "receiver": TOM,
            "subject": "Your bill",
            "delivered_at": "2013-10-02T09:30:21+05:30",
            "delivery_status": "SENT",
        },
    ),
    Meeting(
        who=418,
        at="2013-10-02T09:31:00+05:30",
        type="SMS",
        said={
            "sender": "918867702348",
            "receiver": "44700900000",
            "subject": "Your points",
            "delivered_at": "2013-10-02T09:31:05+05:30",
            "delivery_status": "DELIVERED",
        },
    ),
    _survey(
        "Customer Satisfaction Survey",
        "2013-11-10T12:56:55+05:30",
        9,
        "Nayan Kumar",
        "2013-11-14T13:23:05+05:30",
    ),
    _survey("Customer Satisfaction Survey", "2013-12-11T11:43:55+05:30", 10, "Shilpa"),
    _survey(
        "Customer Feedback",
        "2013-12-11T12:17:13+05:30",
        9,
        "Shilpa",
        url="https://survey.demo.example/?sc=O5JHLN95&t=R0C9I313",
    ),
    _survey(
        "Customer Review",
        "2013-12-13T15:22:48+05:30",
        8,
        "Shilpa",
        url="https://survey.demo.example/?sc=O5JHLN95&t=7Q81C41Z",
    ),
    _survey(
        "Customer Satisfaction Survey 5",
        "2013-12-16T12:14:37+05:30",
        9,
        "Shilpa",
        url="https://survey.demo.example/?sc=O5JHLN95&t=3LWIXC9Y",
    ),
    Meeting(
        who=17742,
        at=25,
        type="EMAILBULK",
        till="rr.till",
        said={"sender": OURS, "subject": "The summer sale", "delivery_status": "SENT"},
    ),
    Meeting(who=17742, at=12, type="LIKE", network="FACEBOOK", till="rr.till", said={"times": 3}),
)

# What the crowd gets and says.
SUBJECTS = ("The sale begins", "Your points expire soon", "A coupon for your birthday")
SURVEYS = ("Visit of our store", "Delivery at home", "A year with us")
ASKERS = ("Nayan Kumar", "Shilpa", "Priya", "Arjun")
