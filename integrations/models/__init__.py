"""Our links to the outside, and how far each customer is synced there."""

from integrations.models.connection import Connection, ConnectionKind, Mode
from integrations.models.heartbeat import Heartbeat
from integrations.models.kit_event import KitEvent
from integrations.models.one_time_effect import OneTimeEffect
from integrations.models.plan_mapping import PlanMapping
from integrations.models.remote_name import RemoteKind, RemoteName
from integrations.models.sync import WAITING, HoldReason, Sync, SyncPriority, SyncStatus
from integrations.models.sync_attempt import Outcome, SyncAttempt

__all__ = [
    "WAITING",
    "Connection",
    "ConnectionKind",
    "Heartbeat",
    "HoldReason",
    "KitEvent",
    "Mode",
    "OneTimeEffect",
    "Outcome",
    "PlanMapping",
    "RemoteKind",
    "RemoteName",
    "Sync",
    "SyncAttempt",
    "SyncPriority",
    "SyncStatus",
]
