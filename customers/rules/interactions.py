"""Interactions with customers: where they happen, of which types they are, what is told of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from customers.interaction_errors import InteractionInvalid
from customers.rules.text import is_writable

FACEBOOK, TWITTER, FOURSQUARE, CAPILLARY = "FACEBOOK", "TWITTER", "FOURSQUARE", "CAPILLARY"
CHECKIN, SURVEY = "CHECKIN", "SURVEY"
MESSAGES = ("EMAIL", "EMAILBULK", "SMS", "CALL")
# The last network stands for what the retailer does itself: its messages and its surveys.
NETWORKS: Mapping[str, Sequence[str]] = {
    FACEBOOK: (CHECKIN, "LIKE", "COMMENT"),
    TWITTER: ("TWEET", "RETWEET", "MENTION"),
    FOURSQUARE: (CHECKIN,),
    CAPILLARY: (*MESSAGES, SURVEY, "FEEDBACK"),
}
TYPES = tuple(dict.fromkeys(kind for kinds in NETWORKS.values() for kind in kinds))

MOST_TIMES = 1_000_000
LONGEST_ADDRESS = 254
LONGEST_TEXT = 255
LONGEST_URL = 500
LONGEST_STATUS = 20
LONGEST_REFERENCE = 100

_PLACE = ("latitude", "longitude")
_MESSAGE = ("sender", "receiver", "subject", "delivered_at", "delivery_status")
_SURVEY = ("survey_name", "nps_score", "sent_by", "response_url", "completed_at")
_LENGTHS = {
    "sender": LONGEST_ADDRESS,
    "receiver": LONGEST_ADDRESS,
    "subject": LONGEST_TEXT,
    "delivery_status": LONGEST_STATUS,
    "survey_name": LONGEST_TEXT,
    "sent_by": LONGEST_TEXT,
    "response_url": LONGEST_URL,
    "reference": LONGEST_REFERENCE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInteraction:
    """Something that happened between a customer and a network, once or ``times`` times.

    ``happened_at`` is when a message or survey was sent. ``reference`` is the caller's own word
    for it: under the same one it counts once. A check-in may have a place; the message's and the
    survey's own words belong to their types only.
    """

    customer_id: int
    type: str
    happened_at: datetime
    network: str = ""
    times: int = 1
    reference: str = ""
    latitude: float | None = None
    longitude: float | None = None
    sender: str = ""
    receiver: str = ""
    subject: str = ""
    delivered_at: datetime | None = None
    delivery_status: str = ""
    survey_name: str = ""
    nps_score: int | None = None
    sent_by: str = ""
    response_url: str = ""
    completed_at: datetime | None = None


# What is told of an interaction, in the order of the columns that keep it.
TOLD = tuple(field.name for field in fields(NewInteraction))


def clean_interaction(given: NewInteraction, now: datetime) -> NewInteraction:
    """Trim its words and find its network, where the type belongs to one only.

    Raises:
        InteractionInvalid: it cannot be kept; ``field`` says what is wrong with it.
    """
    type_ = given.type.strip().upper().replace("-", "")
    if type_ not in TYPES:
        raise InteractionInvalid(field="type")
    clean = replace(
        given,
        type=type_,
        network=_network(given.network.strip().upper(), type_),
        reference=_trimmed(given.reference),
        sender=_trimmed(given.sender),
        receiver=_trimmed(given.receiver),
        subject=_trimmed(given.subject),
        delivery_status=_trimmed(given.delivery_status).upper(),
        survey_name=_trimmed(given.survey_name),
        sent_by=_trimmed(given.sent_by),
        response_url=_trimmed(given.response_url),
    )
    for name, longest in _LENGTHS.items():
        text = getattr(clean, name)
        if len(text) > longest or not is_writable(text):
            raise InteractionInvalid(field=name)
    # Clocks differ; what lies a day ahead is a slip.
    if clean.happened_at > now + timedelta(days=1):
        raise InteractionInvalid(field="happened_at")
    if not 1 <= clean.times <= MOST_TIMES:
        raise InteractionInvalid(field="times")
    _check_belonging(clean)
    _check_place(clean)
    _check_survey(clean)
    return clean


def _trimmed(text: str) -> str:
    return " ".join(text.split())


def _network(network: str, type_: str) -> str:
    if not network:
        having = [name for name, types in NETWORKS.items() if type_ in types]
        network = having[0] if len(having) == 1 else ""
    if network not in NETWORKS:
        raise InteractionInvalid(field="network")
    if type_ not in NETWORKS[network]:
        raise InteractionInvalid(field="type")
    return network


def _check_belonging(clean: NewInteraction) -> None:
    """Refuse words that only interactions of other types have."""
    foreign = (
        (_PLACE, clean.type == CHECKIN),
        (_MESSAGE, clean.type in MESSAGES),
        (_SURVEY, clean.type == SURVEY),
    )
    for names, belongs in foreign:
        for name in names:
            if not belongs and getattr(clean, name) not in ("", None):
                raise InteractionInvalid(field=name)


def _check_place(clean: NewInteraction) -> None:
    if (clean.latitude is None) != (clean.longitude is None):
        raise InteractionInvalid(field="latitude" if clean.latitude is None else "longitude")
    for name, most in (("latitude", 90), ("longitude", 180)):
        degrees = getattr(clean, name)
        if degrees is not None and not (math.isfinite(degrees) and abs(degrees) <= most):
            raise InteractionInvalid(field=name)


def _check_survey(clean: NewInteraction) -> None:
    if clean.type != SURVEY:
        return
    if not clean.survey_name:
        raise InteractionInvalid(field="survey_name")
    if clean.nps_score is not None and not 0 <= clean.nps_score <= 10:
        raise InteractionInvalid(field="nps_score")
    # It is shown as a link: anything else could be a script.
    if clean.response_url and not clean.response_url.startswith(("https://", "http://")):
        raise InteractionInvalid(field="response_url")
