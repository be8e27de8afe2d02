"""`python -m benchmarks.serving MODULE:APP PORT`: serve it as `livelihood serve` does."""

import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from livelihood.parent import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    Granian(
        sys.argv[1],
        address="127.0.0.1",
        port=int(sys.argv[2]),
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()
