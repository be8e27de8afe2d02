"""The command line: help everywhere, sentences for wrong use, and a whole installation run for real."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from livelihood.cli import main
from livelihood.embedded import Postgres

INTAKE_LIST = str(Path(__file__).parent / "households" / "data" / "intake-sample.xlsx")
COMMANDS = [
    "demo",
    "doctor",
    "gazetteer import",
    "households import",
    "migrate",
    "serve",
    "up",
    "user add",
    "worker",
]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("LIVELIHOOD_"):
            monkeypatch.delenv(name)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert len(result.output) > 200


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("", "Usage:"),
        ("serv", "No such command 'serv'"),
        ("serve --port 0", "0 is not in the range"),
        ("serve --port eight", "'eight' is not a valid integer"),
        ("serve", "LIVELIHOOD_DATABASE_URL is not set. Set it as in LIVELIHOOD_DATABASE_URL=postgresql://"),
        ("worker", "LIVELIHOOD_WORKER_DATABASE_URL and LIVELIHOOD_REDIS_URL are not set."),
        (
            "doctor",
            "LIVELIHOOD_DATABASE_URL is not set, and neither `livelihood demo` nor `livelihood up` runs",
        ),
        ("doctor up", "no `livelihood up` runs with its data in"),
        ("gazetteer import", "Name a FILE, or say --shipped."),
        ("gazetteer import --shipped pyproject.toml", "Name a FILE, or say --shipped."),
        ("gazetteer import nowhere.csv", "'nowhere.csv' does not exist"),
        ("households import pyproject.toml", "Missing option '--as'"),
        ("households import nowhere.xlsx --as sokha", "'nowhere.xlsx' does not exist"),
        ("households import pyproject.toml --as sokha", "LIVELIHOOD_DATABASE_URL and LIVELIHOOD_OWNER"),
        ("user add sokha --name Sokha", "Missing option '--role'"),
        ("user add sokha --name Sokha --role boss", "'boss' is no role. Roles are admin, analyst"),
        ("user add sokha --name Sokha --role monitor@KPT", "LIVELIHOOD_OWNER_DATABASE_URL is not set."),
        ("migrate", "LIVELIHOOD_OWNER_DATABASE_URL is not set."),
    ],
)
def test_wrong_use_ends_with_a_sentence(
    command: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVELIHOOD_DATA_DIR", str(tmp_path))
    result = run(*command.split())
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_setting_that_cannot_be_read_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVELIHOOD_NOW", "soon")
    result = run("demo")
    assert result.exit_code == 2
    assert "LIVELIHOOD_NOW is 'soon', which is no instant." in result.output


def test_a_proxy_that_is_no_address_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVELIHOOD_DATABASE_URL", "postgresql://livelihood_app@/livelihood")
    result = run("serve", "--trusted-proxy", "10.0.0.1", "--trusted-proxy", "everybody")
    assert result.exit_code == 2
    assert "'everybody' does not appear to be an IPv4 or IPv6 network" in result.output


def test_a_port_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVELIHOOD_DATA_DIR", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("LIVELIHOOD_DATABASE_URL", "postgresql://livelihood_app@/livelihood")
        for command in ("up", "demo", "serve"):
            result = run(command, "--port", str(port))
            assert result.exit_code == 1
            assert f"Port {port} of 127.0.0.1 cannot be used" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def database(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """The address of a migrated database, named in the environment."""
    postgres.sql("CREATE DATABASE command_line TEMPLATE livelihood_template")
    monkeypatch.setenv("LIVELIHOOD_OWNER_DATABASE_URL", postgres.url(database="command_line"))
    yield "command_line"
    postgres.drop_database("command_line")


def add_user(*arguments: str, password: str = "a long password") -> Result:
    command = ["user", "add", *arguments, "--name", "Sokha", "--password-stdin"]
    return CliRunner().invoke(main, command, input=f"{password}\n")


def test_somebody_added_can_sign_in(database: str, postgres: Postgres) -> None:
    result = add_user("Sokha", "--role", "monitor@kpt", "--role", "analyst", "--language", "en")
    assert result.exit_code == 0, result.output
    assert "Sokha can sign in as sokha." in result.output
    held = "SELECT role, office_id FROM staff s JOIN staff_roles r ON r.staff_id = s.id WHERE username = 'sokha' ORDER BY 1"
    assert postgres.sql(held, database=database).splitlines() == ["analyst|", "monitor|1"]


def test_an_account_that_cannot_be_made_is_refused_with_every_reason(
    database: str, postgres: Postgres
) -> None:
    result = add_user("sokha", "--role", "monitor@XYZ", password="short")
    assert result.exit_code == 2
    assert "There is no office XYZ." in result.output
    assert "A password has at least 10 characters." in result.output
    assert postgres.sql("SELECT count(*) FROM staff WHERE kind = 'person'", database=database) == "0"
    assert add_user("sokha", "--role", "monitor").exit_code == 0
    again = add_user("SOKHA", "--role", "monitor")
    assert again.exit_code == 2
    assert "The username sokha is taken." in again.output


def test_places_come_in_once_and_faulty_lines_are_named(
    database: str, postgres: Postgres, tmp_path: Path
) -> None:
    assert run("gazetteer", "import", "--shipped").exit_code == 0
    again = run("gazetteer", "import", "--shipped")
    assert "0 places added, 0 changed" in again.output
    file = tmp_path / "places.csv"
    file.write_text(
        "code,level,name_km,name_latin\n0699,district,ថ្មី,New District\n30802,village,ទី,Ti Dobbram\n"
    )
    result = run("gazetteer", "import", str(file))
    assert result.exit_code == 0
    assert "1 places added" in result.output
    assert "Line 3:" in result.output
    assert (
        postgres.sql("SELECT name_latin FROM places WHERE code = '0699'", database=database) == "New District"
    )
    file.write_bytes(b"PK\x03\x04 no list of places")
    refused = run("gazetteer", "import", str(file))
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output


def test_a_database_that_is_up_to_date_may_be_migrated_again(database: str) -> None:
    result = run("migrate")
    assert result.exit_code == 0, result.output
    assert "The database is up to date." in result.output


@pytest.mark.parametrize(
    "address", ["postgresql://u@127.0.0.1:1/x", "postgresql://u@/x?host=/nowhere/at/all"]
)
def test_a_database_that_does_not_answer_is_a_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVELIHOOD_OWNER_DATABASE_URL", address)
    monkeypatch.setenv("LIVELIHOOD_DATABASE_URL", address)
    for result in (run("migrate"), run("serve", "--port", "18999"), add_user("sokha", "--role", "monitor")):
        assert result.exit_code == 1
        assert "The database does not let us in" in result.output


def test_an_intake_list_is_checked_then_imported_once(
    database: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVELIHOOD_DATABASE_URL", postgres.url(user="livelihood_app", database=database))
    monkeypatch.setenv("LIVELIHOOD_NOW", "2026-11-22T09:00:00+07:00")
    assert run("gazetteer", "import", "--shipped").exit_code == 0
    assert add_user("sokha", "--role", "supervisor").exit_code == 0
    refused = run("households", "import", "pyproject.toml", "--as", "sokha")
    assert refused.exit_code == 2
    assert "The file is not an Excel workbook" in refused.output
    nobody = run("households", "import", INTAKE_LIST, "--as", "nobody")
    assert nobody.exit_code == 2
    assert "Nobody signs in as nobody." in nobody.output

    dry = run("households", "import", INTAKE_LIST, "--as", "sokha", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "32 households with 105 people can come in, 8 stay out. Nothing was registered." in dry.output
    assert "Row 35, Date of birth (error): “31/02/2015”: there is no such day." in dry.output
    first, again = [run("households", "import", INTAKE_LIST, "--as", "Sokha") for _ in range(2)]
    assert "31 households with 103 people were registered, 8 stay out." in first.output
    assert "0 households with 0 people were registered" in again.output
    assert postgres.sql("SELECT count(*) FROM households", database=database).strip() == "31"
    assert postgres.sql("SELECT count(*) FROM sessions", database=database).strip() == "0"


def test_a_command_that_writes_knows_every_table():
    """A fresh process, because another test may have loaded what the command itself forgot."""
    code = "import livelihood.cli.intake; from livelihood.db.models import Base; Base.metadata.sorted_tables"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
