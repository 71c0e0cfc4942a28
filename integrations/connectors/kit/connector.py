"""Kit as a destination, behind the interface that all connectors share."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from integrations.connectors.kit import desired as wanting
from integrations.connectors.kit.client import Kit
from integrations.connectors.kit.steps import Steps
from integrations.credentials import secret_of
from integrations.http import Http, Permission
from integrations.models import Connection
from integrations.person import Person
from integrations.work import Work


class KitConnector:
    """Custom fields, tags and sequences of one account. Nobody reads Kit to decide access."""

    def check_options(self, options: Mapping[str, Any]) -> list[str]:
        return wanting.check_options(options)

    def check_connection_options(self, options: Mapping[str, Any]) -> list[str]:
        return wanting.check_connection_options(options)

    def desired(
        self, person: Person, mappings: Mapping[str, Mapping[str, Any]], *, connection: Mapping[str, Any]
    ) -> dict[str, Any]:
        return wanting.desired(person, mappings)

    def taken(self, desired: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, list[str]]:
        return {}  # Kit gives no access

    def hold_back(
        self, desired: Mapping[str, Any], observed: Mapping[str, Any], refs: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        return wanting.hold_back(desired, observed)

    def only_taking(self, desired: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, Any] | None:
        return None

    def apply(self, work: Work) -> None:
        Steps(work, _client(work.connection, work.gate)).run()

    def describe(self, desired: Mapping[str, Any], observed: Mapping[str, Any]) -> list[str]:
        return wanting.describe(desired, observed)

    def health(self, connection: Connection, gate: Permission) -> None:
        _client(connection, gate).account()


def _client(connection: Connection, gate: Permission) -> Kit:
    return Kit(Http(settings.KIT_API_BASE, headers={"X-Kit-Api-Key": secret_of(connection)}, gate=gate))
