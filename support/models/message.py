"""One text in a ticket: what was asked, answered or noted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from support.models.ticket import Ticket

LONGEST_BODY = 20_000


class MessageKind(models.TextChoices):
    QUESTION = "question", "Question"
    ANSWER = "answer", "Answer"
    NOTE = "note", "Internal note"


class Unsent(models.TextChoices):
    """Why an answer was not mailed, or not yet; empty when nothing is in the way."""

    NO_MAIL = "no_mail", "Mail is not set up here: copy the answer into your own mail"
    REFUSED = "refused", "The mail server refuses it for good"
    FAILED = "failed", "The mail server does not take it; it is tried again"
    GIVEN_UP = "given_up", "The mail server never took it"
    IN_DOUBT = "in_doubt", "Nobody knows whether it went out; it is not sent twice by itself"


class Message(models.Model):
    """Personal data: for the ticket's page and the person's mail only, never for logs or the audit.

    An answer is mailed to `address` by the worker: due until it is sent, given up or in doubt.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=MessageKind)
    body = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(db_default=Now())
    external_id = models.CharField(
        max_length=128,
        blank=True,
        default="",
        help_text="The sender's own key of this text, else its digest: one message for each.",
    )
    sender = models.CharField(
        max_length=320, blank=True, default="", help_text="Who wrote it, where it is not who asked first."
    )

    address = models.CharField(max_length=320, blank=True, default="", help_text="Where an answer goes.")
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    unsent = models.CharField(max_length=8, choices=Unsent, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(name="message_kind_known", condition=Q(kind__in=MessageKind.values)),
            models.CheckConstraint(name="message_unsent_known", condition=Q(unsent__in=["", *Unsent.values])),
            models.CheckConstraint(name="message_says_something", condition=~Q(body="")),
            # Only the person themselves may ask without one of us writing it down.
            models.CheckConstraint(
                name="message_has_author", condition=Q(kind=MessageKind.QUESTION) | Q(author__isnull=False)
            ),
            models.CheckConstraint(
                name="message_mailed_only_if_answer",
                condition=(Q(kind=MessageKind.ANSWER) & ~Q(address=""))
                | Q(
                    address="", unsent="", due_at__isnull=True, lease_until__isnull=True, sent_at__isnull=True
                ),
            ),
            # A text that is sent twice is one message.
            models.UniqueConstraint(
                fields=["ticket", "external_id"],
                name="message_one_per_external_id",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                name="message_keyed_only_if_question",
                condition=Q(kind=MessageKind.QUESTION) | Q(external_id="", sender=""),
            ),
            models.CheckConstraint(
                name="message_due_until_sent",
                condition=Q(sent_at__isnull=True)
                | Q(due_at__isnull=True, lease_until__isnull=True, unsent=""),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="message_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["ticket", "id"], name="message_stream"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
