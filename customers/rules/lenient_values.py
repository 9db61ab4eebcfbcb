"""Passing over what cannot be read of somebody who comes along with somebody else."""

from dataclasses import replace

from crm.kernel.errors import DomainError, Notice
from customers.rules.registration import (
    ProfileEntry,
    Registration,
    Standards,
    normalise_keys,
    normalise_profile,
)


def readable(given: Registration, standards: Standards) -> tuple[Registration, list[Notice]]:
    """Leave out identifiers and channels that cannot be read, and say which.

    Whoever would be left without any identifier stays as given, to be refused for it.
    """
    notices: list[Notice] = []
    profiles = [_readable_profile(profile, standards, notices) for profile in given.profiles]
    if not any(profile.identifiers or profile.cards for profile in profiles):
        return given, []
    return replace(given, profiles=profiles), notices


def _readable_profile(
    given: ProfileEntry, standards: Standards, notices: list[Notice]
) -> ProfileEntry:
    identifiers = []
    for pair in given.identifiers:
        try:
            normalise_keys([pair], standards)
        except DomainError as refusal:
            notices.append(Notice(refusal.code, **refusal.facts))
        else:
            identifiers.append(pair)
    channels = []
    for channel in given.channels:
        alone = ProfileEntry(source_account_id=given.source_account_id, channels=[channel])
        try:
            normalise_profile(alone, standards, [])
        except DomainError as refusal:
            notices.append(Notice(refusal.code, **refusal.facts))
        else:
            channels.append(channel)
    return replace(given, identifiers=identifiers, channels=channels)
