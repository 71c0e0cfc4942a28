"""What a Circle community holds: members, access groups, tags, spaces and who is in them."""

from integrations.sandbox.circle import objects
from integrations.sandbox.limits import RollingWindow
from integrations.sandbox.provider import Provider, Shared
from integrations.sandbox.routing import Json

Row = tuple[int, int]  # (group, tag or space id; member id)


class State(Provider):
    """The truth, for tests to read and to move as Circle's own admin or a member would."""

    name = "circle"
    prefix = "/circle/api/admin/v2"

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared, limit=RollingWindow(2_000, seconds=300))
        self.duplicate_create = 201  # also seen: 409, 422
        self.duplicate_applies_tags = False  # undocumented
        self.reply_has_member = True  # whether the create reply carries community_member
        self.honour_skip_invitation = True  # evidence conflicts
        self.untag_absent = 200  # undocumented; 404 is the other guess
        self.lag = 0.0  # seconds until a new member can be found
        self.members: dict[int, Json] = {}
        self.groups: dict[int, Json] = {}
        self.tags: dict[int, Json] = {}
        self.spaces: dict[int, Json] = {}
        self.group_rows: dict[Row, Json] = {}
        self.tag_rows: dict[Row, Json] = {}
        self.space_rows: dict[Row, Json] = {}
        self.hidden: dict[int, float] = {}  # member id: deactivated (inf) or visible from that time on
        self.invitations: list[str] = []  # one address for each mail sent
        self.last_id = 1_000

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add_group(self, number: int, name: str) -> None:
        with self.lock:
            self.groups[number] = objects.group(number, name=name, description="", now=self.timestamp())

    def add_tag(self, number: int, name: str) -> None:
        with self.lock:
            self.tags[number] = objects.tag(number, name=name, now=self.timestamp())

    def add_space(self, number: int, name: str) -> None:
        with self.lock:
            self.spaces[number] = objects.space(number, name=name, now=self.timestamp())

    def add_member(self, email: str) -> None:
        """As an admin of the community makes one: no invitation of ours, in no group."""
        with self.lock:
            number = self.next_id()
            self.members[number] = objects.member(number, email=email, name="", now=self.timestamp())

    def archive_group(self, number: int) -> None:
        with self.lock:
            self.groups[number]["status"] = "archived"

    def delete_tag(self, number: int) -> None:
        with self.lock:
            del self.tags[number]
            self.tag_rows = {row: held for row, held in self.tag_rows.items() if row[0] != number}

    def accept(self, email: str) -> None:
        """The member finishes the sign-up."""
        with self.lock:
            found = self.find(email)
            if found is None:
                raise KeyError(f"no member {email}")
            stamp = self.timestamp()
            found.update(
                active=True,
                profile_confirmed_at=stamp,
                accepted_invitation=self.timestamp("%Y-%m-%d %H:%M:%S UTC"),
            )

    def find(self, email: str, *, lagging: bool = False) -> Json | None:
        """The member of that address who is not deactivated; `lagging` also hides the very new."""
        wanted = email.strip().casefold()
        for number, member in self.members.items():
            if member["email"].casefold() == wanted:
                hidden_until = self.hidden.get(number, 0.0)
                gone = hidden_until == float("inf") or (lagging and hidden_until > self.now())
                return None if gone else member
        return None

    def member(self, email: str) -> Json | None:
        """The member as the API shows it, or None."""
        with self.lock:
            found = self.find(email)
            return self.shown(found) if found else None

    def shown(self, member: Json) -> Json:
        held = [self.tags[tag] for tag, owner in self.tag_rows if owner == member["id"]]
        return {**member, "member_tags": [{"id": tag["id"], "name": tag["name"]} for tag in held]}

    def members_of(self, group: int | str) -> set[str]:
        """Addresses in the access group, named by id or name."""
        with self.lock:
            wanted = {number for number, row in self.groups.items() if group in (number, row["name"])}
            if not wanted:
                raise KeyError(f"no access group {group}")
            return {self.members[owner]["email"] for number, owner in self.group_rows if number in wanted}

    def groups_of(self, email: str) -> set[int]:
        with self.lock:
            found = self.find(email)
            return {number for number, owner in self.group_rows if found and owner == found["id"]}

    def tags_of(self, email: str) -> set[str]:
        with self.lock:
            found = self.find(email)
            return {
                self.tags[number]["name"] for number, owner in self.tag_rows if found and owner == found["id"]
            }

    def spaces_of(self, email: str) -> set[int]:
        with self.lock:
            found = self.find(email)
            return {number for number, owner in self.space_rows if found and owner == found["id"]}

    def dump(self) -> Json:
        by_id = {name: list(getattr(self, name).values()) for name in ("members", "groups", "tags", "spaces")}
        rows = {name: list(getattr(self, name).items()) for name in ("group_rows", "tag_rows", "space_rows")}
        hidden = list(self.hidden.items())
        return {**by_id, **rows, "hidden": hidden, "invitations": self.invitations, "last_id": self.last_id}

    def restore(self, state: Json) -> None:
        for name in ("members", "groups", "tags", "spaces"):
            setattr(self, name, {each["id"]: each for each in state[name]})
        for name in ("group_rows", "tag_rows", "space_rows"):
            setattr(self, name, {(row[0], row[1]): held for row, held in state[name]})
        self.hidden = {number: float(until) for number, until in state["hidden"]}
        self.invitations = state["invitations"]
        self.last_id = state["last_id"]
