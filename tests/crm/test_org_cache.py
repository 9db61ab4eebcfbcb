"""The cached configuration of an organization ..."""

import pytest
from django.core.cache import cache
from django.db import connection

from crm.kernel import org_cache
from crm.kernel.org_cache import forget, get_or_load
from crm.kernel.transactions import unit_of_work

KIND, ORG = "fields", 1

pytestmark = pytest.mark.django_db


class Rows:
    """Rows of the database, which count how often they are loaded."""

    def __init__(self, value="old"):
        self.value, self.loads = value, 0

    def load(self):
        self.loads += 1
        return self.value

    def read(self):
        return get_or_load(KIND, ORG, self.load)


@pytest.fixture
def versions_asked(monkeypatch):
    """The versions that the shared cache was asked for."""
    asked = []
    get_or_set = cache.get_or_set
    monkeypatch.setattr(
        cache, "get_or_set", lambda key, *a: asked.append(key) or get_or_set(key, *a)
    )
    return asked


def change_in_another_process(rows, value):
    rows.value = value
    cache.set(org_cache._build_version_key((KIND, ORG)), "changed", None)


def test_asks_the_shared_cache_once_for_a_thousand_uses(versions_asked):
    rows = Rows()

    assert {rows.read() for _ in range(1_000)} == {"old"}

    assert (rows.loads, len(versions_asked)) == (1, 1)


def test_is_changed_by_another_process_within_a_moment(monkeypatch):
    rows = Rows()
    rows.read()
    change_in_another_process(rows, "new")
    assert org_cache.CHECK_INTERVAL < 1

    monkeypatch.setattr(org_cache, "CHECK_INTERVAL", 0)

    assert rows.read() == "new"


def test_stays_the_same_to_the_end_of_a_unit_and_is_new_in_the_next(versions_asked, monkeypatch):
    monkeypatch.setattr(org_cache, "CHECK_INTERVAL", 0)
    rows = Rows()

    def read_twice():
        first = rows.read()
        change_in_another_process(rows, "new")
        return first, rows.read()

    assert unit_of_work(read_twice)() == ("old", "old")
    assert len(versions_asked) == 1
    assert unit_of_work(read_twice)() == ("new", "new")


def test_is_seen_at_once_by_the_unit_that_changes_it():
    rows = Rows()

    def change():
        before = rows.read()
        rows.value = "new"
        forget(KIND, ORG)
        return before, rows.read()

    assert unit_of_work(change)() == ("old", "new")
    assert rows.read() == "new"


def test_is_as_before_when_the_unit_that_changes_it_fails():
    rows = Rows()
    rows.read()

    def change_and_fail():
        rows.value = "new"
        forget(KIND, ORG)
        assert rows.read() == "new"
        # What the rollback does to the rows.
        rows.value = "old"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        unit_of_work(change_and_fail)()

    assert rows.read() == "old"


@pytest.mark.django_db(transaction=True)
def test_is_forgotten_again_after_the_commit():
    rows = Rows()

    def change():
        forget(KIND, ORG)
        # Another thread loads the old rows before the commit.
        org_cache._get_or_load(KIND, ORG, rows.load)
        rows.value = "new"
        assert connection.in_atomic_block

    unit_of_work(change)()

    assert rows.read() == "new"
