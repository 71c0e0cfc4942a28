"""One question of a person, from when it was asked until it is closed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models import Customer
from customers.vocabulary import Status


class TicketStatus(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    CLOSED = "closed", "Closed"


class Match(models.TextChoices):
    """How a ticket came to its person, or that it has none."""

    NOBODY = "nobody", "Nobody has this e-mail"
    EMAIL = "email", "Same e-mail"
    SCREEN = "screen", "Opened on their screen"
    HAND = "hand", "Linked by hand"
    UNLINKED = "unlinked", "Unlinked by hand"


class Source(models.TextChoices):
    """The door a ticket came through."""

    STAFF = "staff", "Staff"
    API = "api", "API"


MATCHED = (Match.EMAIL, Match.SCREEN, Match.HAND)


class Ticket(models.Model):
    """What was asked, by whom, and who of us looks after it.

    What the person is now is computed when somebody looks. `opened_*` is what they were when it was opened,
    in codes; empty when nobody was matched then.
    """

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    match = models.CharField(max_length=8, choices=Match, default=Match.NOBODY)
    email = models.CharField(max_length=320, blank=True, default="", help_text="Who asked; normalised.")
    subject = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=TicketStatus, default=TicketStatus.OPEN)
    source = models.CharField(max_length=8, choices=Source)
    external_id = models.CharField(
        max_length=128, blank=True, default="", help_text="The sender's own key: one ticket for each."
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    opened_status = models.CharField(max_length=16, choices=Status, blank=True, default="")
    opened_access = models.BooleanField(null=True, blank=True)
    opened_plan = models.CharField(max_length=64, blank=True, default="", help_text="The plan's slug.")
    opened_version = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], name="ticket_one_per_external_id", condition=~Q(external_id="")
            ),
            models.CheckConstraint(name="ticket_status_known", condition=Q(status__in=TicketStatus.values)),
            models.CheckConstraint(name="ticket_source_known", condition=Q(source__in=Source.values)),
            models.CheckConstraint(name="ticket_match_known", condition=Q(match__in=Match.values)),
            models.CheckConstraint(name="ticket_has_a_subject", condition=~Q(subject="")),
            models.CheckConstraint(
                name="ticket_person_iff_matched",
                condition=Q(match__in=MATCHED, customer__isnull=False)
                | (~Q(match__in=MATCHED) & Q(customer__isnull=True)),
            ),
            models.CheckConstraint(
                name="ticket_closed_iff_closed_at",
                condition=Q(status=TicketStatus.CLOSED, closed_at__isnull=False)
                | (~Q(status=TicketStatus.CLOSED) & Q(closed_at__isnull=True)),
            ),
            # Staff have a name; a ticket through the API has the sender's e-mail.
            models.CheckConstraint(
                name="ticket_somebody_asked",
                condition=Q(source=Source.STAFF, opened_by__isnull=False)
                | (~Q(source=Source.STAFF) & Q(opened_by__isnull=True) & ~Q(email="")),
            ),
            models.CheckConstraint(
                name="ticket_past_state_whole",
                condition=Q(opened_status="", opened_plan="", opened_access=None, opened_version=None)
                | Q(
                    opened_status__in=Status.values, opened_access__isnull=False, opened_version__isnull=False
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "opened_at"],
                name="ticket_waiting",
                condition=~Q(status=TicketStatus.CLOSED),
            ),
            # As the lists of closed and of all tickets are ordered: those not closed come first.
            models.Index(fields=["-closed_at", "-id"], name="ticket_newest_closed"),
            models.Index(fields=["customer", "-opened_at"], name="ticket_by_customer"),
            models.Index(fields=["email", "-id"], name="ticket_by_email", condition=~Q(email="")),
            # Somebody may become known by this e-mail later.
            models.Index(
                fields=["email"], name="ticket_of_nobody", condition=Q(match=Match.NOBODY) & ~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return f"ticket {self.pk}"
