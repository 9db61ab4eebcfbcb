"""What the environment may say, and what it may not."""

import stat

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from environ import ImproperlyConfigured as NotReadable

from crm.settings import databases, environment


def test_without_a_word_rows_are_in_sqlite_under_var(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)

    database = databases.database()

    assert database["ENGINE"] == databases.SQLITE
    assert database["NAME"] == str(environment.VAR_DIR / "crm.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    ("size", "pool", "kept"),
    [("0", None, None), ("6", {"min_size": 1, "max_size": 6, "timeout": 10}, 0)],
)
def test_postgresql_keeps_connections_by_thread_or_in_a_pool(monkeypatch, size, pool, kept):
    monkeypatch.setenv("DATABASE_URL", "postgres://someone:secret@db.example:5433/crm")
    monkeypatch.setenv("DATABASE_POOL_SIZE", size)

    database = databases.database()

    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "crm")
    assert database["OPTIONS"].get("pool") == pool
    assert database["CONN_MAX_AGE"] == kept
    assert database["OPTIONS"]["prepare_threshold"] == 1


def test_another_kind_of_database_is_refused(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://someone@db.example/crm")

    with pytest.raises(ImproperlyConfigured):
        databases.database()


def test_redis_is_used_when_it_is_named(monkeypatch, settings):
    monkeypatch.setenv("CACHE_URL", "redis://127.0.0.1:6379/9")

    assert databases.cache() == {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:6379/9",
        "KEY_PREFIX": "crm",
    }


def test_without_a_word_the_cache_is_shared_by_processes(monkeypatch, settings, tmp_path):
    monkeypatch.delenv("CACHE_URL", raising=False)
    settings.CACHES = {"default": {**databases.cache(), "LOCATION": str(tmp_path)}}

    caches["default"].set("seen", 1)

    assert [path.suffix for path in tmp_path.iterdir()] == [".djcache"]
    assert caches.create_connection("default").get("seen") == 1


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1:81"), ("::1", "[::1]:81")])
def test_the_server_listens_where_it_is_told(monkeypatch, host, address):
    monkeypatch.setenv("BIND", host)
    monkeypatch.setenv("PORT", "81")

    assert environment.bind_address() == address


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(ImproperlyConfigured):
        environment.bind_address()


@pytest.mark.parametrize("workers", ["0", "-2"])
def test_a_count_below_one_is_refused(monkeypatch, workers):
    monkeypatch.setenv("WEB_WORKERS", workers)

    with pytest.raises(ImproperlyConfigured):
        environment.read_positive("WEB_WORKERS", 2)


def test_a_word_where_a_number_belongs_is_refused(monkeypatch):
    monkeypatch.setenv("WEB_WORKERS", "many")

    with pytest.raises((ValueError, NotReadable)):
        environment.read_positive("WEB_WORKERS", 2)


def test_the_demo_s_secret_is_made_once_and_is_its_owner_s(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VAR_DIR", tmp_path)
    monkeypatch.delenv("SECRET_KEY", raising=False)

    first, second = environment.get_or_make_secret_key(), environment.get_or_make_secret_key()

    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_an_empty_secret_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VAR_DIR", tmp_path)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (tmp_path / "secret-key").touch()

    with pytest.raises(ImproperlyConfigured):
        environment.get_or_make_secret_key()


def test_pictures_are_kept_in_a_folder_unless_a_storage_is_named(monkeypatch):
    monkeypatch.delenv("MEDIA_STORAGE", raising=False)
    assert environment.media_storage() == {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {},
    }

    monkeypatch.setenv("MEDIA_STORAGE", "storages.backends.s3.S3Storage")
    monkeypatch.setenv("MEDIA_STORAGE_OPTIONS", '{"bucket_name": "crm"}')

    assert environment.media_storage() == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "crm"},
    }


def test_options_of_a_storage_that_are_no_object_stop_the_program(monkeypatch):
    monkeypatch.setenv("MEDIA_STORAGE_OPTIONS", '["crm"]')

    with pytest.raises(ImproperlyConfigured, match="MEDIA_STORAGE_OPTIONS"):
        environment.media_storage()
