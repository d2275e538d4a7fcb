"""The instance's secrets: made once, kept with the data, readable by their owner alone.

`python -m aura.keys` makes what is missing. `secret_key` signs sessions and links; `secret_keys` (one a line, the
first encrypts) seals the credentials of channels.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def data_dir() -> Path:
    """Return the folder of database, media, keys and temporary files: `AURA_DATA_DIR`, else ./var."""
    return Path(
        os.environ.get("AURA_DATA_DIR", "").strip() or Path(__file__).resolve().parent.parent / "var"
    ).resolve()


def read(name: str) -> str:
    """Return the content of the key file `name`, or an empty string when there is none."""
    path = data_dir() / name
    return path.read_text().strip() if path.exists() else ""


def _make(name: str, value: str) -> None:
    path = data_dir() / name
    if path.exists():
        return
    # Whole or not at all: written beside, then linked, which fails when another start was faster.
    part = path.with_name(f".{name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def make_missing() -> None:
    """Make the data folder, its tmp and the key files that are not there yet; never touch those that are."""
    (data_dir() / "tmp").mkdir(parents=True, exist_ok=True, mode=0o750)
    _make("secret_key", secrets.token_urlsafe(48))
    _make("secret_keys", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


if __name__ == "__main__":
    make_missing()
