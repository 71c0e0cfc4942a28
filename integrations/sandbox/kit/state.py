"""What a Kit account holds: subscribers, fields, tags, sequences, and the webhooks it sends."""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from typing import Any

from integrations.sandbox.limits import RollingWindow
from integrations.sandbox.provider import Provider, Shared
from integrations.sandbox.routing import Json

Pair = tuple[int, int]  # (tag or sequence id, subscriber id)


class State(Provider):
    """The truth, for tests to read and to move as a subscriber or Kit's own user would."""

    name = "kit"
    prefix = "/kit/v4"

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared, limit=RollingWindow(120, seconds=60))
        self.lag = 0.0  # seconds until lists see a new subscriber; Kit says 30 s, up to 5 min
        self.unknown_field = 200  # warnings; 422 is the other documented answer
        self.untag_absent = 204  # undocumented; 404 is the other guess
        self.field_delay = 0.0  # seconds until the fields of a 202 are applied
        self.webhook_secret = "whsec_sandbox_kit"  # noqa: S105 - a stand-in, no account behind it
        self.on_event: Callable[[Json], None] | None = None
        self.events: list[Json] = []
        self.subscribers: dict[int, Json] = {}
        self.created: dict[int, float] = {}
        self.values: dict[int, dict[str, str | None]] = {}
        self.waiting: list[tuple[float, int, dict[str, str | None]]] = []
        self.fields: dict[int, Json] = {}
        self.tags: dict[int, Json] = {}
        self.tagged: dict[Pair, str] = {}
        self.sequences: dict[int, Json] = {}
        self.added: dict[Pair, str] = {}
        self.enrolments: list[tuple[str, int]] = []  # (e-mail, sequence id), one for each start
        self.last_id = 1_000

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add_sequence(self, number: int, name: str) -> None:
        with self.lock:
            self.sequences[number] = {
                "id": number, "name": name, "hold": False, "repeat": False, "created_at": self.timestamp()
            }  # fmt: skip

    def add_field(self, label: str) -> Json:
        """A custom field; its key is the label in lower snake case."""
        with self.lock:
            number = self.next_id()
            key = "_".join("".join(c if c.isalnum() and c.isascii() else " " for c in label.lower()).split())
            field = {"id": number, "name": f"ck_field_{number}_{key}", "key": key, "label": label.strip()}
            self.fields[number] = field
            return field

    def find(self, email: str) -> Json | None:
        wanted = email.strip().casefold()
        return next((each for each in self.subscribers.values() if each["email_address"] == wanted), None)

    def shown(self, subscriber: Json) -> Json:
        """The subscriber as the API shows it: every custom field of the account, null when unset."""
        due = [each for each in self.waiting if each[0] <= self.now()]
        self.waiting = [each for each in self.waiting if each[0] > self.now()]
        for _, number, values in due:
            self.values[number].update(values)
        held = self.values[subscriber["id"]]
        return {**subscriber, "fields": {each["key"]: held.get(each["key"]) for each in self.fields.values()}}

    def subscriber(self, email: str) -> Json | None:
        with self.lock:
            found = self.find(email)
            return self.shown(found) if found else None

    def fields_of(self, email: str) -> dict[str, str | None]:
        """Custom-field values that are set, by key."""
        found = self.subscriber(email) or {"fields": {}}
        return {key: value for key, value in found["fields"].items() if value is not None}

    def tags_of(self, email: str) -> set[str]:
        with self.lock:
            found = self.find(email)
            return {self.tags[tag]["name"] for tag, owner in self.tagged if found and owner == found["id"]}

    def delete_tag(self, name: str) -> None:
        """Somebody deletes the tag in Kit's own pages."""
        with self.lock:
            gone = {number for number, tag in self.tags.items() if tag["name"] == name}
            self.tags = {number: tag for number, tag in self.tags.items() if number not in gone}
            self.tagged = {pair: at for pair, at in self.tagged.items() if pair[0] not in gone}

    def unsubscribe(self, email: str) -> Json:
        """The person leaves by a link in a mail; returns the webhook delivery that says so."""
        with self.lock:
            found = self.find(email)
            if found is None:
                raise KeyError(f"no subscriber {email}")
            found["state"] = "cancelled"
            delivery = self.event("subscriber.unsubscribed", email)
            self.events.append(delivery)
        if self.on_event is not None:
            self.on_event(delivery)
        return delivery

    def event(self, kind: str, email: str, **related: Any) -> Json:
        """A webhook delivery with one event, built and not sent; `id` sets the event's id."""
        event_id = related.pop("id", None) or str(uuid.uuid4())
        subscriber = self.subscriber(email) or {"email_address": email}
        return {
            "delivery_id": self.next_id(),
            "events": [
                {
                    "id": event_id,
                    "type": kind,
                    "created": self.timestamp(),
                    "data": {"subscriber": subscriber, **related},
                }
            ],
        }

    def sign(self, body: bytes, *, secret: str | None = None, at: float | None = None) -> str:
        """The X-Kit-Signature header for these bytes."""
        stamp = int(self.now() if at is None else at)
        key = (secret or self.webhook_secret).encode()
        return f"t={stamp},v1={hmac.new(key, f'{stamp}.'.encode() + body, hashlib.sha256).hexdigest()}"

    def dump(self) -> Json:
        by_id = {
            name: list(getattr(self, name).values())
            for name in ("subscribers", "fields", "tags", "sequences")
        }
        items = {name: list(getattr(self, name).items()) for name in ("created", "values", "tagged", "added")}
        rest = {name: getattr(self, name) for name in ("waiting", "enrolments", "events", "last_id")}
        return {**by_id, **items, **rest}

    def restore(self, state: Json) -> None:
        for name in ("subscribers", "fields", "tags", "sequences"):
            setattr(self, name, {each["id"]: each for each in state[name]})
        self.created, self.values = dict(state["created"]), dict(state["values"])
        self.tagged = {(pair[0], pair[1]): at for pair, at in state["tagged"]}
        self.added = {(pair[0], pair[1]): at for pair, at in state["added"]}
        self.waiting = [(due, number, values) for due, number, values in state["waiting"]]
        self.enrolments = [(email, sequence) for email, sequence in state["enrolments"]]
        self.events, self.last_id = state["events"], state["last_id"]
