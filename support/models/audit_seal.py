"""The seals of the record: what it held at a time, so that a later change of it shows."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AuditSeal(models.Model):
    """A keyed digest of every audit entry before `until`. The key is not in the database.

    Append-only, like what it seals.
    """

    until = models.DateTimeField(help_text="Entries before this moment are sealed.")
    entries = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-until",)
        constraints = [
            models.UniqueConstraint(name="audit_seal_once", fields=["until"]),
            models.CheckConstraint(
                name="audit_seal_digest_whole", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entries} entries until {self.until:%Y-%m-%d %H:%M}"
