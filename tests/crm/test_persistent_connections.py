"""A connection that is kept between requests ..."""

from itertools import count

import pytest
from django.db import connection

from crm.ops.postgresql import base

pytestmark = [pytest.mark.races, pytest.mark.django_db]  # PostgreSQL only


@pytest.fixture
def kept():
    """A connection of our own, as a web thread has one."""
    made = connection.copy()
    made.settings_dict = {**made.settings_dict, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": None}
    answer(made)
    yield made
    made.close()


def answer(made):
    """Do what one request does with it; return who answered at the other end."""
    made.close_if_unusable_or_obsolete()
    with made.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def count_health_checks(call):
    """What the call asks the database about the connection alone."""
    statements = []
    really = base.DatabaseWrapper.is_usable

    def is_usable(made):
        statements.append("SELECT 1")
        return really(made)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base.DatabaseWrapper, "is_usable", is_usable)
        call()
    return statements


def test_is_not_asked_whether_it_lives(kept):
    first = answer(kept)

    assert count_health_checks(lambda: answer(kept)) == []
    assert answer(kept) == first


def test_is_replaced_when_the_database_ended_it(kept):
    first = answer(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    assert answer(kept) != first


def test_is_replaced_when_we_closed_it(kept):
    first = answer(kept)
    kept.connection.close()

    assert answer(kept) != first


def test_is_asked_after_a_long_silence(kept, monkeypatch):
    answer(kept)
    hours = count(kept._used_at + 3600, 3600)
    monkeypatch.setattr(base.time, "monotonic", lambda: next(hours))

    assert count_health_checks(lambda: answer(kept)) == ["SELECT 1"]
