"""Mailing answers: claimed first, sent outside any transaction, each at most once by itself."""

import logging
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, Q
from django.db.models.functions import Now

from integrations.lanes import Handed
from support.models import Message, Unsent
from support.tickets.replies import message_id

logger = logging.getLogger(__name__)
MAIL_SECONDS = 10
LEASE = timedelta(seconds=60)
MOST_TRIES = 100  # about a day
LONGEST_WAIT = 15 * 60
PRINTING = (
    "console.EmailBackend",
    "dummy.EmailBackend",
)  # what EMAIL_URL is without a value: mails go nowhere
_handed = Handed()


class NotSent(Exception):
    """It did not go out, or nobody knows; `args[0]` is the Unsent code."""


def is_set_up() -> bool:
    """Whether mail leaves this installation."""
    return not settings.EMAIL_BACKEND.endswith(PRINTING)


def claim(most: int) -> list[int]:
    """Answers that are due, or whose sender died."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    due = Message.objects.filter(free, due_at__lte=Now()).order_by("due_at")
    return _handed.take_due(due, most=most)


def send(message_id: int) -> None:
    """Send one answer if it is still due; safe to call twice."""
    due = Message.objects.filter(pk=message_id, due_at__lte=Now())
    mine = due.filter(lease_until__isnull=True)
    if mine.update(lease_until=Now() + LEASE, attempt_count=F("attempt_count") + 1):
        _send(Message.objects.select_related("ticket").get(pk=message_id))
    else:
        # Whoever died with it in hand may have sent it: a person decides, as no mail is better than two.
        died = due.filter(lease_until__lt=Now())
        died.update(due_at=None, lease_until=None, unsent=Unsent.IN_DOUBT)
    _handed.done(message_id)


def _send(message: Message) -> None:
    mine = Message.objects.filter(pk=message.pk, attempt_count=message.attempt_count, sent_at=None)
    try:
        _mail(message)
    except NotSent as error:
        code = Unsent(error.args[0])
        logger.warning("answer_not_sent", extra={"code": code.value, "message_id": message.pk})
        mine.update(lease_until=None, **_next(code, message.attempt_count))
    else:
        mine.update(sent_at=Now(), due_at=None, lease_until=None, unsent="")


def _next(code: Unsent, tries: int) -> dict[str, Any]:
    """Again in 10 s, 20 s, 40 s ... at most 15 minutes, where that can help."""
    if code != Unsent.FAILED:
        return {"due_at": None, "unsent": code}
    if tries >= MOST_TRIES:
        return {"due_at": None, "unsent": Unsent.GIVEN_UP}
    wait = timedelta(seconds=min(LONGEST_WAIT, 10 * 2 ** min(tries - 1, 10)))
    return {"due_at": Now() + wait, "unsent": code}


def _mail(message: Message) -> None:
    """Raises: NotSent."""
    if not is_set_up():
        raise NotSent(Unsent.NO_MAIL)
    server = get_connection(timeout=MAIL_SECONDS)
    try:
        server.open()
    except (SMTPException, OSError):
        raise NotSent(Unsent.FAILED) from None  # the original may name addresses
    try:
        EmailMessage(
            f"Re: {message.ticket.subject}",
            message.body,
            to=[message.address],
            headers={"Message-ID": message_id(message)},
            connection=server,
        ).send()
    except SMTPRecipientsRefused as refused:
        raise NotSent(_refusal([code for code, _ in refused.recipients.values()])) from None
    except SMTPDataError as refused:
        raise NotSent(_refusal([refused.smtp_code])) from None
    except SMTPResponseException as refused:
        raise NotSent(Unsent.FAILED if refused.smtp_code else Unsent.IN_DOUBT) from None
    except (SMTPException, OSError):
        raise NotSent(Unsent.IN_DOUBT) from None
    finally:
        _hang_up(server)


def _refusal(codes: list[int]) -> Unsent:
    """4xx is for now, 5xx for good."""
    return Unsent.REFUSED if codes and all(code >= 500 for code in codes) else Unsent.FAILED


def _hang_up(server: Any) -> None:
    try:
        server.close()
    except (SMTPException, OSError) as error:
        logger.info("mail_server_left_rudely", extra={"error": type(error).__name__})
