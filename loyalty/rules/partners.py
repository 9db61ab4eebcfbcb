"""Memberships in partners' programs: what can be linked, updated and unlinked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from customers.rules.text import fold_name, is_writable, sanitize
from loyalty import errors

MAX_MEMBERSHIP_ID_LENGTH = 100
UPGRADE, DOWNGRADE, RENEWAL, TIER_UPDATE = "UPGRADE", "DOWNGRADE", "RENEWAL", "TIER_UPDATE"
UPDATE_TYPES = (UPGRADE, DOWNGRADE, RENEWAL, TIER_UPDATE)
_OTHER_NAMES = {"": TIER_UPDATE, "RENEW": RENEWAL, "UPDATE": TIER_UPDATE}


@dataclass(frozen=True, slots=True)
class PartnerTierStep:
    """A tier of a partner's program; serial 1 is the lowest."""

    id: int
    serial: int
    name: str


@dataclass(frozen=True, slots=True)
class PartnerRules:
    """A partner's program, the program it is linked to, and its tiers."""

    id: int
    program_id: int
    name: str
    is_tier_based: bool
    is_active: bool
    tiers: tuple[PartnerTierStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerLink:
    """A request to link a customer to a partner's program under the partner's number.

    ``program_id`` tells partner programs of one name apart. ``linked_at`` None is now.
    """

    customer_id: int
    partner_name: str
    program_id: int | None = None
    membership_id: str
    tier_name: str = ""
    tier_expires_at: datetime | None = None
    linked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerUpdate:
    """A request to give a linked customer another tier, or another end of the tier."""

    customer_id: int
    partner_name: str
    program_id: int | None = None
    update_type: str = TIER_UPDATE
    tier_name: str = ""
    tier_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerUnlink:
    """A request to unlink a customer from a partner's program."""

    customer_id: int
    partner_name: str
    program_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PartnerTierState:
    """The tier of a membership and its end; both None in a program without tiers."""

    tier: PartnerTierStep | None = None
    expires_at: datetime | None = None


def find_partner(
    partners: Collection[PartnerRules], *, name: str, program_id: int | None
) -> PartnerRules:
    """Return the partner's program of this name; case matters only where two differ by it.

    Raises:
        PartnerProgramUnknown: there is none.
        PartnerProgramAmbiguous: several programs have one of this name.
    """
    folded, exact = fold_name(name), name.strip()
    found = [
        partner
        for partner in partners
        if fold_name(partner.name) == folded and program_id in (None, partner.program_id)
    ]
    found = [partner for partner in found if partner.name == exact] or found
    if not folded or not found:
        raise errors.PartnerProgramUnknown(name=sanitize(name))
    if len(found) > 1:
        raise errors.PartnerProgramAmbiguous(name=sanitize(name))
    return found[0]


def check_partner_is_active(partner: PartnerRules) -> None:
    """Refuse a partner's program that was switched off.

    Raises:
        PartnerProgramInactive: it was.
    """
    if not partner.is_active:
        raise errors.PartnerProgramInactive(name=partner.name)


def clean_membership_id(raw: str) -> str:
    """Return the trimmed membership id.

    Raises:
        PartnerMembershipIdInvalid: it is missing, too long, or cannot be stored.
    """
    membership_id = raw.strip()
    if (
        not membership_id
        or len(membership_id) > MAX_MEMBERSHIP_ID_LENGTH
        or not is_writable(membership_id)
    ):
        raise errors.PartnerMembershipIdInvalid()
    return membership_id


def clean_link_date(linked_at: datetime | None, *, now: datetime) -> datetime:
    """Return when the customer was linked: now, unless an earlier time is given.

    Raises:
        PartnerDateInvalid: the time is in the future.
    """
    if linked_at is not None and linked_at > now:
        raise errors.PartnerDateInvalid(field="linkDate")
    return linked_at or now


def decide_tier(
    partner: PartnerRules, *, tier_name: str, expires_at: datetime | None, now: datetime
) -> PartnerTierState:
    """Return the tier of a new link.

    Raises:
        PartnerTierMissing: a tier-based program needs a tier.
        PartnerTierUnknown: the program has no tier of this name.
        PartnerDateInvalid: a tier needs an end, which lies in the future.
    """
    if not tier_name.strip():
        if partner.is_tier_based:
            raise errors.PartnerTierMissing(name=partner.name)
        if expires_at is not None:
            raise errors.PartnerDateInvalid(field="tierExpiryDate")
        return PartnerTierState()
    tier = _find_tier(partner, tier_name)
    if expires_at is None or expires_at <= now:
        raise errors.PartnerDateInvalid(field="tierExpiryDate")
    return PartnerTierState(tier, expires_at)


def decide_update(
    partner: PartnerRules, current: PartnerTierState, request: PartnerUpdate, *, now: datetime
) -> PartnerTierState | None:
    """Return the new tier of a membership, or None if it is as requested already.

    A renewal keeps the tier, and its end is later than the present one. TIER_UPDATE is any of the
    types. Without a name the tier stays.

    Raises:
        PartnerUpdateTypeInvalid: there is no such type.
        PartnerUpdateMismatch: the tier is no upgrade, downgrade or renewal of the present one.
        PartnerTierMissing, PartnerTierUnknown, PartnerDateInvalid: as for ``decide_tier``.
    """
    update_type = _clean_update_type(request.update_type)
    named = request.tier_name
    if not named.strip() and update_type in (RENEWAL, TIER_UPDATE) and current.tier:
        named = current.tier.name
    if not named.strip():
        raise errors.PartnerTierMissing(name=partner.name)
    new_state = PartnerTierState(_find_tier(partner, named), request.tier_expires_at)
    if new_state == current:
        return None
    state = decide_tier(partner, tier_name=named, expires_at=request.tier_expires_at, now=now)
    if not _is_of_type(update_type, current, state):
        raise errors.PartnerUpdateMismatch(
            tier=state.tier.name if state.tier else "", type=update_type
        )
    return state


def _find_tier(partner: PartnerRules, name: str) -> PartnerTierStep:
    folded, exact = fold_name(name), name.strip()
    found = [tier for tier in partner.tiers if fold_name(tier.name) == folded]
    found = [tier for tier in found if tier.name == exact] or found
    if not found:
        raise errors.PartnerTierUnknown(name=partner.name, tier=sanitize(name))
    return found[0]


def _clean_update_type(raw: str) -> str:
    name = raw.strip().upper()
    update_type = _OTHER_NAMES.get(name, name)
    if update_type not in UPDATE_TYPES:
        raise errors.PartnerUpdateTypeInvalid(type=sanitize(raw))
    return update_type


def _is_of_type(update_type: str, current: PartnerTierState, new_state: PartnerTierState) -> bool:
    before = current.tier.serial if current.tier else 0
    after = new_state.tier.serial if new_state.tier else 0
    if update_type == UPGRADE:
        return after > before
    if update_type == DOWNGRADE:
        return after < before
    if update_type == RENEWAL:
        return after == before and _is_later(new_state.expires_at, current.expires_at)
    return True


def _is_later(new_state: datetime | None, current: datetime | None) -> bool:
    return new_state is not None and (current is None or new_state > current)


def list_tier_names(tiers: Iterable[PartnerTierStep]) -> list[str]:
    """Return the names of the tiers, lowest first."""
    return [tier.name for tier in sorted(tiers, key=lambda tier: tier.serial)]
