"""The record of what staff did."""

from support.models.audit_entry import AuditEntry

__all__ = ["AuditEntry"]
