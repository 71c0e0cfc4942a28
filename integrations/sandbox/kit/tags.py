"""Kit's tags and sequences: by id or by e-mail, 201 when new and 200 when already so."""

from integrations.sandbox.kit import objects
from integrations.sandbox.kit.state import State
from integrations.sandbox.routing import Answer, Json, Request

TAGGED = "/tags/{tag_id}/subscribers"
ADDED = "/sequences/{sequence_id}/subscribers"


class Tags(State):
    def tag_routes(self) -> None:
        self.router.add("GET /tags", self._list_tags)
        self.router.add("POST /tags", self._create_tag)
        self.router.add("PUT /tags/{id}", self._rename_tag)
        self.router.add(f"GET {TAGGED}", self._list_tagged)
        self.router.add(f"POST {TAGGED}", self._tag)
        self.router.add(f"DELETE {TAGGED}", self._untag)
        self.router.add(f"POST {TAGGED}/{{id}}", self._tag)
        self.router.add(f"DELETE {TAGGED}/{{id}}", self._untag)
        self.router.add("GET /sequences", self._list_sequences)
        self.router.add(f"GET {ADDED}", self._list_added)
        self.router.add(f"POST {ADDED}", self._add)
        self.router.add(f"POST {ADDED}/{{id}}", self._add)

    def _list_tags(self, request: Request) -> Answer:
        return objects.page("tags", list(reversed(self.tags.values())), request)

    def _tag_named(self, name: str) -> Json | None:
        return next((tag for tag in self.tags.values() if tag["name"].casefold() == name.casefold()), None)

    def _create_tag(self, request: Request) -> Answer:
        """Names are unique without regard to case; an existing one is answered 200."""
        name = str(request.body.get("name") or "").strip()
        if not name:
            return objects.error(422, "Name can't be blank")
        existing = self._tag_named(name)
        if existing is not None:
            return Answer(200, {"tag": existing})
        tag: Json = {"id": self.next_id(), "name": name, "created_at": self.timestamp()}
        self.tags[tag["id"]] = tag
        return Answer(201, {"tag": tag}, effect="tag_created")

    def _rename_tag(self, request: Request) -> Answer:
        tag, name = self.tags.get(request.number("id")), str(request.body.get("name") or "").strip()
        if tag is None:
            return objects.not_found()
        if not name:
            return objects.error(422, "Name can't be blank")
        if self._tag_named(name) not in (None, tag):
            return objects.error(422, "Name has already been taken")
        tag["name"] = name
        return Answer(200, {"tag": tag}, effect="tag_renamed")

    def _person(self, request: Request, refusal: str) -> Json | Answer:
        """The subscriber by id in the path, or by e-mail; tagging never creates one."""
        if "id" in request.params:
            found = self.subscribers.get(request.number("id"))
        elif request.email():
            found = self.find(request.email())
        else:
            return objects.error(422, refusal)
        return found or objects.not_found()

    def _tag(self, request: Request) -> Answer:
        tag = self.tags.get(request.number("tag_id"))
        if tag is None:
            return objects.not_found()
        found = self._person(request, "Either subscriber id or email address is required to tag subscriber")
        if isinstance(found, Answer):
            return found
        pair = (tag["id"], found["id"])
        status, effect = (200, "") if pair in self.tagged else (201, "subscriber_tagged")
        at = self.tagged.setdefault(pair, self.timestamp())
        return Answer(status, {"subscriber": {**self.shown(found), "tagged_at": at}}, effect=effect)

    def _untag(self, request: Request) -> Answer:
        tag = self.tags.get(request.number("tag_id"))
        if tag is None:
            return objects.not_found()
        refusal = "Either subscriber id or email address is required to remove tag from subscriber"
        found = self._person(request, refusal)
        if isinstance(found, Answer):
            return found
        held = self.tagged.pop((tag["id"], found["id"]), None)
        if held is None and self.untag_absent == 404:
            return objects.not_found()
        return Answer(204, effect="subscriber_untagged" if held else "")

    def _list_sequences(self, request: Request) -> Answer:
        return objects.page("sequences", list(reversed(self.sequences.values())), request)

    def _add(self, request: Request) -> Answer:
        """Adding again is answered 200 and starts nothing; nobody can be taken out again."""
        sequence = self.sequences.get(request.number("sequence_id"))
        if sequence is None:
            return objects.not_found()
        if sequence["hold"]:
            return objects.error(422, "Sequence is inactive")
        found = self._person(request, "Either subscriber id or email address is required")
        if isinstance(found, Answer):
            return found
        pair = (sequence["id"], found["id"])
        status, effect = (200, "") if pair in self.added else (201, "sequence_started")
        at = self.added.setdefault(pair, self.timestamp())
        if effect:
            self.enrolments.append((found["email_address"], sequence["id"]))
        return Answer(status, {"subscriber": {**self.shown(found), "added_at": at}}, effect=effect)

    def _list_tagged(self, request: Request) -> Answer:
        if request.number("tag_id") not in self.tags:
            return objects.not_found()
        return self._members(request, self.tagged, number=request.number("tag_id"), stamp="tagged_at")

    def _list_added(self, request: Request) -> Answer:
        if request.number("sequence_id") not in self.sequences:
            return objects.not_found()
        return self._members(request, self.added, number=request.number("sequence_id"), stamp="added_at")

    def _members(
        self, request: Request, pairs: dict[tuple[int, int], str], *, number: int, stamp: str
    ) -> Answer:
        status = request.arg("status", "active")
        rows = [
            {**self.shown(self.subscribers[owner]), stamp: at}
            for (group, owner), at in pairs.items()
            if group == number and status in ("all", self.subscribers[owner]["state"])
        ]
        return objects.page("subscribers", rows, request)
