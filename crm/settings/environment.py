"""The one place that reads the environment. A value that cannot be read stops the program."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()

# What the running program writes: the SQLite file, media, uploads on their way, the demo's secret.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# The demo loads made-up people with published passwords, so it must be asked for by name.
CRM_DEMO: bool = env.bool("CRM_DEMO", default=False)


def positive(name: str, default: int) -> int:
    """A whole number above zero, or the program does not start."""
    number = env.int(name, default=default)
    if number < 1:
        raise ImproperlyConfigured(f"{name} must be at least 1, not {number}")
    return number


WEB_THREADS = positive("WEB_THREADS", 4)


def bind_address() -> str:
    """Where the web server listens, as host:port."""
    port = env.int("PORT", default=8000)
    if not 0 < port < 65536:
        raise ImproperlyConfigured(f"PORT must be between 1 and 65535, not {port}")
    host = env.str("BIND", default="127.0.0.1")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def working_directory(name: str) -> Path:
    """A directory under var/ that is there when Django asks for it."""
    directory = VAR_DIR / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def media_storage() -> dict[str, Any]:
    """Where pictures are kept: a folder of this machine, or what Django's STORAGES calls a backend.

    MEDIA_STORAGE is the dotted path of a backend, MEDIA_STORAGE_OPTIONS its options as JSON.
    """
    options = env.json("MEDIA_STORAGE_OPTIONS", default={})
    if not isinstance(options, dict):
        raise ImproperlyConfigured("MEDIA_STORAGE_OPTIONS must be a JSON object")
    backend = env.str("MEDIA_STORAGE", default="django.core.files.storage.FileSystemStorage")
    return {"BACKEND": backend, "OPTIONS": options}


def kept_secret_key() -> str:
    """SECRET_KEY, or one made up on first use and kept in var/, readable by its owner only.

    For one machine without an administrator. Production asks for its own.
    """
    if given := env.str("SECRET_KEY", default=""):
        return given
    kept = VAR_DIR / "secret-key"
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: the web server and the worker may start together, and one of them must win.
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _settled(kept)
    with os.fdopen(handle, "w") as file:
        file.write(get_random_secret_key() + "\n")
    return _settled(kept)


def _settled(kept: Path) -> str:
    key = kept.read_text().strip()
    if not key:
        raise ImproperlyConfigured(f"{kept} is empty: delete it and start again")
    return key
