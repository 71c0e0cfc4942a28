"""A provider's official API description, and whether a call's answer fits it."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from integrations.sandbox.journal import Call

Schema = dict[str, Any]


class Description:
    """An OpenAPI 3.0 file; `prefix` is what its paths have before the sandbox's route templates."""

    def __init__(self, path: Path, *, prefix: str) -> None:
        self._whole: Schema = yaml.safe_load(path.read_text())  # JSON is YAML too
        self._operations = {
            f"{method.upper()} {_anonymous(template)}": operation
            for template, methods in self._whole["paths"].items()
            for method, operation in methods.items()
        }
        self._prefix = prefix

    def operation(self, route: str) -> Schema | None:
        method, _, template = route.partition(" ")
        return self._operations.get(f"{method} {_anonymous(self._prefix + template)}")

    def complaint(self, call: Call, body: Any) -> str:
        """What is wrong with this answer, or ""."""
        operation = self.operation(call.route)
        if operation is None:
            return f"{call.route}: no such path"
        documented = operation["responses"].get(str(call.status))
        if documented is None:
            return f"{call.route}: {call.status} is not documented"
        schema = documented.get("content", {}).get("application/json", {}).get("schema")
        if schema is None or body is None:
            return ""
        try:
            jsonschema.validate(body, self._plain(schema))
        except jsonschema.ValidationError as error:
            return f"{call.route}: {call.status} {error.json_path}: {error.message}"
        return ""

    def _plain(self, schema: Any) -> Any:
        """The schema as JSON Schema: references resolved (a dangling one allows all), nullable spelt out."""
        if isinstance(schema, list):
            return [self._plain(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            return self._plain(self._whole.get("components", {}).get("schemas", {}).get(name, {}))
        plain = {key: self._plain(value) for key, value in schema.items()}
        return {"anyOf": [plain, {"type": "null"}]} if plain.pop("nullable", False) is True else plain


def _anonymous(template: str) -> str:
    return re.sub(r"\{\w+\}", "{}", template)
