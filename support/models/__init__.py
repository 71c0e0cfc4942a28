"""The record of what staff did, and what is wrong now."""

from support.models.alert import Alert, AlertKind, AlertMessage, Channel, Occasion, Severity
from support.models.audit_entry import AuditEntry

__all__ = ["Alert", "AlertKind", "AlertMessage", "AuditEntry", "Channel", "Occasion", "Severity"]
