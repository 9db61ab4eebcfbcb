"""The only module that reads environment variables. An invalid value stops the program."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()

# Files that the program writes: the SQLite file, media, temporary uploads, the secret key.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# The demo has published passwords, so it must be enabled explicitly.
CRM_DEMO: bool = env.bool("CRM_DEMO", default=False)


def read_positive(name: str, default: int) -> int:
    """Read a whole number above zero; an invalid one stops the program."""
    number = env.int(name, default=default)
    if number < 1:
        raise ImproperlyConfigured(f"{name} must be at least 1, not {number}")
    return number


WEB_THREADS = read_positive("WEB_THREADS", 4)


def bind_address() -> str:
    """Return the address of the web server, as host:port."""
    port = env.int("PORT", default=8000)
    if not 0 < port < 65536:
        raise ImproperlyConfigured(f"PORT must be between 1 and 65535, not {port}")
    host = env.str("BIND", default="127.0.0.1")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def working_directory(name: str) -> Path:
    """Return a directory under var/, created if missing."""
    directory = VAR_DIR / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def media_storage() -> dict[str, Any]:
    """Return the storage of pictures: a local directory, or any Django storage backend.

    MEDIA_STORAGE is the dotted path of a backend, MEDIA_STORAGE_OPTIONS its options as JSON.
    """
    options = env.json("MEDIA_STORAGE_OPTIONS", default={})
    if not isinstance(options, dict):
        raise ImproperlyConfigured("MEDIA_STORAGE_OPTIONS must be a JSON object")
    backend = env.str("MEDIA_STORAGE", default="django.core.files.storage.FileSystemStorage")
    return {"BACKEND": backend, "OPTIONS": options}


def get_or_make_secret_key() -> str:
    """Return SECRET_KEY, or a generated one stored in var/, readable by its owner only.

    For development and the demo. Production requires its own.
    """
    if configured_key := env.str("SECRET_KEY", default=""):
        return configured_key
    key_file = VAR_DIR / "secret-key"
    key_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: if the web server and the worker start together, only one creates the file.
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret_key(key_file)
    with os.fdopen(handle, "w") as file:
        file.write(get_random_secret_key() + "\n")
    return _read_secret_key(key_file)


def _read_secret_key(key_file: Path) -> str:
    key = key_file.read_text().strip()
    if not key:
        raise ImproperlyConfigured(f"{key_file} is empty: delete it and start again")
    return key
