"""Rows of the timeline in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime

from billing.models import EventStatus
from customers.vocabulary import LifecycleType, Status
from integrations.models import Outcome
from support.acts import act_in_words
from support.models import TicketStatus
from support.screen import pills
from support.screen.moments import lasting, took
from support.screen.naming import Names, place
from support.screen.pills import Tone
from support.screen.timeline import Kind, Row

_TAKES = (
    LifecycleType.PAYMENT_FAILED,
    LifecycleType.DISPUTE_OPENED,
    LifecycleType.REFUND_FAILED,
    LifecycleType.CANCELLATION_SCHEDULED,
    LifecycleType.PAUSED,
)
# What a step did, and what its reference names.
_STEPS = {
    "add_groups": ("add to group", "group"),
    "drop_groups": ("remove from group", "group"),
    "add_spaces": ("add to space", "space"),
    "drop_spaces": ("remove from space", "space"),
    "add_tags": ("add tag", "tag"),
    "drop_tags": ("remove tag", "tag"),
}


@dataclass(frozen=True)
class Entry:
    """One line: what happened, in words; the rest is detail."""

    at: datetime
    key: str
    tone: Tone
    title: str
    text: str = ""
    lines: list[str] = field(default_factory=list)
    code: str = ""
    url: str = ""
    release: str = ""
    quiet: bool = False
    folded: Sequence["Entry"] = ()


def entry(row: Row, names: Mapping[str, Names]) -> Entry:
    """The row as staff read it; `names` by the slug of the connection."""
    if row.kind == Kind.SYNC:
        return _sync(row, row.data, names.get(row.data["connection"], Names()))
    return _WORDS[row.kind](row, row.data)


def step_in_words(step: Any, names: Names) -> str:
    """`{"do": "add_groups", "ref": "101", "outcome": "done"}` as "add to group Pro (101)"."""
    if not isinstance(step, dict):
        return str(step)
    do, ref = str(step.get("do", "")), step.get("ref")
    words, kind = _STEPS.get(do, (do.replace("_", " "), "sequence" if do.startswith("start_") else ""))
    if kind == "sequence":
        words += " sequence"
    if ref not in (None, ""):
        words += f" {names.of(kind, ref)}"
    outcome = str(step.get("outcome") or "").replace("_", " ")
    return f"{words}: {outcome}" if outcome not in ("", "done") else words


def _key(row: Row) -> str:
    """Names the line for the script that adds older and newer lines in place."""
    return f"{row.kind.name.lower()}-{row.pk}"


def _stripe(row: Row, data: dict[str, Any]) -> Entry:
    status = EventStatus(data["status"])
    text = ""
    if status != EventStatus.PROCESSED:
        text = (
            pills.event_word(status, data["reason"]).removeprefix("Stripe ").lower()
        )  # the title says Stripe
    if status == EventStatus.PROCESSED and data["processed_at"]:
        done = parse_datetime(data["processed_at"])
        text = f"processed {lasting(max(0.0, (done - row.at).total_seconds()))} later" if done else ""
    if data["reason"] and status != EventStatus.UNMATCHED:
        text = f"{text}: {data['reason'].replace('_', ' ')}"
    return Entry(
        at=row.at,
        key=_key(row),
        tone=Tone.BUSY if status == EventStatus.PROCESSED else pills.EVENT.get(status, Tone.QUIET),
        title="Stripe",
        code=data["type"],
        text=text,
        url=reverse("admin:billing_stripeevent_change", args=[row.pk]),
        quiet=status == EventStatus.PROCESSED and not data["reason"],
    )


def _lifecycle(row: Row, data: dict[str, Any]) -> Entry:
    kind = LifecycleType(data["type"])
    before, after = Status(data["from_status"]).label, Status(data["to_status"]).label
    change = f"{before} → {after}" if before != after else after
    kept = {(True, True): "access kept", (False, True): "access given", (True, False): "access removed"}
    access = kept.get((data["access_before"], data["access_after"]), "no access")
    tone = Tone.GOOD if data["access_after"] else Tone.QUIET
    if data["access_before"] and not data["access_after"]:
        tone = Tone.BAD
    return Entry(
        at=row.at,
        key=_key(row),
        tone=Tone.WARN if kind in _TAKES else tone,
        title=kind.label,
        text=f"{change}, {access}",
        lines=[f"cause: {data['cause']} {data['cause_ref']}".strip()],
        release=data["release"],
    )


def _sync(row: Row, data: dict[str, Any], names: Names) -> Entry:
    outcome = Outcome(data["outcome"])
    steps = [step_in_words(step, names) for step in data["steps"]]
    nothing = outcome == Outcome.APPLIED and not steps
    return Entry(
        at=row.at,
        key=_key(row),
        tone=pills.OUTCOME.get(outcome, Tone.QUIET),
        title=f"{place(data['kind'], data['connection'])}: {outcome.label.lower()}",
        text="nothing to do" if nothing else _answer(data),
        lines=steps,
        release=data["release"],
    )


def _answer(data: dict[str, Any]) -> str:
    status = str(data["http_status"] or "")
    http = f"({status})" if status and status not in data["error"] else ""
    said = " ".join(filter(None, [data["error"], http]))
    return " · ".join(filter(None, [said, took(data["duration_ms"])]))


def _staff(row: Row, data: dict[str, Any]) -> Entry:
    return Entry(
        at=row.at,
        key=_key(row),
        tone=Tone.BUSY,
        title=act_in_words(data["act"]),
        text=f"by {data['actor'] or 'the command line'}{_came_of(data['after'])}",
        lines=[f"reason: {data['reason']}"] if data["reason"] else [],
        release=data["release"],
    )


def _came_of(after: dict[str, Any]) -> str:
    said = [str(after[key]).replace("_", " ") for key in ("outcome", "why", "plan") if after.get(key)]
    return f": {', '.join(said)}" if said else ""


def _ticket(row: Row, data: dict[str, Any]) -> Entry:
    status = TicketStatus(data["status"])
    return Entry(
        at=row.at,
        key=_key(row),
        tone=Tone.WARN if status == TicketStatus.OPEN else Tone.BUSY,
        title="Ticket opened",
        text=f"“{data['subject']}” · {status.label.lower()}",
        url=reverse("admin:support_ticket_change", args=[row.pk]),
    )


_WORDS = {Kind.STRIPE: _stripe, Kind.LIFECYCLE: _lifecycle, Kind.STAFF: _staff, Kind.TICKET: _ticket}
