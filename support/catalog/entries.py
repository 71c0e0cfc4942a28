"""The shapes of a catalogue that was read."""

from dataclasses import dataclass, field
from typing import Any

from support.catalog.positions import Path


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands, and what is wrong in one line."""

    path: Path
    words: str


@dataclass(frozen=True)
class ConnectionEntry:
    slug: str
    kind: str
    mode: str
    credential: str
    options: dict[str, Any]
    path: Path


@dataclass(frozen=True)
class MappingEntry:
    """What a plan means at one connection."""

    kind: str
    connection: str
    options: dict[str, Any]
    path: Path


@dataclass(frozen=True)
class PlanEntry:
    slug: str
    name: str
    rank: int
    support_tier: str
    grace_days: int
    trial_access: bool
    aliases: tuple[str, ...]
    prices: tuple[str, ...]
    path: Path
    mappings: tuple[MappingEntry, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    connections: tuple[ConnectionEntry, ...] = ()
    plans: tuple[PlanEntry, ...] = field(default=())
