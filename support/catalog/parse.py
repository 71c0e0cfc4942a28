"""Read the text of a catalogue file into entries, noting every mistake of form."""

import re
import tomllib
from typing import Any

from customers.vocabulary import SupportTier
from integrations.models import Mode
from support.catalog.entries import Catalogue, ConnectionEntry, MappingEntry, PlanEntry, Problem
from support.catalog.positions import Path
from support.catalog.table import Table

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
CONNECTION_KEYS = ("slug", "kind", "mode", "credential")
PLAN_KEYS = ("slug", "name", "rank", "support_tier", "aliases", "prices", "grace_days", "trial_access")


class NotTomlError(ValueError):
    """The text is no TOML; `line` is where reading stopped."""

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.line = line


def decode(text: str) -> dict[str, Any]:
    """The raw tables. Raises: NotTomlError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        last = text.rstrip().count("\n") + 1
        raise NotTomlError(f"not valid TOML: {words}", int(line[1]) if line else last) from error


def parse(raw: dict[str, Any], *, kinds: tuple[str, ...], problems: list[Problem]) -> Catalogue:
    """The catalogue as entries; `kinds` are the connectors that exist. Mistakes go to `problems`."""
    top = Table(raw, path=(), title="the file", problems=problems)
    top.refuse_unknown(("connection", "plan"))
    return Catalogue(
        connections=tuple(
            _connection(path, values, kinds, problems) for path, values in top.tables("connection")
        ),
        plans=tuple(_plan(path, values, kinds, problems) for path, values in top.tables("plan")),
    )


def _connection(
    path: Path, values: dict[str, Any], kinds: tuple[str, ...], problems: list[Problem]
) -> ConnectionEntry:
    table = Table(values, path=path, title=_title("connection", values), problems=problems)
    credential = table.text("credential", longest=64)
    if credential and not VARIABLE.fullmatch(credential):
        # Somebody may have pasted the secret itself: never repeat it.
        table.note(
            "credential must be the NAME of an environment variable, like CIRCLE_API_TOKEN", key="credential"
        )
        credential = ""
    return ConnectionEntry(
        slug=_slug(table),
        kind=table.choice("kind", kinds),
        mode=table.choice("mode", Mode.values, default=Mode.LIVE.value),
        credential=credential,
        options={key: value for key, value in values.items() if key not in CONNECTION_KEYS},
        path=path,
    )


def _plan(path: Path, values: dict[str, Any], kinds: tuple[str, ...], problems: list[Problem]) -> PlanEntry:
    table = Table(values, path=path, title=_title("plan", values), problems=problems)
    table.refuse_unknown((*PLAN_KEYS, *kinds))
    return PlanEntry(
        slug=_slug(table),
        name=table.text("name", longest=120),
        rank=table.number("rank", default=0),
        support_tier=table.choice("support_tier", SupportTier.values, default=SupportTier.COMMUNITY.value),
        grace_days=table.number("grace_days", default=7),
        trial_access=table.flag("trial_access", default=True),
        aliases=table.texts("aliases", longest=120),
        prices=table.texts("prices", longest=255),
        path=path,
        mappings=tuple(mapping for kind in kinds for mapping in _mappings(table, kind)),
    )


def _mappings(plan: Table, kind: str) -> list[MappingEntry]:
    by_connection = Table(plan.table(kind), path=(*plan.path, kind), title=plan.title, problems=plan.problems)
    found = []
    for slug in by_connection.values:
        if isinstance(by_connection.values[slug], dict):
            found.append(MappingEntry(kind, slug, by_connection.table(slug), (*by_connection.path, slug)))
        else:
            by_connection.note(f"{kind} must be written as [plan.{kind}.<connection>]", key=slug)
    return found


def _slug(table: Table) -> str:
    slug = table.text("slug", longest=64)
    if slug and not SLUG.fullmatch(slug):
        table.note("slug must consist of letters, digits, hyphens and underscores", key="slug")
        return ""
    return slug


def _title(word: str, values: dict[str, Any]) -> str:
    slug = values.get("slug")
    return f'{word} "{slug}"' if isinstance(slug, str) and SLUG.fullmatch(slug) else word
