"""How much memory a process holds at most."""

import resource
import sys


def peak_mb() -> float:
    """Of this process since it began."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
