"""`python -m workers`: run until told to stop. Where Redis goes away, wait for it and go on."""

import asyncio
import logging
import os
import sys
import time

from redis.exceptions import RedisError

from livelihood.settings import Settings, SettingsError
from workers.log import WithoutValues
from workers.main import worker

log = logging.getLogger("workers")

PAUSE = 1.0


def main() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutValues("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("arq.worker").setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
        asyncio.set_event_loop(asyncio.new_event_loop())
        running = worker(settings)
    except SettingsError as error:
        sys.exit(str(error))
    while True:
        try:
            running.run()
        except (RedisError, OSError) as error:
            log.warning("Redis does not answer (%s); trying again", type(error).__name__)
            time.sleep(PAUSE)
            running = worker(settings)
        else:
            return


main()
