"""Per connection: what should be there, what was found, when it was tried, what happens next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.connectors.holding import IN, MAYBE, OUT
from integrations.models import HoldReason, Outcome, Sync, SyncStatus
from support.screen.pills import SYNC, Tone

MAX_VALUES = 8
HELD = {IN, OUT, MAYBE}
ACCESS_FIRST = (
    "member",
    "accepted",
    "groups",
    "spaces",
    "tags",
    "state",
    "suppressed",
    "sequences",
    "fields",
)
BOOKKEEPING = ("written", "sent", "write", "known")  # the connectors' own notes


@dataclass(frozen=True)
class Destination:
    """One connection's side of one person."""

    sync: Sync
    desired: list[str]
    found: list[str]
    differences: list[str]
    reason: str
    word: str
    tone: Tone
    last_tried_at: datetime | None
    last_outcome: str

    @property
    def in_flight(self) -> bool:
        return self.sync.status in (SyncStatus.PENDING, SyncStatus.RUNNING, SyncStatus.RETRYING)


def destination(sync: Sync, *, differences: list[str]) -> Destination:
    """The sync of `screen.syncs_of` in words; a difference where nothing failed is drift, not an error."""
    drifts = bool(differences) and sync.status == SyncStatus.IN_SYNC
    return Destination(
        sync=sync,
        desired=lines(sync.desired),
        found=lines(sync.observed),
        differences=differences,
        reason=reason_in_words(sync),
        word="Drift" if drifts else SyncStatus(sync.status).label,
        tone=Tone.WARN if drifts else SYNC[SyncStatus(sync.status)],
        last_tried_at=getattr(sync, "last_tried_at", None),
        last_outcome=_outcome(getattr(sync, "last_outcome", None)),
    )


def reason_in_words(sync: Sync) -> str:
    """Why it is not in sync, in words; empty when there is nothing to say."""
    if sync.explanation:
        return sync.explanation
    if sync.reason in HoldReason.values:
        return HoldReason(sync.reason).label
    return sync.reason.replace("_", " ")


def lines(state: Mapping[str, Any]) -> list[str]:
    """What a connector computed or found, one line for each thing that is said."""
    said = ((key.replace("_", " "), _value(state[key])) for key in _in_order(state))
    return [f"{key}: {value}" for key, value in said if value]


def _in_order(state: Mapping[str, Any]) -> list[str]:
    told = [key for key in state if key not in BOOKKEEPING]
    return sorted(
        told, key=lambda key: (ACCESS_FIRST.index(key) if key in ACCESS_FIRST else len(ACCESS_FIRST), key)
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        held = all(str(state) in HELD for state in value.values())
        return _listed(_held(value) if held else _named(value))
    if isinstance(value, list | tuple):
        return _listed([_value(inner) for inner in value])
    return "" if value is None else str(value)


def _held(states: Mapping[str, str]) -> list[str]:
    """Ids or names with how surely they are there; what was taken out is not there."""
    return [name if state == IN else f"{name} (unsure)" for name, state in states.items() if state != OUT]


def _named(values: Mapping[str, Any]) -> list[str]:
    if {"kind", "subject", "sequence"} <= values.keys():
        return [f"{values['kind']} {values['sequence']}"]
    return [f"{key} {_value(inner)}" for key, inner in values.items() if _value(inner)]


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - MAX_VALUES} more" if len(words) > MAX_VALUES else ""
    return ", ".join(words[:MAX_VALUES]) + more


def _outcome(outcome: str | None) -> str:
    return Outcome(outcome).label.lower() if outcome else ""
