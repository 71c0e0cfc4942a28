"""All alerts there are, causes before their consequences."""

from support.alerts import connections, deliveries, messages, processes, sign_ins, waiting
from support.alerts.finding import Rule
from support.models import AlertKind

RULES = (
    Rule(AlertKind.SWEEPER_SILENT, processes.sweeper_silent),
    Rule(AlertKind.WORKER_SILENT, processes.worker_silent),
    Rule(AlertKind.BEAT_SILENT, processes.beat_silent, consequence=True),
    Rule(AlertKind.CHANNEL_DEAD, messages.stuck),
    Rule(AlertKind.WEBHOOK_FAILED, deliveries.failed),
    Rule(AlertKind.SIGNATURES_REFUSED, deliveries.refused),
    Rule(AlertKind.EVENT_MISDIRECTED, deliveries.misdirected),
    Rule(AlertKind.SIGN_INS_GUESSED, sign_ins.guessed),
    Rule(AlertKind.EVENT_DEAD, waiting.events_given_up),
    Rule(AlertKind.CONNECTION_PAUSED, connections.paused),
    Rule(AlertKind.BREAKER_OPEN, connections.down),
    Rule(AlertKind.SYNC_DEAD, connections.given_up),
    Rule(AlertKind.SYNCS_FAILED, connections.failing),
    Rule(AlertKind.QUOTA_LOW, connections.quota_low),
    Rule(AlertKind.ACCESS_DEADLINE, waiting.late, consequence=True),
    Rule(AlertKind.OLDEST_DUE, waiting.oldest, consequence=True),
    # Last: it is nobody's consequence, and explains no work that waits.
    Rule(AlertKind.ACCESS_DEADLINE, waiting.late_for_good),
)
