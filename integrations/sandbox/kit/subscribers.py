"""Kit's subscriber routes: upsert, find, read, update, unsubscribe."""

import re

from integrations.sandbox.kit import objects
from integrations.sandbox.kit.state import State
from integrations.sandbox.routing import Answer, Json, Request

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
STATES = ("active", "inactive", "cancelled", "bounced", "complained")
MOST_FIELDS = 140
FIELDS_AT_ONCE = 10  # more are answered 202 and applied later


class Subscribers(State):
    def subscriber_routes(self) -> None:
        self.router.add("POST /subscribers", self._upsert)
        self.router.add("GET /subscribers", self._list)
        self.router.add("GET /subscribers/{id}", self._get)
        self.router.add("PUT /subscribers/{id}", self._update)
        self.router.add("POST /subscribers/{id}/unsubscribe", self._unsubscribe)
        self.router.add("GET /subscribers/{subscriber_id}/tags", self._tags_of)

    def _upsert(self, request: Request) -> Answer:
        """By e-mail; an existing record keeps its state whatever the body says."""
        email = str(request.body.get("email_address") or "").strip().lower()
        if not ADDRESS.fullmatch(email):
            return objects.error(422, "Email address is invalid")
        refused = self._refused_fields(request.body)
        if refused is not None:
            return refused
        subscriber, status = self.find(email), 200
        if subscriber is None:
            state = request.body.get("state") or "active"
            if state not in STATES:
                return objects.error(422, "State is invalid")
            subscriber, status = self._created(email, state=state), 201
        effect = "subscriber_created" if status == 201 else "subscriber_updated"
        return self._written(subscriber, request.body, status=status, effect=effect)

    def _created(self, email: str, *, state: str) -> Json:
        number = self.next_id()
        subscriber = {
            "id": number, "first_name": None, "email_address": email,
            "state": state, "created_at": self.timestamp(),
        }  # fmt: skip
        self.subscribers[number], self.created[number], self.values[number] = subscriber, self.now(), {}
        return subscriber

    def _refused_fields(self, body: Json) -> Answer | None:
        given = body.get("fields") or {}
        if len(given) > MOST_FIELDS:
            return objects.error(422, f"A maximum of {MOST_FIELDS} fields is allowed")
        unknown = self._unknown(given)
        if unknown and self.unknown_field == 422:
            return objects.error(422, f"Custom field {unknown[0]} does not exist")
        return None

    def _unknown(self, given: Json) -> list[str]:
        known = {field["key"] for field in self.fields.values()}
        return [key for key in given if key not in known]

    def _written(self, subscriber: Json, body: Json, *, status: int, effect: str) -> Answer:
        if body.get("first_name") is not None:
            subscriber["first_name"] = body["first_name"]
        given = body.get("fields") or {}
        unknown = self._unknown(given)
        values = {
            key: str(value) or None
            for key, value in given.items()
            if key not in unknown and value is not None
        }
        shown = self.shown(subscriber)
        if len(given) > FIELDS_AT_ONCE:
            self.waiting.append((self.now() + self.field_delay, subscriber["id"], values))
            status, shown["first_name"] = 202, subscriber["first_name"]
            shown["fields"] = {**shown["fields"], **dict.fromkeys(values)}
        else:
            self.values[subscriber["id"]].update(values)
            shown = self.shown(subscriber)
        reply: Json = {"subscriber": shown}
        if unknown:
            reply["warnings"] = [f"Unknown custom field: {key}" for key in unknown]
        return Answer(status, reply, effect=effect)

    def _list(self, request: Request) -> Answer:
        """The asynchronously fed list: hides what is not active unless asked, and lags."""
        status, email = request.arg("status", "active"), request.arg("email_address").lower()
        if email and not ADDRESS.fullmatch(email):
            return objects.error(422, "email_address contains an invalid email address")
        if status not in (*STATES, "all"):
            return objects.error(422, "status is invalid")
        rows = [
            self.shown(each)
            for number, each in reversed(self.subscribers.items())
            if self.created[number] + self.lag <= self.now()
            and status in ("all", each["state"])
            and email in ("", each["email_address"])
        ]
        return objects.page("subscribers", rows, request)

    def _get(self, request: Request) -> Answer:
        found = self.subscribers.get(request.number("id"))
        return Answer(200, {"subscriber": self.shown(found)}) if found else objects.not_found()

    def _update(self, request: Request) -> Answer:
        found = self.subscribers.get(request.number("id"))
        if found is None:
            return objects.not_found()
        refused = self._refused_fields(request.body)
        if refused is not None:
            return refused
        email = str(request.body.get("email_address") or found["email_address"]).strip().lower()
        if not ADDRESS.fullmatch(email):
            return objects.error(422, "Email address is invalid")
        other = self.find(email)
        if other is not None and other is not found:
            return objects.error(422, "Email address has already been taken")
        found["email_address"] = email
        return self._written(found, request.body, status=200, effect="subscriber_updated")

    def _unsubscribe(self, request: Request) -> Answer:
        found = self.subscribers.get(request.number("id"))
        if found is None:
            return objects.not_found()
        found["state"] = "cancelled"
        return Answer(204, effect="subscriber_unsubscribed")

    def _tags_of(self, request: Request) -> Answer:
        found = self.subscribers.get(request.number("subscriber_id"))
        if found is None:
            return objects.not_found()
        rows = [
            {"id": tag, "name": self.tags[tag]["name"], "tagged_at": at}
            for (tag, owner), at in self.tagged.items()
            if owner == found["id"]
        ]
        return objects.page("tags", rows, request)
