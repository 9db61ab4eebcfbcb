"""Interactions with customers: their networks, types and fields."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from customers.errors import InteractionInvalid
from customers.rules.text import is_writable

FACEBOOK, TWITTER, FOURSQUARE, CAPILLARY = "FACEBOOK", "TWITTER", "FOURSQUARE", "CAPILLARY"
CHECKIN, SURVEY = "CHECKIN", "SURVEY"
MESSAGES = ("EMAIL", "EMAILBULK", "SMS", "CALL")
# The last network stands for the retailer's own messages and surveys.
NETWORKS: Mapping[str, Sequence[str]] = {
    FACEBOOK: (CHECKIN, "LIKE", "COMMENT"),
    TWITTER: ("TWEET", "RETWEET", "MENTION"),
    FOURSQUARE: (CHECKIN,),
    CAPILLARY: (*MESSAGES, SURVEY, "FEEDBACK"),
}
TYPES = tuple(dict.fromkeys(kind for kinds in NETWORKS.values() for kind in kinds))

MAX_TIMES = 1_000_000
MAX_ADDRESS_LENGTH = 254
MAX_TEXT_LENGTH = 255
MAX_URL_LENGTH = 500
MAX_STATUS_LENGTH = 20
MAX_REFERENCE_LENGTH = 100

_LOCATION_FIELDS = ("latitude", "longitude")
_MESSAGE_FIELDS = ("sender", "receiver", "subject", "delivered_at", "delivery_status")
_SURVEY_FIELDS = ("survey_name", "nps_score", "sent_by", "response_url", "completed_at")
_MAX_LENGTHS = {
    "sender": MAX_ADDRESS_LENGTH,
    "receiver": MAX_ADDRESS_LENGTH,
    "subject": MAX_TEXT_LENGTH,
    "delivery_status": MAX_STATUS_LENGTH,
    "survey_name": MAX_TEXT_LENGTH,
    "sent_by": MAX_TEXT_LENGTH,
    "response_url": MAX_URL_LENGTH,
    "reference": MAX_REFERENCE_LENGTH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInteraction:
    """An interaction of a customer on a network, which happened once or ``times`` times.

    ``happened_at`` is when a message or survey was sent. ``reference`` is the caller's own key: an
    interaction with the same reference is recorded once. A check-in may have a location. The
    fields of messages and surveys are for those types only.
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


# The fields of an interaction, in the order of the columns.
FIELD_NAMES = tuple(field.name for field in fields(NewInteraction))


def clean_interaction(interaction: NewInteraction, now: datetime) -> NewInteraction:
    """Return the interaction with trimmed texts, and its network if the type has only one.

    Raises:
        InteractionInvalid: a field is not valid (fact: ``field``).
    """
    type_ = interaction.type.strip().upper().replace("-", "")
    if type_ not in TYPES:
        raise InteractionInvalid(field="type")
    clean = replace(
        interaction,
        type=type_,
        network=_find_network(interaction.network.strip().upper(), type_),
        reference=_collapse_spaces(interaction.reference),
        sender=_collapse_spaces(interaction.sender),
        receiver=_collapse_spaces(interaction.receiver),
        subject=_collapse_spaces(interaction.subject),
        delivery_status=_collapse_spaces(interaction.delivery_status).upper(),
        survey_name=_collapse_spaces(interaction.survey_name),
        sent_by=_collapse_spaces(interaction.sent_by),
        response_url=_collapse_spaces(interaction.response_url),
    )
    for name, max_length in _MAX_LENGTHS.items():
        text = getattr(clean, name)
        if len(text) > max_length or not is_writable(text):
            raise InteractionInvalid(field=name)
    # Clocks differ, but more than a day ahead is a mistake.
    if clean.happened_at > now + timedelta(days=1):
        raise InteractionInvalid(field="happened_at")
    if not 1 <= clean.times <= MAX_TIMES:
        raise InteractionInvalid(field="times")
    _check_fields_of_type(clean)
    _check_location(clean)
    _check_survey(clean)
    return clean


def _collapse_spaces(text: str) -> str:
    return " ".join(text.split())


def _find_network(network: str, type_: str) -> str:
    if not network:
        candidates = [name for name, types in NETWORKS.items() if type_ in types]
        network = candidates[0] if len(candidates) == 1 else ""
    if network not in NETWORKS:
        raise InteractionInvalid(field="network")
    if type_ not in NETWORKS[network]:
        raise InteractionInvalid(field="type")
    return network


def _check_fields_of_type(clean: NewInteraction) -> None:
    """Refuse fields that belong to other types."""
    groups = (
        (_LOCATION_FIELDS, clean.type == CHECKIN),
        (_MESSAGE_FIELDS, clean.type in MESSAGES),
        (_SURVEY_FIELDS, clean.type == SURVEY),
    )
    for names, is_allowed in groups:
        for name in names:
            if not is_allowed and getattr(clean, name) not in ("", None):
                raise InteractionInvalid(field=name)


def _check_location(clean: NewInteraction) -> None:
    if (clean.latitude is None) != (clean.longitude is None):
        raise InteractionInvalid(field="latitude" if clean.latitude is None else "longitude")
    for name, limit in (("latitude", 90), ("longitude", 180)):
        degrees = getattr(clean, name)
        if degrees is not None and not (math.isfinite(degrees) and abs(degrees) <= limit):
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
