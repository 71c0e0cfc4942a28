"""The append-only record of staff acts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AuditEntry(models.Model):
    """Who did what, when, from where, why, before and after.

    Ids and codes only; triggers refuse UPDATE and DELETE.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # audit_entry_by_actor begins with it
    )
    act = models.CharField(max_length=64)
    subject = models.CharField(max_length=255, help_text="<model>:<id>")
    reason = models.TextField(blank=True, default="")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(
        "from", null=True, blank=True, help_text="Where the act came from; empty on the command line."
    )
    happened_at = models.DateTimeField(db_default=Now())
    release = models.CharField(max_length=64)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "audit entries"
        constraints = [
            models.CheckConstraint(name="audit_entry_named", condition=~Q(act="") & ~Q(subject=""))
        ]
        # Each way to filter the list has the list's order: nothing is sorted, nothing read in vain.
        indexes = [
            models.Index(fields=["subject", "-id"], name="audit_entry_by_subject"),
            models.Index(fields=["actor", "-id"], name="audit_entry_by_actor"),
            models.Index(fields=["act", "-id"], name="audit_entry_by_act"),
            models.Index(fields=["act", "actor", "-id"], name="audit_entry_by_act_and_actor"),
            # PostgreSQL takes no order from a column that IS NULL.
            models.Index(fields=["-id"], condition=Q(actor=None), name="audit_entry_by_nobody"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
