"""Changes of the catalogue that people still have to follow."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ChangeKind(models.TextChoices):
    """What changed, and so what `subject` names."""

    PRICE = "price", "A price sells another plan"
    PLAN = "plan", "A plan gives something else"
    MAPPING = "mapping", "A plan means something else at a connection"
    CONNECTION = "connection", "A connection does something else"


class CatalogueChange(models.Model):
    """One change whose consequences are still owed: committed with it, gone when everybody has followed.

    People follow in the order of their ids, in transactions of their own, so a process that dies on the way
    loses nothing: whoever finds the row due goes on after `reached`.
    """

    kind = models.CharField(max_length=12, choices=ChangeKind)
    subject = models.CharField(
        max_length=255, help_text="price_, plan slug, <connection id>:<plan slug> or connection id."
    )
    reached = models.PositiveBigIntegerField(default=0, help_text="Everybody up to this id has followed.")
    due_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                name="catalogue_change_kind_known", condition=Q(kind__in=ChangeKind.values)
            ),
            models.CheckConstraint(name="catalogue_change_subject_given", condition=~Q(subject="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
