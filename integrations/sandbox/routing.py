"""What a call to a provider is, what its answer is, and which handler takes it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

Json = dict[str, Any]
Handler = Callable[["Request"], "Answer"]


def copied(value: Any) -> Any:
    """A deep copy of JSON values; copy.deepcopy takes five times as long."""
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


@dataclass
class Request:
    """One HTTP call. `path` is inside the provider; `params` are the values of the route's placeholders."""

    provider: str
    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    headers: Message = field(default_factory=Message)
    params: dict[str, str] = field(default_factory=dict)

    def arg(self, name: str, default: str = "") -> str:
        """The first query value of that name."""
        return self.query.get(name, [default])[0]

    def args(self, name: str) -> list[str]:
        """All query values of that name, also written as name[] or name[0]."""
        pattern = re.compile(re.escape(name) + r"(\[\d*\])?")
        return [value for key, values in self.query.items() if pattern.fullmatch(key) for value in values]

    def number(self, name: str) -> int:
        """A placeholder, query value or body value as an integer; 0 when it is none."""
        raw = self.params.get(name) or self.arg(name) or self.body.get(name) or 0
        return int(raw) if str(raw).isdigit() else 0

    def email(self) -> str:
        """The address that the call names itself, if it does."""
        for name in ("email", "user_email", "email_address"):
            found = self.arg(name) or self.body.get(name)
            if isinstance(found, str) and found:
                return found
        return ""


@dataclass
class Answer:
    """What goes back. A str body is sent as it is, None sends nothing; `effect` names what changed."""

    status: int
    body: Json | str | None = None
    effect: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    pattern: re.Pattern[str]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class Router:
    """Routes in the order they were added; the first that fits wins."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, route: str, handler: Handler) -> None:
        """Serve `"GET /things/{id}"` by the handler."""
        method, template = route.split(" ")
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
        self.routes.append(Route(method=method, template=template, handler=handler, pattern=pattern))

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for route in self.routes:
            found = route.pattern.fullmatch(path) if route.method == method else None
            if found:
                return route, found.groupdict()
        return None
