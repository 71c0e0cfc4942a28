"""Ports on this machine: the wanted one, or the next that is free."""

import socket


def free_port(wanted: int) -> int:
    """The first free port from `wanted` upward; says so when it is another one."""
    for port in range(wanted, wanted + 100):
        if _is_free(port):
            if port != wanted:
                print(f"Port {wanted} is taken, using {port} instead.", flush=True)
            return port
    raise SystemExit(f"No free port between {wanted} and {wanted + 99}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do it: a port whose last user has just gone is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
