"""The record of a staff act, written in the same transaction as the act."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models

from integrations.redaction import redact_text
from support.models import AuditEntry

Change = tuple[Mapping[str, Any], Mapping[str, Any]]
peer: ContextVar[str | None] = ContextVar("peer", default=None)  # who sent the request that is being answered


def record(
    act: str,
    subject: models.Model | str,
    *,
    by: AbstractBaseUser | None,
    reason: str = "",
    change: Change = ({}, {}),
) -> AuditEntry:
    """Write down who did what, why, before and after (`change`): ids and codes only, no personal data.

    What staff typed as the reason is kept without addresses and secrets, because nobody can erase it.
    `by` is None on the command line. `subject` is a row or "<model>:<id>".
    Raises: RuntimeError outside a transaction, because the act could then be stored without its record.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit entry belongs in the transaction of its act")
    before, after = change
    return AuditEntry.objects.create(
        actor_id=by.pk if by else None,
        act=act,
        subject=name_of(subject),
        reason=redact_text(reason),
        before=dict(before),
        after=dict(after),
        address=peer.get(),
        release=settings.RELEASE_VERSION,
    )


def name_of(subject: models.Model | str) -> str:
    """How an audit entry names a row: "sync:12"."""
    return subject if isinstance(subject, str) else f"{subject._meta.model_name}:{subject.pk}"
