"""Our link to one Stripe account, Circle community or Kit account."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class ConnectionKind(models.TextChoices):
    STRIPE = "stripe", "Stripe"
    CIRCLE = "circle", "Circle"
    KIT = "kit", "Kit"


class Mode(models.TextChoices):
    """What the connection may do: nothing, compute and show, or really send."""

    OFF = "off", "Off"
    SHADOW = "shadow", "Shadow"
    LIVE = "live", "Live"


class Connection(models.Model):
    """One outside account: its mode, and the limiter, breaker and quota that all processes share.

    Each of the three groups of columns is moved by autocommit UPDATEs of its own, in `bucket` or `places`,
    `breaker` and `quota`, so it is shared by every process, visible to staff, and alive without Redis.
    The secret itself is never stored: `credential` is the NAME of the environment variable.
    """

    slug = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=ConnectionKind)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.LIVE)
    credential = models.CharField(max_length=64, help_text="Name of the environment variable.")
    options = models.JSONField(
        default=dict, blank=True, help_text="What the catalogue says of it, e.g. invite."
    )
    remembered = models.JSONField(
        default=dict, blank=True, help_text="Ids looked up at the provider, e.g. of tags by name."
    )

    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=64, blank=True, default="")
    resumed_at = models.DateTimeField(
        null=True, blank=True, help_text="Last started again; what a run found before that pauses nothing."
    )

    tokens = models.FloatField(default=0, help_text="Calls that may start at once, as of tokens_at.")
    tokens_at = models.DateTimeField(db_default=Now())
    places_taken = ArrayField(
        models.DateTimeField(), default=list, db_default=[], blank=True,
        help_text="Until when each place in a window of a second is taken.",
    )  # fmt: skip
    next_start_at = models.DateTimeField(
        null=True, blank=True, help_text="Where places are counted: no call starts before."
    )
    wait_until = models.DateTimeField(null=True, blank=True, help_text="The provider asked us to wait (429).")

    failures_in_row = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True, help_text="Breaker open until; then one probe.")

    quota_month = models.DateField(null=True, blank=True)
    quota_used = models.PositiveIntegerField(default=0)
    quota_limit = models.PositiveIntegerField(null=True, blank=True)

    names_fetched_at = models.DateTimeField(
        null=True, blank=True, help_text="When its groups, tags and sequences were last listed."
    )
    names_tried_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "slug")
        permissions = [("operate_connection", "Can pause, resume and test a connection")]
        constraints = [
            models.CheckConstraint(name="connection_slug_given", condition=~Q(slug="")),
            models.CheckConstraint(name="connection_kind_known", condition=Q(kind__in=ConnectionKind.values)),
            models.CheckConstraint(name="connection_mode_known", condition=Q(mode__in=Mode.values)),
            models.CheckConstraint(name="connection_credential_given", condition=~Q(credential="")),
            models.CheckConstraint(
                name="connection_paused_iff_reason",
                condition=Q(paused_at__isnull=True, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
            ),
            models.CheckConstraint(
                name="connection_quota_not_overdrawn",
                condition=Q(quota_limit__isnull=True) | Q(quota_used__lte=F("quota_limit")),
            ),
        ]

    def __str__(self) -> str:
        return self.slug
