"""Kit's custom fields: unlike tags, creating an existing label is an error."""

from integrations.sandbox.kit import objects
from integrations.sandbox.kit.state import State
from integrations.sandbox.routing import Answer, Json, Request


class Fields(State):
    def field_routes(self) -> None:
        self.router.add("GET /custom_fields", self._list_fields)
        self.router.add("POST /custom_fields", self._create_field)
        self.router.add("PUT /custom_fields/{id}", self._rename_field)
        self.router.add("DELETE /custom_fields/{id}", self._delete_field)

    def _list_fields(self, request: Request) -> Answer:
        return objects.page("custom_fields", list(reversed(self.fields.values())), request)

    def _refused_label(self, label: str, own: Json | None) -> Answer | None:
        if not label:
            return objects.error(422, "Label can't be blank")
        taken = [each for each in self.fields.values() if each["label"].casefold() == label.casefold()]
        return objects.error(422, "Label has already been taken") if taken and taken != [own] else None

    def _create_field(self, request: Request) -> Answer:
        label = str(request.body.get("label") or "").strip()
        refused = self._refused_label(label, None)
        return refused or Answer(201, {"custom_field": self.add_field(label)}, effect="field_created")

    def _rename_field(self, request: Request) -> Answer:
        """A new label means a new key: values written under the old key are unknown from then on."""
        field, label = self.fields.get(request.number("id")), str(request.body.get("label") or "").strip()
        if field is None:
            return objects.not_found()
        refused = self._refused_label(label, field)
        if refused is not None:
            return refused
        fresh = self.add_field(label)
        del self.fields[fresh["id"]]
        for values in self.values.values():
            if field["key"] in values:
                values[fresh["key"]] = values.pop(field["key"])
        field.update(label=fresh["label"], key=fresh["key"])
        return Answer(200, {"custom_field": field}, effect="field_renamed")

    def _delete_field(self, request: Request) -> Answer:
        field = self.fields.pop(request.number("id"), None)
        if field is None:
            return objects.not_found()
        for values in self.values.values():
            values.pop(field["key"], None)
        return Answer(204, effect="field_deleted")
