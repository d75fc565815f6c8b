"""TCP ports of this machine: which are free, and who holds one that is not."""

import socket

import psutil

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Answer a port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether the port can be listened on; ports still cooling down from a closed server count as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> str:
    """Say who listens on the port, as far as the operating system tells us."""
    try:
        listening = [
            connection.pid
            for connection in psutil.net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid
        ]
        return f"{psutil.Process(listening[0]).name()} (pid {listening[0]})" if listening else "another program"
    except psutil.Error:
        return "another program"
