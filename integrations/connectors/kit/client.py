"""The few things we ask of Kit. API: https://developers.kit.com/api-reference"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.connectors.kit.refusals import refusal
from integrations.errors import InDoubt
from integrations.http import Answer, Http


@dataclass(frozen=True)
class Subscriber:
    """Who answered. `state` other than "active" means that Kit will not write to them."""

    id: str
    email: str
    state: str
    unknown_fields: bool = False


class Kit:
    """Every write is safe to repeat. Any method raises a ProviderError."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def account(self) -> None:
        """Whether the key works."""
        self._done(self._http.request("GET", "/account"))

    def fields(self) -> dict[str, str]:
        """The keys of the custom fields, by key and by label in lower case."""
        answer = self._done(self._http.request("GET", "/custom_fields", params={"per_page": 1000}))
        rows = answer.data.get("custom_fields", []) if isinstance(answer.data, Mapping) else []
        by_label = {str(row["label"]).casefold(): str(row["key"]) for row in rows}
        return by_label | {str(row["key"]): str(row["key"]) for row in rows}

    def create_field(self, label: str) -> str | None:
        """The new field's key; None when somebody made it a moment ago: then list again."""
        answer = self._http.request("POST", "/custom_fields", json={"label": label})
        if answer.status == 422:
            return None
        return str(_part(self._done(answer), "custom_field")["key"])

    def upsert(
        self, email: str, *, first_name: str, fields: Mapping[str, str], no_mail: bool = False
    ) -> Subscriber:
        """Create or update by address. Who is there keeps their id and state; who is new is active.

        `no_mail`: whoever is new is made as unsubscribed. Kit reads a state only where it creates.
        """
        body = {"email_address": email, "fields": dict(fields)} | (
            {"first_name": first_name} if first_name else {}
        )
        if no_mail:
            body["state"] = "cancelled"
        return _subscriber(self._done(self._http.request("POST", "/subscribers", json=body)))

    def update(
        self, subscriber: str, *, email: str, first_name: str, fields: Mapping[str, str]
    ) -> Subscriber:
        """Change the address and keep id, tags and history. Raises: Gone, Rejected (email_taken)."""
        body = {"email_address": email, "fields": dict(fields)} | (
            {"first_name": first_name} if first_name else {}
        )
        return _subscriber(self._done(self._http.request("PUT", f"/subscribers/{subscriber}", json=body)))

    def create_tag(self, name: str) -> int:
        """The id of the tag of that name, made if there is none."""
        number = _part(self._done(self._http.request("POST", "/tags", json={"name": name})), "tag").get("id")
        if not isinstance(number, int):
            raise InDoubt("unreadable", "Kit's answer named no tag.")
        return number

    def tag(self, tag: int, subscriber: str) -> None:
        """Raises: Gone when the tag or the subscriber no longer exists; Kit does not say which."""
        answer = self._http.request("POST", f"/tags/{tag}/subscribers/{subscriber}", json={})
        _part(self._done(answer), "subscriber")

    def untag(self, tag: int, subscriber: str) -> None:
        """A tag or subscriber that is gone is what we want."""
        answer = self._http.request("DELETE", f"/tags/{tag}/subscribers/{subscriber}")
        if answer.status != 404:
            self._done(answer)

    def add_to_sequence(self, sequence: int, subscriber: str) -> None:
        """Safe to repeat: 200 "already been added", nothing restarts. Nobody can be taken out again.

        Raises: Gone when the sequence or the subscriber no longer exists; Kit does not say which.
        """
        answer = self._http.request("POST", f"/sequences/{sequence}/subscribers/{subscriber}", json={})
        _part(self._done(answer), "subscriber")

    def _done(self, answer: Answer) -> Answer:
        if not answer.ok:
            raise refusal(answer)
        return answer


def _part(answer: Answer, name: str) -> Mapping[str, Any]:
    part = answer.data.get(name) if isinstance(answer.data, Mapping) else None
    if not isinstance(part, Mapping):
        raise InDoubt(
            "unreadable", f"Kit's answer had no {name.replace('_', ' ')}.", http_status=answer.status
        )
    return part


def _subscriber(answer: Answer) -> Subscriber:
    row = _part(answer, "subscriber")
    if not isinstance(row.get("id"), int):
        raise InDoubt("unreadable", "Kit's answer named no subscriber.", http_status=answer.status)
    return Subscriber(
        id=str(row["id"]),
        email=str(row.get("email_address", "")).casefold(),
        state=str(row.get("state") or "active"),
        unknown_fields=bool(answer.data.get("warnings")),
    )
