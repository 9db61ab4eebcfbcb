"""Proving who calls: slow once, then remembered for a few minutes.

A slow hash on every request would cost a hundred times the request. What is remembered is a keyed
digest of the log-in's row and the secret given, so that nothing can be read off the cache, and a
changed or disabled log-in is forgotten at once: its row, which is read each time, no longer
gives the same digest.

Each process remembers by itself first, so that a till at work costs no look into the shared cache.
"""

import hashlib
import hmac
import ipaddress
import time
from functools import cache as keep

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache

from crm.tenancy.errors import CredentialRefused, LogInGuessed
from crm.tenancy.models import Credential
from crm.tenancy.queries.credentials import find_credential
from crm.tenancy.rules.secrets import digest, possible_digests

REMEMBERED_FOR = 300  # seconds
HELD_FOR = 60.0  # seconds, in the process; then the shared cache is asked again
MOST_HELD = 10_000
LONGEST = 200  # characters of a log-in or secret; a hasher must not be fed a megabyte

WINDOW = 60  # seconds
MOST_FAILURES_PER_LOG_IN = 10
# Many tills may share an address, so one that is set up wrong must not shut out the others.
MOST_FAILURES_PER_ADDRESS = 100

# By digest: until when.
_held: dict[str, float] = {}


def log_in(*, kind: str, login: str, secret: str, address: str) -> Credential:
    """Return the active log-in whose secret this is; the secret may be given as its MD5.

    An unknown log-in costs as much time as a wrong secret.

    Raises:
        CredentialRefused: there is no such log-in, it is not active, or the secret is wrong.
        LogInGuessed: there were too many wrong ones from this address within a minute.
    """
    if not _could_be(login) or not _could_be(secret):
        raise CredentialRefused()
    credential = find_credential(kind=kind, login=login)
    if credential and _is_remembered(_remembered_as(credential, secret)):
        return credential
    # Who is remembered gets past a guesser at the next till; all others wait with them.
    _refuse_a_guesser(login, address)
    if credential and _fits(secret, credential.secret):
        cache.set(_remembered_as(credential, secret), True, REMEMBERED_FOR)
        return credential
    if not credential:
        _fits(secret, _nobodys())
    _count_failure(login, address)
    raise CredentialRefused()


def _could_be(given: str) -> bool:
    # PostgreSQL takes no NUL, and no encoding takes half a surrogate pair.
    if not 0 < len(given) <= LONGEST or "\0" in given:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in given)


def _fits(secret: str, stored: str) -> bool:
    # All of them, always: stopping at the first that fits would tell which one did.
    fitting = [check_password(known, stored) for known in possible_digests(secret)]
    return True in fitting


@keep
def _nobodys() -> str:
    return make_password(digest("nobody's"))


def _remembered_as(credential: Credential, secret: str) -> str:
    said = "\0".join([str(credential.pk), str(credential.generation), credential.secret, secret])
    return "log-in." + _keyed(said)


def _is_remembered(name: str) -> bool:
    now = time.monotonic()
    if _held.get(name, 0.0) > now:
        return True
    if not cache.get(name):
        return False
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[name] = now + HELD_FOR
    return True


def _keyed(said: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()


def _refuse_a_guesser(login: str, address: str) -> None:
    now = time.time()
    by_login, by_address = _counters(login, address, now)
    counted = cache.get_many([by_login, by_address])
    if (
        counted.get(by_login, 0) >= MOST_FAILURES_PER_LOG_IN
        or counted.get(by_address, 0) >= MOST_FAILURES_PER_ADDRESS
    ):
        raise LogInGuessed(seconds=WINDOW - int(now) % WINDOW)


def _count_failure(login: str, address: str) -> None:
    for counter in _counters(login, address, time.time()):
        cache.add(counter, 0, WINDOW)
        try:
            cache.incr(counter)
        except ValueError:
            # The minute ended between the two lines, and with it the count.
            continue


def _counters(login: str, address: str, now: float) -> tuple[str, str]:
    # The minute is part of the name: not every cache keeps the end of a count that it raises.
    minute, place = int(now) // WINDOW, _network(address)
    return (
        "log-in.failed." + _keyed(f"{minute}\0{place}\0{login}"),
        "log-in.failed." + _keyed(f"{minute}\0{place}"),
    )


def _network(address: str) -> str:
    """Return what one caller can hardly leave: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
