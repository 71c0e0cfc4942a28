"""Tests talk to this machine only: every other address is refused before a packet leaves."""

import ipaddress
import socket
from typing import Any


class OutsideWorldError(AssertionError):
    """A test tried to reach another machine."""


def refuse_the_outside() -> None:
    """Guard `connect` of every socket in this process; unix sockets stay free."""
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _guarded(name))


def _guarded(name: str) -> Any:
    original = getattr(socket.socket, name)

    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(str(address[0])):
            raise OutsideWorldError(f"a test tried to reach {address[0]}; only this machine is allowed")
        return original(self, address)

    return connect


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
