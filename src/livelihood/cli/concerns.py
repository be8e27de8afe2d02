"""`livelihood concerns`: the keys that seal and open what is sent to the safeguarding focal point."""

import click

from livelihood.concerns.vault import make_keys
from livelihood.settings import CONCERN_PRIVATE_KEY, CONCERN_PUBLIC_KEY


@click.group()
def concerns() -> None:
    """The keys of sealed concerns."""


@concerns.command("make-keys")
def make() -> None:
    """Print a new pair of keys as environment variables.

    Set both where `serve` runs, and keep a copy of the private key away from the database's backups: without it no
    concern can be opened again, and with it and the database all of them can.
    """
    public, private = make_keys()
    click.echo(f"{CONCERN_PUBLIC_KEY}={public}\n{CONCERN_PRIVATE_KEY}={private}")
