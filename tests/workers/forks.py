"""`python -m tests.workers.forks`: workers by the dozen, each a fork of one process that has imported everything.

Says the process id of each worker it starts for a line `start`. For a line with such an id it waits until that worker
has ended, and says so. It ends, with all its workers, when nobody listens any more.
"""

import asyncio
import logging
import os
import signal
import sys
from typing import NoReturn

from redis.exceptions import RedisError

from livelihood.settings import Settings
from workers.main import worker

SETTINGS = Settings.from_environment(os.environ)


def main() -> None:
    started: set[int] = set()
    for line in sys.stdin:
        if line.strip() == "start":
            pid = os.fork()
            if pid == 0:
                work()
            started.add(pid)
            say(str(pid))
        else:
            pid = int(line)
            os.waitpid(pid, 0)
            started.discard(pid)
            say("ended")
    for pid in started:
        os.kill(pid, signal.SIGKILL)


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def work() -> NoReturn:
    """What `python -m workers` does, without the waiting: a worker that stops is started anew by the test."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    logging.basicConfig(level=logging.CRITICAL)
    try:
        asyncio.set_event_loop(asyncio.new_event_loop())
        worker(SETTINGS).run()
    except (RedisError, OSError):
        pass
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
