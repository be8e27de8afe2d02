"""PostgreSQL and a Redis-compatible server from wheels, on unix sockets: for `demo`, `up` and the tests.

Each server keeps its files in a folder of its own. One process at a time may hold that folder; if its holder was
killed, the server it left behind is stopped before a new one starts. Both servers accept whoever can reach their
socket, so sockets lie in a folder that only their owner can enter.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, and where that user cannot reach the folder
or the virtual environment, data and binaries live under /var/lib/livelihood instead: nobody's permissions are
opened. (Data in the machine's temporary folder stays there.)
"""

from livelihood.embedded.files import EmbeddedError
from livelihood.embedded.postgres import OWNER, Postgres
from livelihood.embedded.server import Server
from livelihood.embedded.valkey import Valkey

__all__ = ["OWNER", "EmbeddedError", "Postgres", "Server", "Valkey"]
