"""Circle's member routes: create or invite, search, read, update, deactivate, list."""

import re

from integrations.sandbox.circle import objects
from integrations.sandbox.circle.state import State
from integrations.sandbox.routing import Answer, Json, Request

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ALREADY = "This user is already a member of this community."
INVITED = "This user has been invited to the community."
STATUSES = ("active", "inactive", "all")


class Members(State):
    def member_routes(self) -> None:
        self.router.add("POST /community_members", self._create)
        self.router.add("GET /community_members", self._list)
        self.router.add("GET /community_members/search", self._search)
        self.router.add("GET /community_members/{id}", self._get)
        self.router.add("PUT /community_members/{id}", self._update)
        self.router.add("DELETE /community_members/{id}", self._deactivate)
        self.router.add("GET /community_members/{community_member_id}/access_groups", self._groups)

    def _create(self, request: Request) -> Answer:
        email = str(request.body.get("email") or "").strip().lower()
        if not ADDRESS.fullmatch(email):
            return objects.error(422, message="Invalid email address.")
        existing = self.find(email)
        if existing is not None:
            return self._duplicate(existing, request)
        member = next((each for each in self.members.values() if each["email"] == email), None)
        if member is None:
            name = str(request.body.get("name") or "")
            member = objects.member(self.next_id(), email=email, name=name, now=self.timestamp())
            self.members[member["id"]] = member
        self.hidden[member["id"]] = self.now() + self.lag
        self._fill(member, request.body)
        silent = request.body.get("password") or (
            self.honour_skip_invitation and request.body.get("skip_invitation") is True
        )
        if not silent and member["accepted_invitation"] == "" and email not in self.invitations:
            self.invitations.append(email)
        return self._created(member, message=INVITED, effect="member_created")

    def _duplicate(self, member: Json, request: Request) -> Answer:
        """A second create is not an error by default: 201, and it says so only in words."""
        if self.duplicate_create != 201:
            return objects.error(self.duplicate_create, message=ALREADY)
        if self.duplicate_applies_tags:
            self._fill(member, request.body)
        return self._created(member, message=ALREADY, effect="")

    def _created(self, member: Json, *, message: str, effect: str) -> Answer:
        body: Json = {"message": message}
        if self.reply_has_member:
            body["community_member"] = self.shown(member)
        return Answer(201, body, effect=effect)

    def _fill(self, member: Json, body: Json) -> None:
        """Tags and spaces that ride along in a create; unknown ids are ignored."""
        for tag in body.get("member_tag_ids") or []:
            if tag in self.tags:
                self.tag_rows.setdefault((tag, member["id"]), self.tag_row(tag, member))
        for space in body.get("space_ids") or []:
            if space in self.spaces:
                self.space_rows.setdefault((space, member["id"]), self.space_row(space, member))

    def tag_row(self, tag: int, member: Json) -> Json:
        stamp = self.timestamp()
        return {
            "id": self.next_id(), "member_tag_id": tag, "member_tag_name": self.tags[tag]["name"],
            "member_tag_emoji": None, "user_id": member["user_id"], "user_email": member["email"],
            "lead_id": None, "lead_email": None, "community_member_id": member["id"],
            "contact_id": member["id"], "created_at": stamp, "updated_at": stamp,
        }  # fmt: skip

    def space_row(self, space: int, member: Json) -> Json:
        stamp = self.timestamp()
        return {
            "id": self.next_id(), "space_id": space, "community_member_id": member["id"],
            "user_id": member["user_id"], "access_type": "direct", "moderator": False,
            "created_at": stamp, "updated_at": stamp,
        }  # fmt: skip

    def _search(self, request: Request) -> Answer:
        found = self.find(request.arg("email"), lagging=True)
        return Answer(200, self.shown(found)) if found else objects.missing("community member")

    def _list(self, request: Request) -> Answer:
        """`email` is no filter here: whoever sends it gets everybody, as at Circle."""
        status = request.arg("status", "active")
        if status not in STATUSES:
            return objects.error(400, message=f"Invalid status. Valid statuses are: {', '.join(STATUSES)}")
        wanted = {int(tag) for tag in request.arg("member_tag_ids").split(",") if tag.isdigit()}
        rows = [
            self.members[number] for number in self.members if self.hidden.get(number, 0.0) != float("inf")
        ]
        rows = [row for row in rows if status == "all" or row["active"] == (status == "active")]
        if wanted:
            rows = [row for row in rows if any((tag, row["id"]) in self.tag_rows for tag in wanted)]
        return objects.page([self.shown(row) for row in rows], request)

    def by_id(self, number: int) -> Json | None:
        return self.members.get(number) if self.hidden.get(number, 0.0) != float("inf") else None

    def _get(self, request: Request) -> Answer:
        found = self.by_id(request.number("id"))
        return Answer(200, self.shown(found)) if found else objects.missing("community member")

    def _update(self, request: Request) -> Answer:
        """List fields replace the whole set; email and active are silently ignored."""
        found = self.by_id(request.number("id"))
        if found is None:
            return objects.missing("community member")
        if "name" in request.body and not request.body["name"]:
            return objects.error(422, message="Validation failed: Name can't be blank")
        found.update({key: request.body[key] for key in ("name", "headline") if key in request.body})
        found["updated_at"] = self.timestamp()
        if "member_tag_ids" in request.body:
            self.tag_rows = {row: held for row, held in self.tag_rows.items() if row[1] != found["id"]}
        if "space_ids" in request.body:
            self.space_rows = {row: held for row, held in self.space_rows.items() if row[1] != found["id"]}
        self._fill(found, request.body)
        return Answer(200, self.shown(found), effect="member_updated")

    def _deactivate(self, request: Request) -> Answer:
        found = self.by_id(request.number("id"))
        if found is None:
            return objects.missing("community member")
        self.hidden[found["id"]] = float("inf")
        self.group_rows = {row: held for row, held in self.group_rows.items() if row[1] != found["id"]}
        message = "The community member has been removed from the community."
        return Answer(200, {"success": True, "message": message}, effect="member_deactivated")

    def _groups(self, request: Request) -> Answer:
        found = self.by_id(request.number("community_member_id"))
        if found is None:
            return objects.missing("community member")
        held = [self.groups[group] for group, owner in self.group_rows if owner == found["id"]]
        return objects.page(held, request)
