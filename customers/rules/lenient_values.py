"""Leaving out invalid values of a customer who is registered along with another one."""

from dataclasses import replace

from crm.kernel.errors import DomainError, Notice
from customers.rules.identifiers import IdentitySettings, normalise_keys
from customers.rules.registration import ProfileEntry, Registration, normalise_profile


def drop_unreadable(
    registration: Registration, identity_settings: IdentitySettings
) -> tuple[Registration, list[Notice]]:
    """Return the registration without invalid identifiers and channels, and a notice for each.

    If no identifier would be left, the registration is returned unchanged, so it will be refused.
    """
    notices: list[Notice] = []
    profiles = [
        _drop_unreadable_in_profile(profile, identity_settings, notices)
        for profile in registration.profiles
    ]
    if not any(profile.identifiers or profile.cards for profile in profiles):
        return registration, []
    return replace(registration, profiles=profiles), notices


def _drop_unreadable_in_profile(
    profile: ProfileEntry, identity_settings: IdentitySettings, notices: list[Notice]
) -> ProfileEntry:
    identifiers = []
    for pair in profile.identifiers:
        try:
            normalise_keys([pair], identity_settings)
        except DomainError as refusal:
            notices.append(Notice(refusal.code, **refusal.facts))
        else:
            identifiers.append(pair)
    channels = []
    for channel in profile.channels:
        single_channel_profile = ProfileEntry(
            source_account_id=profile.source_account_id, channels=[channel]
        )
        try:
            normalise_profile(single_channel_profile, identity_settings, [])
        except DomainError as refusal:
            notices.append(Notice(refusal.code, **refusal.facts))
        else:
            channels.append(channel)
    return replace(profile, identifiers=identifiers, channels=channels)
