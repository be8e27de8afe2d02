"""Finding out before anything starts whether a port can be listened on."""

import socket


class PortUnusable(Exception):
    """The text is a sentence with the way out."""


def require_usable(host: str, port: int) -> None:
    """Raises PortUnusable where another program listens there, or the address is not this machine's."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortUnusable(
                f"Port {port} of {host} cannot be used ({error.strerror}). Choose another one with --port, "
                f"or PORT={port + 1} with make."
            ) from error
