"""What Kit calls its tags and sequences."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from integrations.connectors.kit.refusals import refusal
from integrations.credentials import secret_of
from integrations.errors import TryAgain
from integrations.http import Http, Permission
from integrations.models import Connection, RemoteKind

LISTS = {RemoteKind.TAG: "tags", RemoteKind.SEQUENCE: "sequences"}
PER_PAGE = 1_000
MOST_PAGES = 10


def read(connection: Connection, gate: Permission, *, seconds: float) -> Iterator[tuple[str, Any, Any]]:
    """Kind, id and name of each. Raises: ProviderError."""
    headers = {"X-Kit-Api-Key": secret_of(connection)}
    http = Http(settings.KIT_API_BASE, headers=headers, gate=gate, seconds=seconds)
    for kind, name in LISTS.items():
        params: dict[str, Any] = {"per_page": PER_PAGE}
        for _ in range(MOST_PAGES):
            answer = http.request("GET", f"/{name}", params=params)
            if not answer.ok:
                raise refusal(answer)
            body = answer.data
            if not isinstance(body, Mapping) or not isinstance(body.get(name), list):
                raise TryAgain("unreadable", f"Kit's answer had no {name}.", http_status=answer.status)
            for row in body[name]:
                yield kind.value, row.get("id"), row.get("name")
            pages = body.get("pagination") or {}
            if not pages.get("has_next_page") or not pages.get("end_cursor"):
                break
            params = {"per_page": PER_PAGE, "after": pages["end_cursor"]}
