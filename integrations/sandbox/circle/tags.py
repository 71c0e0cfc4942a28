"""Circle's member tags, and who carries them."""

from integrations.sandbox.circle import objects
from integrations.sandbox.circle.members import Members
from integrations.sandbox.routing import Answer, Json, Request


class Tags(Members):
    def tag_routes(self) -> None:
        self.router.add("GET /member_tags", self._list_tags)
        self.router.add("POST /member_tags", self._create_tag)
        self.router.add("GET /member_tags/{id}", self._get_tag)
        self.router.add("DELETE /member_tags/{id}", self._delete_tag)
        self.router.add("GET /tagged_members", self._list_tagged)
        self.router.add("POST /tagged_members", self._tag)
        self.router.add("DELETE /tagged_members", self._untag)

    def _shown_tag(self, tag: Json) -> Json:
        return {**tag, "tagged_members_count": sum(1 for row in self.tag_rows if row[0] == tag["id"])}

    def _list_tags(self, request: Request) -> Answer:
        name = request.arg("name").lower()
        rows = [self._shown_tag(tag) for tag in self.tags.values() if name in tag["name"].lower()]
        return objects.page(rows, request)

    def _create_tag(self, request: Request) -> Answer:
        name = str(request.body.get("name") or "")
        if not name:
            return objects.error(
                422, message="Unable to save member tag", details={"name": ["can't be blank"]}
            )
        tag = objects.tag(self.next_id(), name=name, now=self.timestamp())
        self.tags[tag["id"]] = tag
        return Answer(201, self._shown_tag(tag), effect="tag_created")

    def _get_tag(self, request: Request) -> Answer:
        tag = self.tags.get(request.number("id"))
        return Answer(200, self._shown_tag(tag)) if tag else objects.missing("member tag")

    def _delete_tag(self, request: Request) -> Answer:
        if request.number("id") not in self.tags:
            return objects.missing("member tag")
        self.delete_tag(request.number("id"))
        return Answer(200, {"success": True, "message": "Member tag deleted"}, effect="tag_deleted")

    def _tag(self, request: Request) -> Answer:
        """By user_email only; an address without a member is answered 404 user."""
        tag = request.number("member_tag_id")
        if tag not in self.tags:
            return objects.missing("member tag")
        member = self.find(str(request.body.get("user_email") or ""), lagging=True)
        if member is None:
            return objects.missing("user")
        effect = "" if (tag, member["id"]) in self.tag_rows else "member_tagged"
        self.tag_rows.setdefault((tag, member["id"]), self.tag_row(tag, member))
        return Answer(201, {"success": True, "message": "Person tagged successfully!"}, effect=effect)

    def _untag(self, request: Request) -> Answer:
        tag = request.number("member_tag_id") if request.arg("member_tag_id") else 0
        if tag not in self.tags:
            return objects.missing("member tag")
        member = self.find(request.arg("user_email"))
        held = self.tag_rows.pop((tag, member["id"]), None) if member else None
        if held is None and self.untag_absent == 404:
            return objects.missing("tagged member")
        effect = "member_untagged" if held else ""
        return Answer(200, {"success": True, "message": "Tag has been removed"}, effect=effect)

    def _list_tagged(self, request: Request) -> Answer:
        wanted = {int(tag) for tag in request.arg("member_tag_ids").split(",") if tag.isdigit()}
        rows = [row for pair, row in self.tag_rows.items() if not wanted or pair[0] in wanted]
        return objects.page(rows, request)
