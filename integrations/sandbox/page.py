"""The sandbox's own page (a placeholder until the buttons are there)."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.sandbox.routing import Answer


@dataclass(frozen=True)
class Visit:
    """A call to the page, not to a provider."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    headers: Mapping[str, str]


def answer(sandbox: object, visit: Visit) -> Answer:
    return Answer(200 if visit.path == "/" else 404, "<!doctype html><title>Sandbox</title>")
