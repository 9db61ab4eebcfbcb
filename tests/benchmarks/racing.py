"""Runs our server and the floor on one database, in turns."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from django.db import connection

from crm.tenancy.models import Credential
from tests.benchmarks.serving import Server, Tills, serve
from tests.builders import PASSWORD, get_or_make_source_account

ROUNDS = int(os.environ.get("BENCHMARK_ROUNDS", "7"))
SECONDS = 1.0


@dataclass
class Pace:
    """The results of one server in each round."""

    rates: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)


@contextmanager
def serve_with_floor(
    credential: Credential, directory: Path, *, floor: str = "tests.benchmarks.floor"
) -> Iterator[dict[str, Server]]:
    """Start our server with production settings, and the floor, for the credential's org."""
    database = connection.settings_dict
    address = f"{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}/{database['NAME']}"
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{address}".replace(":@", "@")
    with (
        serve(
            "crm.wsgi",
            directory / "ours.log",
            *("-c", "crm/settings/gunicorn.py"),
            DJANGO_SETTINGS_MODULE="crm.settings.production",
            DATABASE_URL=url,
            SECRET_KEY="only-for-benchmarks-and-long-enough-to-satisfy-every-check-there-is",
            ALLOWED_HOSTS="localhost",
            SECURE_SSL_REDIRECT="0",
            RATE_LIMIT_PER_HOUR="10000000",
            VAR_DIR=str(directory),
        ) as ours,
        serve(
            floor,
            directory / "floor.log",
            FLOOR_DSN=url,
            FLOOR_ORG=str(credential.org_id),
            FLOOR_ACCOUNT=str(get_or_make_source_account().pk),
        ) as bare,
    ):
        yield {"ours": ours, "floor": bare}


def authorization(credential: Credential) -> str:
    """Return the Authorization header of a till."""
    token = base64.b64encode(f"{credential.login}:{PASSWORD}".encode()).decode()
    return f"Basic {token}"


def race(servers: dict[str, Server], tills: Tills, operation: str, count: int) -> dict[str, Pace]:
    """Call both servers in turns, in short rounds; the first is a warm-up."""
    paces = {name: Pace() for name in servers}
    for turn in range(ROUNDS + 1):
        for name, server in servers.items():
            before = server.cpu_seconds()
            answered = tills.call(operation, server.port, tills=count, seconds=SECONDS)
            if turn:
                cpu_seconds = server.cpu_seconds() - before
                paces[name].rates.append(answered / SECONDS)
                paces[name].cpu_milliseconds.append(cpu_seconds / answered * 1000)
    return paces


def report(operation: str, count: int, paces: dict[str, Pace], goal: float | None) -> float:
    """Print the results; return our rate divided by that of the floor."""
    ours, floor = paces["ours"], paces["floor"]
    # Adjacent rounds share their noise, so each pair is compared before taking the median.
    ratio = median(
        our_rate / floor_rate for our_rate, floor_rate in zip(ours.rates, floor.rates, strict=True)
    )
    print(
        f"{operation:<9} {count} at once   ours {median(ours.rates):7.0f}/s "
        f"{median(ours.cpu_milliseconds):6.2f} ms CPU   floor {median(floor.rates):7.0f}/s "
        f"{median(floor.cpu_milliseconds):6.2f} ms CPU   {ratio:5.2f} of the floor, "
        f"goal {goal or 'none'}"
    )
    return ratio
