"""Asking all rules, once each ten seconds whoever asks, and settling the rows; alive without Celery."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from support.alerts.finding import EVERYTHING, Finding, Rule, rows
from support.alerts.rules import RULES
from support.alerts.settling import Found, settle
from support.models import Alert, AlertKind

logger = logging.getLogger(__name__)
LOCK = 7_202  # our namespace of advisory locks for alerts
AFTERMATH = timedelta(seconds=60)  # what waited for a cause may wait so long after it
CAUSES = (
    AlertKind.SWEEPER_SILENT,
    AlertKind.WORKER_SILENT,
    AlertKind.CONNECTION_PAUSED,
    AlertKind.BREAKER_OPEN,
)

_TURN = """
INSERT INTO integrations_heartbeat AS last (name, beat_at) VALUES ('alerts', statement_timestamp())
ON CONFLICT (name) DO UPDATE SET beat_at = statement_timestamp()
WHERE last.beat_at <= statement_timestamp() - interval '10 seconds' RETURNING 1
"""


def evaluate_in_turn() -> bool:
    """Evaluate unless anybody did within the last ten seconds. True when it was done."""
    return bool(rows(_TURN)) and evaluate()


def evaluate() -> bool:
    """Make the alerts equal to what is wrong now. False when somebody else is at it; nothing is done then."""
    with transaction.atomic():
        ((alone, now),) = rows(f"SELECT pg_try_advisory_xact_lock({LOCK}, 0), statement_timestamp()")
        if not alone:
            return False
        found, unknown = _ask_all(now)
        settle(_causes_only(found, now), unknown=unknown, now=now)
    return True


def _ask_all(now: datetime) -> tuple[list[tuple[Rule, Finding]], set[AlertKind]]:
    """What every rule finds, and the kinds whose rule could not answer; that is a finding of its own."""
    found: list[tuple[Rule, Finding]] = []
    unknown = {AlertKind.INVARIANT_BROKEN}  # too slow to ask each time: settled by `upkeep`
    for rule in RULES:
        try:
            with transaction.atomic():
                found += [(rule, each) for each in rule.find(now)]
        except DatabaseError as error:
            if connection.connection is None or connection.connection.closed:
                raise
            logger.exception("alert_rule_broken", extra={"kind": rule.kind})
            unknown.add(rule.kind)
            found.append((Rule(AlertKind.RULE_BROKEN, rule.find), _broken(rule, error)))
    return found, unknown


def _broken(rule: Rule, error: DatabaseError) -> Finding:
    return Finding(
        key=f"rule_broken:{rule.kind}",
        what=f'Whether "{rule.kind.label}" holds could not be found out: {type(error).__name__}.',
        next_step="Look at the database's load; the log at alert_rule_broken says more.",
        path="/admin/support/alert/",
    )


def _causes_only(found: list[tuple[Rule, Finding]], now: datetime) -> list[Found]:
    """Leave out consequences of something that is said already, or ended so lately that they still end."""
    ended = Q(closed_at__isnull=True) | Q(closed_at__gt=now - AFTERMATH)
    covered = set(Alert.objects.filter(ended, kind__in=CAUSES).values_list("subject", flat=True))
    told: list[Found] = []
    for rule, finding in found:
        if rule.consequence and (finding.subject in covered or EVERYTHING in covered):
            continue
        if finding.subject:
            covered.add(finding.subject)
        told.append((rule.kind, finding))
    return told
