"""The destinations we can keep equal: a folder each, and one line here."""

from collections.abc import Mapping
from typing import Any, Protocol

from integrations.connectors.circle.connector import CircleConnector
from integrations.connectors.health import Health, try_out
from integrations.connectors.kit.connector import KitConnector
from integrations.http import Permission
from integrations.models import Connection, ConnectionKind
from integrations.person import Person
from integrations.work import Work

Options = Mapping[str, Any]
Desired = dict[str, Any]

__all__ = ["CONNECTORS", "Connector", "Health", "connector_of", "health"]


class Connector(Protocol):
    """What the engine asks of a destination."""

    def check_options(self, options: Options) -> list[str]:
        """Problems of one plan's mapping, each a short sentence; none when it is fine."""

    def check_connection_options(self, options: Options) -> list[str]:
        """Problems of the connection's own options."""

    def desired(self, person: Person, mappings: Mapping[str, Options], *, connection: Options) -> Desired:
        """What should be there. Pure; ids and names, no personal data. `mappings` is by plan slug."""

    def taken(self, desired: Options, observed: Options) -> dict[str, list[str]]:
        """The access that apply would take, by kind of thing; the mass-removal guard asks."""

    def hold_back(self, desired: Options, observed: Options, refs: Mapping[str, list[str]]) -> Desired:
        """`desired` without what must wait while a removal is held; `refs` (as from `taken`) stay in it."""

    def only_taking(self, desired: Options, observed: Options) -> Desired | None:
        """Of `desired` only what takes access, giving nothing; None when there is nothing to take."""

    def apply(self, work: Work) -> None:
        """Make it so, with as few calls as what was observed allows. Raises: ProviderError, LeaseLost."""

    def describe(self, desired: Desired, observed: Options) -> list[str]:
        """What apply would do, in words: "add to group 101", "remove tag plan: pro"."""

    def health(self, connection: Connection, gate: Permission) -> None:
        """One harmless call that needs the credential. Raises: ProviderError."""


CONNECTORS: dict[str, Connector] = {
    ConnectionKind.CIRCLE: CircleConnector(),
    ConnectionKind.KIT: KitConnector(),
}


def connector_of(connection: Connection) -> Connector:
    """The connector of a destination connection."""
    return CONNECTORS[connection.kind]


def health(connection: Connection) -> Health:
    """One harmless call through the limiter, also while the connection is paused or off; it changes nothing.

    Never raises for trouble of the provider or of our own limits: `words` says what it is.
    """
    return try_out(connection, CONNECTORS.get(connection.kind))
