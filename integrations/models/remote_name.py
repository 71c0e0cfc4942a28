"""What things at a provider are called there: a cache, so that staff read names and not numbers."""

from django.db import models
from django.db.models import Q

from integrations.models.connection import Connection


class RemoteKind(models.TextChoices):
    GROUP = "group", "Access group"
    TAG = "tag", "Tag"
    SPACE = "space", "Space"
    SEQUENCE = "sequence", "Sequence"


class RemoteName(models.Model):
    """One group, tag, space or sequence as the provider last listed it.

    `gone_at`: it was listed once and is not any more; the name stays, to say what is missing.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="remote_names")
    kind = models.CharField(max_length=16, choices=RemoteKind)
    remote_id = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    fetched_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "name", "remote_id")
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "remote_id"], name="remote_name_once"),
            models.CheckConstraint(name="remote_name_kind_known", condition=Q(kind__in=RemoteKind.values)),
            models.CheckConstraint(name="remote_name_id_given", condition=~Q(remote_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.remote_id}"
