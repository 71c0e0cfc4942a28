"""Circle's access groups: add by e-mail, remove by query, and three different 404s."""

from integrations.sandbox.circle import objects
from integrations.sandbox.circle.state import State
from integrations.sandbox.routing import Answer, Json, Request

STATUSES = ("active", "archived", "all")
MEMBERS = "/access_groups/{access_group_id}/community_members"


class Groups(State):
    def group_routes(self) -> None:
        self.router.add("GET /access_groups", self._list_groups)
        self.router.add("POST /access_groups", self._create_group)
        self.router.add("DELETE /access_groups/{id}", self._archive)
        self.router.add(f"GET {MEMBERS}", self._list_rows)
        self.router.add(f"POST {MEMBERS}", self._add)
        self.router.add(f"DELETE {MEMBERS}", self._remove)
        self.router.add("GET /access_groups/{access_group_id}/community_member", self._show)

    def _list_groups(self, request: Request) -> Answer:
        status = request.arg("status", "active")
        if status not in STATUSES:
            return objects.error(400, message=f"Invalid status. Valid statuses are: {', '.join(STATUSES)}")
        name = request.arg("name").lower()
        rows = [row for row in self.groups.values() if status in ("all", row["status"])]
        return objects.page([row for row in rows if name in row["name"].lower()], request)

    def _create_group(self, request: Request) -> Answer:
        given = request.body.get("access_group")
        name = given.get("name") if isinstance(given, dict) else None
        if not isinstance(given, dict) or not name:
            return objects.error(422, message="Name can't be blank")
        number = self.next_id()
        text = str(given.get("description") or "")
        self.groups[number] = objects.group(number, name=name, description=text, now=self.timestamp())
        return Answer(201, self.groups[number], effect="group_created")

    def _archive(self, request: Request) -> Answer:
        group = self.groups.get(request.number("id"))
        if group is None:
            return objects.missing("access group")
        group["status"] = "archived"
        return Answer(200, {"success": True, "message": "Access group archived"}, effect="group_archived")

    def _active(self, request: Request) -> Json | None:
        group = self.groups.get(request.number("access_group_id"))
        return group if group and group["status"] == "active" else None

    def _pair(self, request: Request, email: str) -> tuple[Json, Json] | Answer:
        """The group and the member, or the 404 that says which one is missing."""
        group = self._active(request)
        if group is None:
            return objects.missing("access group")
        member = self.find(email, lagging=True)
        return (group, member) if member else objects.missing("user")

    def _add(self, request: Request) -> Answer:
        found = self._pair(request, str(request.body.get("email") or ""))
        if isinstance(found, Answer):
            return found
        group, member = found
        row, stamp = (group["id"], member["id"]), self.timestamp()
        effect = "" if row in self.group_rows else "group_member_added"
        if effect:
            self.group_rows[row] = {
                "id": self.next_id(),
                "access_group_id": group["id"],
                "community_member_id": member["id"],
                "community_id": objects.COMMUNITY_ID,
                "created_at": stamp,
                "updated_at": stamp,
            }
        message = f"Member has been added to '{group['name']}' access group."
        return Answer(201, {"success": True, "message": message}, effect=effect)

    def _remove(self, request: Request) -> Answer:
        found = self._pair(request, request.arg("email"))
        if isinstance(found, Answer):
            return found
        group, member = found
        if self.group_rows.pop((group["id"], member["id"]), None) is None:
            return objects.missing("access group community member")
        message = f"Member removed from '{group['name']}' access group."
        return Answer(200, {"success": True, "message": message}, effect="group_member_removed")

    def _list_rows(self, request: Request) -> Answer:
        group = self._active(request)
        if group is None:
            return objects.missing("access group")
        return objects.page([row for pair, row in self.group_rows.items() if pair[0] == group["id"]], request)

    def _show(self, request: Request) -> Answer:
        found = self._pair(request, request.arg("email"))
        if isinstance(found, Answer):
            return found
        row = self.group_rows.get((found[0]["id"], found[1]["id"]))
        return Answer(200, row) if row else objects.missing("access group community member")
