"""Circle as a destination, behind the interface that all connectors share."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from integrations.connectors.circle import desired as wanting
from integrations.connectors.circle.client import Circle
from integrations.connectors.circle.steps import Steps
from integrations.credentials import secret_of
from integrations.http import Http, Permission
from integrations.models import Connection
from integrations.person import Person
from integrations.work import Work


class CircleConnector:
    """Access groups, spaces and member tags of one community. Never bans, deletes or deactivates anybody."""

    def check_options(self, options: Mapping[str, Any]) -> list[str]:
        return wanting.check_options(options)

    def check_connection_options(self, options: Mapping[str, Any]) -> list[str]:
        return wanting.check_connection_options(options)

    def desired(
        self, person: Person, mappings: Mapping[str, Mapping[str, Any]], *, connection: Mapping[str, Any]
    ) -> dict[str, Any]:
        return wanting.desired(person, mappings)

    def taken(self, desired: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, list[str]]:
        return wanting.taken(desired, observed)

    def hold_back(
        self, desired: Mapping[str, Any], observed: Mapping[str, Any], refs: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        return wanting.hold_back(desired, refs)

    def only_taking(self, desired: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, Any] | None:
        return wanting.only_taking(desired, observed)

    def apply(self, work: Work) -> None:
        Steps(work, _client(work.connection, work.gate)).run()

    def describe(self, desired: Mapping[str, Any], observed: Mapping[str, Any]) -> list[str]:
        return wanting.describe(desired, observed)

    def health(self, connection: Connection, gate: Permission) -> None:
        _client(connection, gate).community()


def _client(connection: Connection, gate: Permission) -> Circle:
    headers = {"Authorization": f"Bearer {secret_of(connection)}"}
    return Circle(Http(settings.CIRCLE_API_BASE, headers=headers, gate=gate))
