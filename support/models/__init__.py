"""What staff did, what is wrong now, and what people ask."""

from support.models.alert import Alert, AlertKind, AlertMessage, Channel, Occasion, Severity
from support.models.api_minute import ApiMinute
from support.models.audit_entry import AuditEntry
from support.models.audit_seal import AuditSeal
from support.models.message import Message, MessageKind, Unsent
from support.models.replay import ItemOutcome, ReplayItem, ReplayRun
from support.models.statistic import Figure, Measure, Span, Statistic
from support.models.ticket import Match, Source, Ticket, TicketStatus

__all__ = [
    "Alert",
    "AlertKind",
    "AlertMessage",
    "ApiMinute",
    "AuditEntry",
    "AuditSeal",
    "Channel",
    "Figure",
    "ItemOutcome",
    "Match",
    "Measure",
    "Message",
    "MessageKind",
    "Occasion",
    "ReplayItem",
    "ReplayRun",
    "Severity",
    "Source",
    "Span",
    "Statistic",
    "Ticket",
    "TicketStatus",
    "Unsent",
]
