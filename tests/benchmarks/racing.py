"""Ours and the floor on one database, answering in turn."""

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
from tests.builders import PASSWORD, the_source_account

ROUNDS = int(os.environ.get("BENCHMARK_ROUNDS", "7"))
SECONDS = 1.0


@dataclass
class Pace:
    """What one server did in each round."""

    rates: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)


@contextmanager
def serve_both(
    credential: Credential, directory: Path, *, floor: str = "tests.benchmarks.floor"
) -> Iterator[dict[str, Server]]:
    """Serve ours as it runs in production, and the floor, for the credential's organization."""
    named = connection.settings_dict
    place = f"{named['HOST'] or '127.0.0.1'}:{named['PORT'] or 5432}/{named['NAME']}"
    url = f"postgres://{named['USER']}:{named['PASSWORD']}@{place}".replace(":@", "@")
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
            FLOOR_ACCOUNT=str(the_source_account().pk),
        ) as bare,
    ):
        yield {"ours": ours, "floor": bare}


def authorization(credential: Credential) -> str:
    """The header by which a till logs in."""
    said = base64.b64encode(f"{credential.login}:{PASSWORD}".encode()).decode()
    return f"Basic {said}"


def race(servers: dict[str, Server], tills: Tills, what: str, count: int) -> dict[str, Pace]:
    """Let both answer in turn, in many short rounds; the first warms up."""
    paces = {name: Pace() for name in servers}
    for turn in range(ROUNDS + 1):
        for name, server in servers.items():
            before = server.cpu_seconds()
            answered = tills.call(what, server.port, tills=count, seconds=SECONDS)
            if turn:
                used = server.cpu_seconds() - before
                paces[name].rates.append(answered / SECONDS)
                paces[name].cpu_milliseconds.append(used / answered * 1000)
    return paces


def report(what: str, count: int, paces: dict[str, Pace], goal: float | None) -> float:
    """Print how both did; return the rate of ours over that of the floor."""
    ours, floor = paces["ours"], paces["floor"]
    # Neighbours in time share their noise, so the rounds are compared before the median is taken.
    ratio = median(own / bare for own, bare in zip(ours.rates, floor.rates, strict=True))
    print(
        f"{what:<9} {count} at once   ours {median(ours.rates):7.0f}/s "
        f"{median(ours.cpu_milliseconds):6.2f} ms CPU   floor {median(floor.rates):7.0f}/s "
        f"{median(floor.cpu_milliseconds):6.2f} ms CPU   {ratio:5.2f} of the floor, "
        f"goal {goal or 'none'}"
    )
    return ratio
