"""Writing down what came of a run: attempt and next state in one transaction, if we still own it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, Now

from integrations import locks
from integrations.engine.claim import KILLED, KILLED_WORDS, LEASE, Claim
from integrations.lanes import nudge
from integrations.models import HoldReason, Outcome, Sync, SyncAttempt, SyncStatus
from integrations.retry import Decision

NOTHING = Cast(Value(None), DateTimeField())
NO_PLANS = Value([], output_field=Sync._meta.get_field("held_plans"))
NO_REFS = Value({}, output_field=Sync._meta.get_field("held_refs"))


@dataclass(frozen=True)
class Report:
    """What a run did: its steps, and from when to when by the database's clock."""

    version: int
    started_at: datetime
    finished_at: datetime
    steps: list[dict[str, str]] = field(default_factory=list)
    http_status: int = 0


def applied(claim: Claim, report: Report, *, digest: str) -> bool:
    """The destination equals the customer. In sync, unless it was wanted again meanwhile."""
    again = _wanted_again(claim)
    return _write(
        claim,
        report,
        Decision(SyncStatus.IN_SYNC, None, Outcome.APPLIED, code="", words="", spend=False),
        status=Case(When(again, then=Value(SyncStatus.PENDING)), default=Value(SyncStatus.IN_SYNC)),
        due_at=Case(When(again, then=Now()), default=NOTHING),
        due_since=Case(When(again, then=Coalesce(F("wanted_at"), Now())), default=NOTHING),
        desired_version=Greatest(F("desired_version"), Value(report.version)),
        applied_version=report.version,
        applied_at=report.finished_at,
        desired_digest=digest,
        suspect=Case(When(again, then=F("suspect")), default=Value(False)),
        held_plans=Case(When(again, then=F("held_plans")), default=NO_PLANS),
        held_refs=Case(When(again, then=F("held_refs")), default=NO_REFS),
        attempt_count=0,
        first_failed_at=None,
        reason="",
        explanation="",
    )


def held(claim: Claim, report: Report, reason: HoldReason, *, digest: str | None = None) -> bool:
    """The rest waits: for staff, or for the connection to go live. `digest`: of the part that was sent."""
    again = _wanted_again(claim)
    outcome = Outcome.SHADOW if reason == HoldReason.SHADOW else Outcome.HELD
    columns: dict[str, object] = {} if digest is None else {"desired_digest": digest}
    return _write(
        claim,
        report,
        Decision(SyncStatus.ON_HOLD, None, outcome, code=reason.value, words="", spend=False),
        status=Case(When(again, then=Value(SyncStatus.PENDING)), default=Value(SyncStatus.ON_HOLD)),
        due_at=Case(When(again, then=Now()), default=NOTHING),
        reason=reason.value,
        explanation=str(reason.label),
        attempt_count=0,
        first_failed_at=None,
        **columns,
    )


def failed(claim: Claim, report: Report, decision: Decision) -> bool:
    """Try again later, or a dead letter; a change that came meanwhile is tried at once, as if new."""
    again = _wanted_again(claim)
    due = None if decision.due_in is None else Now() + timedelta(seconds=decision.due_in)
    return _write(
        claim,
        report,
        decision,
        status=Case(When(again, then=Value(SyncStatus.PENDING)), default=Value(decision.status)),
        due_at=Case(When(again, then=Now()), default=due or NOTHING),
        attempt_count=Case(When(again, then=0), default=claim.sync.attempt_count + decision.spend),
        first_failed_at=Case(
            When(again, then=NOTHING),
            default=Coalesce(F("first_failed_at"), Now()) if decision.spend else NOTHING,
        ),
        reason=decision.code,
        explanation=decision.words,
    )


def _wanted_again(claim: Claim) -> Q:
    """Somebody asked for it while it ran. (Whoever raises the version asks, too: `wanting`.)"""
    return ~Q(wanted_at=claim.sync.wanted_at)


def lost(claim: Claim) -> None:
    """Somebody else owns it. Only make it due again, with every step: our last call may come late."""
    rows = Sync.objects.filter(pk=claim.sync.pk).exclude(fencing_token=claim.token)
    rows.update(
        suspect=True,
        wanted_at=Now(),
        status=Case(
            When(status__in=(SyncStatus.RUNNING, SyncStatus.ON_HOLD), then=F("status")),
            default=Value(SyncStatus.PENDING),
        ),
        due_at=Case(
            When(status__in=(SyncStatus.RUNNING, SyncStatus.ON_HOLD), then=F("due_at")), default=Now()
        ),
        due_since=Coalesce(F("due_since"), Now()),
        handed_until=None,
    )
    nudge()


def crashed(claim: Claim, *, now: datetime) -> None:
    """Write down the run before this one, which never came back."""
    if claim.crashed_token is None:
        return
    code, words = ("lease_expired", "Its worker stopped before it could say what came of it.")
    if claim.quarantined:
        code, words = KILLED, KILLED_WORDS
    until = claim.sync.lease_until or now
    SyncAttempt.objects.bulk_create(
        [
            SyncAttempt(
                sync_id=claim.sync.pk, customer_id=claim.sync.customer_id, version=claim.sync.desired_version,
                fencing_token=claim.crashed_token, outcome=Outcome.LEASE_LOST, code=code, error=words,
                started_at=until - LEASE, duration_ms=int(LEASE.total_seconds() * 1000),
                release=settings.RELEASE_VERSION,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _write(claim: Claim, report: Report, decision: Decision, **columns: object) -> bool:
    """Attempt and row together."""
    with transaction.atomic():
        locks.customer_first(claim.sync.customer_id)
        mine = Sync.objects.filter(pk=claim.sync.pk, fencing_token=claim.token, status=SyncStatus.RUNNING)
        columns |= {"lease_until": None, "handed_until": None, "crash_count": 0}
        if mine.update(**columns) == 0:
            return False
        duration = report.finished_at - report.started_at
        SyncAttempt.objects.create(
            sync_id=claim.sync.pk, customer_id=claim.sync.customer_id, version=report.version,
            fencing_token=claim.token, outcome=decision.outcome, code=decision.code[:64],
            error=decision.words[:500], http_status=report.http_status or None, steps=report.steps,
            started_at=report.started_at,
            duration_ms=max(0, int(duration.total_seconds() * 1000)), release=settings.RELEASE_VERSION,
        )  # fmt: skip
        return True
