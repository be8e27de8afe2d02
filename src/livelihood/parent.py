"""Processes that end with the one that started them, even when that is killed and can tell them nothing."""

import ctypes
import os
import signal
import sys

PARENT = "LIVELIHOOD_PARENT"
PR_SET_PDEATHSIG = 1


def announced() -> dict[str, str]:
    """The variable by which a child knows this process for its parent."""
    return {PARENT: str(os.getpid())}


def end_with_parent() -> None:
    """Have the kernel send SIGTERM when the announced parent is gone; without one, or without Linux, do nothing."""
    parent = os.environ.pop(PARENT, "")
    if parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):  # it was gone before we asked
            sys.exit(1)
