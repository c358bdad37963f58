import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """A secret made once and kept beside the data, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii")
