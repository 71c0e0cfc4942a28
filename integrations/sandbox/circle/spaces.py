"""Circle's spaces: direct membership of one space."""

from integrations.sandbox.circle import objects
from integrations.sandbox.circle.members import Members
from integrations.sandbox.routing import Answer, Json, Request


class Spaces(Members):
    def space_routes(self) -> None:
        self.router.add("GET /spaces", self._list_spaces)
        self.router.add("POST /space_members", self._add_to_space)
        self.router.add("DELETE /space_members", self._remove_from_space)
        self.router.add("GET /space_members", self._list_space)
        self.router.add("GET /space_member", self._show_in_space)
        self.router.add("GET /community_member_spaces", self._spaces_of_member)

    def _list_spaces(self, request: Request) -> Answer:
        return objects.page(list(self.spaces.values()), request)

    def _add_to_space(self, request: Request) -> Answer:
        """The id must be a JSON number: a string is answered 404, as has been seen."""
        space = request.body.get("space_id")
        if not isinstance(space, int) or space not in self.spaces:
            return objects.missing("space")
        member = self.find(str(request.body.get("email") or ""), lagging=True)
        if member is None:
            return objects.missing("user")
        if (space, member["id"]) in self.space_rows:
            return objects.error(422, message="User not added to space.")
        self.space_rows[space, member["id"]] = self.space_row(space, member)
        return Answer(200, {"success": True, "message": "User added to space"}, effect="space_member_added")

    def _remove_from_space(self, request: Request) -> Answer:
        space = int(request.arg("space_id")) if request.arg("space_id").isdigit() else 0
        if space not in self.spaces:
            return objects.missing("space")
        member = self.find(request.arg("email"))
        if member is None:
            return objects.missing("user")
        if self.space_rows.pop((space, member["id"]), None) is None:
            return objects.missing("space member")
        done = {"success": True, "message": "Member removed from space"}
        return Answer(200, done, effect="space_member_removed")

    def _list_space(self, request: Request) -> Answer:
        space = request.number("space_id")
        if space not in self.spaces:
            return objects.missing("space")
        rows = [self._shown_row(row) for pair, row in self.space_rows.items() if pair[0] == space]
        return objects.page(rows, request)

    def _show_in_space(self, request: Request) -> Answer:
        space, member = request.number("space_id"), self.find(request.arg("email"))
        if space not in self.spaces:
            return objects.missing("space")
        row = self.space_rows.get((space, member["id"])) if member else None
        return Answer(200, self._shown_row(row)) if row else objects.missing("space member")

    def _shown_row(self, row: Json) -> Json:
        member = self.members[row["community_member_id"]]
        names = ("name", "first_name", "last_name", "avatar_url", "headline", "profile_url", "public_uid")
        shown = {key: member[key] or "" for key in (*names, "community_id", "email")}
        return {**row, "status": "active" if member["active"] else "inactive", "community_member": shown}

    def _spaces_of_member(self, request: Request) -> Answer:
        email = request.arg("user_email")
        member = self.find(email) if email else self.members.get(request.number("community_member_id"))
        held = [self.spaces[number] for number, owner in self.space_rows if member and owner == member["id"]]
        return objects.page(held, request)
