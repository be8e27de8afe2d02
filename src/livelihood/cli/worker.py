"""`livelihood worker`."""

import os
import sys

import click

from livelihood.parent import end_with_parent
from livelihood.settings import REDIS_URL, WORKER_DATABASE_URL, Settings


@click.command()
def worker() -> None:
    """Run the workers: follow-ups, alerts, imports.

    Needs LIVELIHOOD_WORKER_DATABASE_URL, with the role livelihood_worker, and LIVELIHOOD_REDIS_URL. Run as many as
    you like, on as many machines.
    """
    settings = Settings.from_environment(os.environ).require(WORKER_DATABASE_URL, REDIS_URL)
    end_with_parent()
    os.environ.update(settings.environment())
    sys.stdout.flush()
    # The application does not know its workers: they are another program, which takes this process over.
    os.execv(sys.executable, [sys.executable, "-m", "workers"])  # noqa: S606
