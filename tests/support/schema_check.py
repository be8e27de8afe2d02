"""`make check`: every migration up, the models against the tables, all the way down, and up again."""

import logging
import tempfile
from pathlib import Path

from livelihood.db import migrate
from livelihood.embedded import Postgres


def main() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="livelihood-check-") as folder:
        with Postgres(Path(folder) / "postgres", fast=True) as server:
            server.create_database("livelihood")
            url = server.url(database="livelihood")
            migrate.upgrade(url)
            migrate.check(url)
            migrate.downgrade(url, "base")
            migrate.upgrade(url)
        server.remove()


if __name__ == "__main__":
    main()
