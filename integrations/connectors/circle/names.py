"""What Circle calls its access groups, member tags and spaces."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from integrations.connectors.circle.refusals import refusal
from integrations.credentials import secret_of
from integrations.errors import TryAgain
from integrations.http import Http, Permission
from integrations.models import Connection, RemoteKind

LISTS = {
    RemoteKind.GROUP: "/access_groups",
    RemoteKind.TAG: "/member_tags",
    RemoteKind.SPACE: "/spaces",
}
PER_PAGE = 100
MOST_PAGES = 20


def read(connection: Connection, gate: Permission, *, seconds: float) -> Iterator[tuple[str, Any, Any]]:
    """Kind, id and name of each; at least three calls of the month's quota. Raises: ProviderError.

    Archived groups are left out, as nobody can be added to them.
    """
    headers = {"Authorization": f"Bearer {secret_of(connection)}"}
    http = Http(settings.CIRCLE_API_BASE, headers=headers, gate=gate, seconds=seconds)
    for kind, path in LISTS.items():
        for page in range(1, MOST_PAGES + 1):
            answer = http.request("GET", path, params={"page": page, "per_page": PER_PAGE})
            if not answer.ok:
                raise refusal(answer, f"GET {path}")
            body = answer.data
            if not isinstance(body, Mapping) or not isinstance(body.get("records"), list):
                raise TryAgain("unreadable", "Circle's answer was no list.", http_status=answer.status)
            for row in body["records"]:
                yield kind.value, row.get("id"), row.get("name")
            if not body.get("has_next_page"):
                break
