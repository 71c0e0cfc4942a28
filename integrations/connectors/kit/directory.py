"""Kit's own ids of our fields and tags: looked up once, remembered on the connection for everybody."""

from integrations.connectors.kit.client import Kit
from integrations.errors import TryAgain
from integrations.work import Work

FIELDS = ("plan", "status", "interval", "tier", "country")


class Directory:
    def __init__(self, work: Work, kit: Kit) -> None:
        self._work = work
        self._kit = kit

    def field_keys(self, *, again: bool = False) -> dict[str, str]:
        """Our name to Kit's key for our five fields; missing ones are made. `again`: trust no memory."""
        known: dict[str, str] = {} if again else self._work.connection.remembered.get("fields", {})
        if all(name in known for name in FIELDS):
            return {name: known[name] for name in FIELDS}
        known = self._kit.fields()
        found = {name: known.get(name) or self._make(name) for name in FIELDS}
        if not all(found.values()):
            raise TryAgain("fields_missing", "Kit's custom fields could not be created.")
        self._work.remember("fields", found)
        return found

    def _make(self, name: str) -> str:
        """The key of a new field; when somebody else made it a moment ago, of theirs."""
        return self._kit.create_field(name.title()) or self._kit.fields().get(name, "")

    def tag_id(self, name: str, *, again: bool = False) -> int:
        """The id of a tag, made when it is missing. `again`: ask Kit even if we remember one."""
        known: int | None = self._work.connection.remembered.get("tags", {}).get(name)
        if known is not None and not again:
            return known
        found = self._kit.create_tag(name)
        self._work.remember("tags", {name: found})
        return found
