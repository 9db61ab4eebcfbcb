"""Authenticate callers: the secret is hashed once, then the result is cached for a few minutes.

A slow hash on every request would cost a hundred times as much as the request. The cache holds a
keyed digest of the credential's row and the secret, so it reveals nothing, and a changed or
disabled credential is rejected at once: its row is read each time and no longer gives the digest.

Each process has a cache of its own first, so that a busy till needs no lookup in the shared cache.
"""

import hashlib
import hmac
import ipaddress
import time
from functools import cache as keep

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache

from crm.kernel.text import unify
from crm.tenancy.errors import CredentialRefused, LogInGuessed
from crm.tenancy.models import Credential
from crm.tenancy.queries.credentials import find_credential
from crm.tenancy.rules.secrets import digest_password, list_possible_digests

CACHE_SECONDS = 300  # seconds
PROCESS_CACHE_SECONDS = 60.0  # seconds in the process, before the shared cache is checked again
MAX_PROCESS_ENTRIES = 10_000
MAX_INPUT_LENGTH = 200  # characters of a log-in or secret; a hasher must not be fed a megabyte

WINDOW_SECONDS = 60  # seconds
MAX_FAILURES_PER_LOGIN = 10
# Many tills may share an address, so one with a wrong secret must not lock out the others.
MAX_FAILURES_PER_ADDRESS = 100

# By digest: until when.
_valid_until: dict[str, float] = {}


def log_in(*, kind: str, login: str, secret: str, address: str) -> Credential:
    """Return the active credential with this log-in and secret; the secret may be its MD5.

    An unknown or disabled log-in costs as many runs of the hasher as a wrong secret.

    Raises:
        CredentialRefused: there is no such log-in, it is not active, or the secret is wrong.
        LogInGuessed: there were too many wrong ones from this address within a minute.
    """
    if not _is_plausible(login) or not _is_plausible(secret):
        raise CredentialRefused()
    login = unify(login)
    credential = find_credential(kind=kind, login=login)
    if credential and _is_remembered(_build_cache_key(credential, secret)):
        return credential
    # A cached log-in is not blocked by wrong secrets from the same address; all others are.
    _refuse_after_failures(login, address)
    # Made for a known log-in too: the first one of a process would otherwise take twice as long
    # when it is unknown.
    dummy_hash = _make_dummy_hash()
    is_right = _matches_secret(secret, credential.secret if credential else dummy_hash)
    if credential and is_right:
        _remember(_build_cache_key(credential, secret))
        return credential
    _count_failure(login, address)
    raise CredentialRefused()


def _is_plausible(text: str) -> bool:
    # PostgreSQL takes no NUL, and no encoding takes half a surrogate pair.
    if not 0 < len(text) <= MAX_INPUT_LENGTH or "\0" in text:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _matches_secret(secret: str, stored: str) -> bool:
    # Check all of them: stopping at the first match would reveal by its time which one matched.
    matches = [check_password(candidate, stored) for candidate in list_possible_digests(secret)]
    return True in matches


@keep
def _make_dummy_hash() -> str:
    return make_password(digest_password("nobody's"))


def _build_cache_key(credential: Credential, secret: str) -> str:
    text = "\0".join([str(credential.pk), str(credential.generation), credential.secret, secret])
    return "log-in." + _sign(text)


def _is_remembered(cache_key: str) -> bool:
    now = time.monotonic()
    if _valid_until.get(cache_key, 0.0) > now:
        return True
    if not cache.get(cache_key):
        return False
    _remember_in_process(cache_key, now)
    return True


def _remember(cache_key: str) -> None:
    cache.set(cache_key, True, CACHE_SECONDS)
    # While the shared cache is away, each process has to know by itself.
    _remember_in_process(cache_key, time.monotonic())


def _remember_in_process(cache_key: str, now: float) -> None:
    if len(_valid_until) >= MAX_PROCESS_ENTRIES:
        _valid_until.clear()
    _valid_until[cache_key] = now + PROCESS_CACHE_SECONDS


def _sign(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _refuse_after_failures(login: str, address: str) -> None:
    now = time.time()
    by_login, by_address = _build_counter_keys(login, address, now)
    failures = cache.get_many([by_login, by_address])
    if (
        failures.get(by_login, 0) >= MAX_FAILURES_PER_LOGIN
        or failures.get(by_address, 0) >= MAX_FAILURES_PER_ADDRESS
    ):
        raise LogInGuessed(seconds=WINDOW_SECONDS - int(now) % WINDOW_SECONDS)


def _count_failure(login: str, address: str) -> None:
    for counter in _build_counter_keys(login, address, time.time()):
        cache.add(counter, 0, WINDOW_SECONDS)
        try:
            cache.incr(counter)
        except ValueError:
            # The minute ended between the two lines, and the count expired.
            continue


def _build_counter_keys(login: str, address: str, now: float) -> tuple[str, str]:
    # The minute is part of the key, because some caches extend the expiry on increment.
    minute, network = int(now) // WINDOW_SECONDS, _get_network(address)
    return (
        "log-in.failed." + _sign(f"{minute}\0{network}\0{login}"),
        "log-in.failed." + _sign(f"{minute}\0{network}"),
    )


def _get_network(address: str) -> str:
    """Return the network of one caller: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
