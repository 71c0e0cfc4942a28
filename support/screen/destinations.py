"""Per connection: what should be there, what was found, when it was tried, what happens next."""

from dataclasses import dataclass
from datetime import datetime

from integrations.models import (
    WAITING,
    Connection,
    ConnectionKind,
    HoldReason,
    Mode,
    Outcome,
    Sync,
    SyncStatus,
)
from support.health import NOT_LIVE
from support.screen import held
from support.screen.naming import names_at, place_of
from support.screen.pills import SYNC, Tone

NO_RESEND = (
    "Circle cannot send its invitation again. Tell them: look for Circle's mail, in spam too, "
    "or sign up at the community's page with this same address."
)
KIT_PAGE = "https://app.kit.com/subscribers/{}"


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
    tries: int
    page: str
    advice: list[str]

    @property
    def place(self) -> str:
        return place_of(self.sync.connection)

    @property
    def in_flight(self) -> bool:
        return goes_on(self.sync)

    @property
    def waits(self) -> str:
        """What it waits for, where it does not go on by itself."""
        return stopped(self.sync.connection) if self.sync.status in WAITING else ""

    @property
    def next_try(self) -> datetime | None:
        """None of what runs: its date is when somebody else may take it over."""
        return self.sync.due_at if self.in_flight and self.sync.status != SyncStatus.RUNNING else None


def destination(sync: Sync, *, differences: list[str]) -> Destination:
    """The sync of `screen.syncs_of` in words; a difference where nothing failed is drift, not an error."""
    drifts = bool(differences) and sync.status == SyncStatus.IN_SYNC
    names = names_at(sync)
    return Destination(
        sync=sync,
        desired=held.lines(sync.desired, names),
        found=held.lines({**sync.observed, "suppressed": sync.gets_no_mail}, names),
        differences=[names.put_into(each) for each in differences],
        reason=reason_in_words(sync),
        word="Drift" if drifts else SyncStatus(sync.status).label,
        tone=Tone.WARN if drifts else SYNC[SyncStatus(sync.status)],
        last_tried_at=getattr(sync, "last_tried_at", None),
        last_outcome=_outcome(getattr(sync, "last_outcome", None)),
        tries=tries_of(sync),
        page=page_of(sync),
        advice=_advice(sync),
    )


def stopped(connection: Connection) -> str:
    """What keeps all work there back until somebody acts, e.g. "Circle is paused"; else empty."""
    if connection.mode == Mode.OFF:
        return f"{place_of(connection)} {NOT_LIVE[Mode.OFF]}"
    return f"{place_of(connection)} is paused" if connection.paused_at else ""


def goes_on(sync: Sync) -> bool:
    """Whether it goes on by itself; behind a paused connection nothing does."""
    return sync.status in WAITING and not stopped(sync.connection)


def reason_in_words(sync: Sync) -> str:
    """Why it is not in sync, in words; empty when there is nothing to say."""
    if sync.explanation:
        return sync.explanation
    if sync.reason == HoldReason.SHADOW and sync.connection.mode == Mode.OFF:
        return stopped(sync.connection)
    if sync.reason in HoldReason.values:
        return HoldReason(sync.reason).label
    return sync.reason.replace("_", " ")


def tries_of(sync: Sync) -> int:
    """A refusal's too, which spends none: `attempt_count` says only how many of the allowed are spent."""
    return max(sync.attempt_count, getattr(sync, "tries", None) or 0)


def page_of(sync: Sync) -> str:
    """The person's own page there; empty when nobody told us its address."""
    if sync.connection.kind == ConnectionKind.KIT and sync.remote_id:
        return KIT_PAGE.format(sync.remote_id)
    page = sync.observed.get("profile", "")
    return page if isinstance(page, str) and page.startswith("https://") else ""


def _outcome(outcome: str | None) -> str:
    return Outcome(outcome).label.lower() if outcome else ""


def _advice(sync: Sync) -> list[str]:
    """What the provider cannot do for us, and what to tell the person instead."""
    if sync.connection.kind == ConnectionKind.CIRCLE and sync.observed.get("accepted") is False:
        invited = any(sync.desired.get(kind) for kind in ("groups", "spaces"))
        return [NO_RESEND] if invited else []
    if sync.connection.kind != ConnectionKind.KIT:
        return []
    if sync.gets_no_mail:
        return ["Kit does not write to them. Tell them: only they can subscribe again, with a form of yours."]
    if sync.observed.get("sent"):
        return [
            "Kit does not start a sequence twice. Tell them: search for its mail, in spam too; or forward it."
        ]
    return []
