"""Stripe's truth: raw objects by id, the events about them, and when they are announced."""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from integrations.sandbox.limits import RollingWindow
from integrations.sandbox.provider import Provider, Shared
from integrations.sandbox.routing import Json, copied
from integrations.sandbox.stripe import events
from integrations.sandbox.stripe.objects import listing

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound="Store")
Ref = str | Mapping[str, Any]  # an id, or an object that has one

EMBEDDED = 10  # https://docs.stripe.com/api/pagination
# Shown only when asked for with expand[]; what is not stored is looked up by the field named here.
INCLUDED = {
    ("checkout.session", "line_items"): ("", ""),
    ("invoice", "payments"): ("invoice_payment", "invoice"),
    ("charge", "refunds"): ("refund", "charge"),
    ("customer", "subscriptions"): ("subscription", "customer"),
}


def act(verb: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """A business act: change the truth under the lock, and announce its events once it is free again."""

    @functools.wraps(verb)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            before = len(self.events)
            result = verb(self, *args, **kwargs)
            fresh = self.events[before:]
        announce = self.on_event or ignore
        for event in fresh:
            announce(event)
        return result

    return run


def ignore(event: Json) -> None:
    """Nobody listens: the events stay in the list."""


def _begun(value: Any) -> Any:
    """An embedded list shows its first ten objects; the others are behind its own route."""
    if not isinstance(value, dict) or value.get("object") != "list" or len(value["data"]) <= EMBEDDED:
        return value
    return {**value, "data": value["data"][:EMBEDDED], "has_more": True}


def ref(value: Any) -> str:
    """The id, whether given as such or as an object."""
    if isinstance(value, str):
        return value
    return str(value["id"]) if isinstance(value, Mapping) else str(value or "")


class Store(Provider):
    """Objects are kept as given; reading one hides what Stripe shows only on expand."""

    name = "stripe"
    prefix = "/stripe/v1"

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared, limit=RollingWindow(100, seconds=1))
        self.webhook_secret = "whsec_sandbox_stripe"  # noqa: S105 - a stand-in, no account behind it
        self.livemode = False
        self.on_event: Callable[[Json], None] | None = None
        self.objects: dict[str, Json] = {}  # by put() and remove() only: _of_kind holds the same
        self._of_kind: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        self.events: list[Json] = []
        self.undelivered: dict[str, str] = {}  # event id: how its delivery stands, until it is delivered

    def put(self, obj: Mapping[str, Any]) -> None:
        """Keep any raw object by its id, whatever its shape."""
        kept, key = copied(dict(obj)), str(obj["id"])
        with self.lock:
            if self.objects.get(key, kept).get("object") != kept.get("object"):
                self.remove(key)
            self.objects[key] = self._of_kind[kept.get("object", "")][key] = kept

    def get(self, key: str) -> Json:
        """A copy of the object as the API shows it. Raises KeyError."""
        with self.lock:
            return self.shown(self.objects[key])

    def remove(self, key: str) -> None:
        with self.lock:
            gone = self.objects.pop(key, {})
            self._of_kind[gone.get("object", "")].pop(key, None)

    def shown(self, obj: Json) -> Json:
        kind = obj.get("object", "")
        return {key: _begun(copied(value)) for key, value in obj.items() if (kind, key) not in INCLUDED}

    def included(self, obj: Json, field: str) -> Json:
        """The list that only expand[] shows, as far as it is embedded."""
        begun: Json = _begun(self.whole(obj, field))
        return begun

    def whole(self, obj: Json, field: str) -> Json:
        """All of that list: what the object carries, and what points at it."""
        kind, key = INCLUDED[obj.get("object", ""), field]
        stored = self.objects.get(str(obj.get("id")), obj).get(field) or {}
        rows = list(stored.get("data", [])) if isinstance(stored, dict) else []
        known = {row.get("id") for row in rows}
        rows += (
            [each for each in self.where(kind, **{key: obj["id"]}) if each["id"] not in known] if kind else []
        )
        return listing([self.shown(row) for row in rows], url=f"/v1/{kind}s")

    def where(self, kind: str, **equal: Any) -> Iterator[Json]:
        """Objects of that kind whose fields have these values (references may be expanded)."""
        for each in self._of_kind[kind].values():
            if all(ref(each.get(key)) == value for key, value in equal.items()):
                yield each

    def the(self, thing: Ref, kind: str) -> Json:
        """The stored object itself, to be changed. Raises KeyError when it is another kind or absent."""
        found = self.objects[ref(thing)]
        if found.get("object") != kind:
            raise KeyError(f"{found['id']} is no {kind}")
        return found

    def clock(self) -> int:
        return int(self.now())

    def event(self, kind: str, obj: Mapping[str, Any], **options: Any) -> Json:
        """Build an event about the object and send it nowhere.

        Options: created, previous, id, api_version, livemode, account.
        """
        options.setdefault("created", self.clock())
        options.setdefault("livemode", self.livemode)
        return events.build(kind, self.shown(dict(obj)), **options)

    def emit(self, kind: str, obj: Mapping[str, Any], *, previous: Json | None = None) -> None:
        """Record an event; it is announced when the act is over."""
        event = self.event(kind, obj, previous=previous)
        self.events.append(event)

    def sign(self, body: bytes, *, secret: str | None = None, at: float | None = None) -> str:
        """The Stripe-Signature header for these bytes."""
        return events.signature(
            body, secret=secret or self.webhook_secret, at=self.now() if at is None else at
        )

    def dump(self) -> Json:
        return {"objects": self.objects, "events": self.events, "undelivered": dict(self.undelivered)}

    def restore(self, state: Json) -> None:
        for obj in state["objects"].values():
            self.put(obj)
        self.events = state["events"]
        self.undelivered = state["undelivered"]
