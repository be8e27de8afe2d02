"""The `livelihood` command. Each command is a module of its own, brought in when it is asked for: a web server that
starts has no use for migrations, and the second start of a demo takes seconds.
"""

from importlib import import_module

import click

from livelihood import __version__
from livelihood.errors import DomainError
from livelihood.ports import PortUnusable
from livelihood.settings import SettingsError

COMMANDS = {
    "concerns": "concerns",
    "demo": "installation",
    "doctor": "doctor",
    "gazetteer": "imports",
    "households": "intake",
    "migrate": "migrate",
    "serve": "serve",
    "up": "installation",
    "user": "people",
    "worker": "worker",
}


class Refusal(click.ClickException):
    """Wrong use or a wrong setting: a sentence on standard error, and exit code 2."""

    exit_code = 2


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            return getattr(import_module(f"livelihood.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """What a person can put right becomes a sentence; everything else stays a traceback, for a report."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise Refusal(str(error)) from error
        except PortUnusable as error:
            raise click.ClickException(str(error)) from error
        except DomainError as error:
            lines = [str(error.message), *(f"{one.field}: {one.message}" for one in error.errors)]
            raise Refusal("\n".join(lines)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """Business grants, trade training and school follow-ups for families.

    `demo` shows everything on this machine in one step. An organisation runs `migrate`, `serve` and `worker` with
    a PostgreSQL and a Redis of its own, named in the environment.
    """
