"""The secrets of one installation: made once, kept in the data folder for its owner's eyes alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gridgis.config import Config
from gridgis.errors import Unavailable


def admin_token(config: Config) -> str:
    """Return the token that allows writes: the one in the settings, else the one made at set-up."""
    return config.admin_token or _kept(config.data_dir, "admin_token")


def session_key(config: Config) -> str:
    """Return the key that signs browser sessions; a new one ends every session."""
    return _kept(config.data_dir, "session_key")


def code_key(config: Config) -> str:
    """Return the key that encrypts the secrets of one-time codes; without it all are set up anew."""
    return _kept(config.data_dir, "code_key")


def _kept(data_dir: Path, name: str) -> str:
    """Return the secret called `name`, made at the first call.

    It is written beside its place and linked into it, so that two processes that start together agree
    on one, and none reads a half-written file.
    """
    folder = data_dir / "secrets"
    path = folder / name
    try:
        if not path.exists():
            data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            _create(path)
        return path.read_text().strip()
    except OSError as error:
        raise Unavailable(f"the secret {path} cannot be read or made: {error.strerror}") from error


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
