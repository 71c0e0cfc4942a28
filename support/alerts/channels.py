"""The two ways out: mail to ALERT_EMAILS, JSON to ALERT_WEBHOOK_URL. Bounded in time, no redirects."""

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from integrations.errors import ProviderError
from integrations.http import Http
from support.alerts import wording
from support.models import Alert, Channel, Occasion

MAIL_SECONDS = 10


class NotSent(Exception):
    """The channel did not take the message; `args[0]` is a code without addresses."""


class Open:
    """A gate that lets everything through: alerts are few, and belong to no connection."""

    def enter(self) -> None:
        """Nothing to wait for."""

    def answered(self, status: int, wait: float | None = None) -> float | None:
        return wait

    def failed(self) -> None:
        """Nothing to count: the message keeps its own tries."""


def configured() -> list[Channel]:
    """Where messages go, by the settings."""
    addresses = {Channel.EMAIL: settings.ALERT_EMAILS, Channel.WEBHOOK: settings.ALERT_WEBHOOK_URL}
    return [channel for channel, address in addresses.items() if address]


def send(alert: Alert, occasion: Occasion, *, channel: Channel) -> None:
    """Send what the alert says now. Raises: NotSent."""
    if channel == Channel.EMAIL:
        _mail(alert, occasion)
    else:
        _post(alert, occasion)


def _mail(alert: Alert, occasion: Occasion) -> None:
    mail = EmailMessage(
        wording.subject(alert, occasion),
        wording.text(alert, occasion),
        to=settings.ALERT_EMAILS,
        connection=get_connection(timeout=MAIL_SECONDS),
    )
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        raise NotSent(type(error).__name__) from None  # the original may name addresses


def _post(alert: Alert, occasion: Occasion) -> None:
    http = Http(settings.ALERT_WEBHOOK_URL, headers={}, gate=Open())
    try:
        status = http.request("POST", "", json=wording.payload(alert, occasion)).status
    except ProviderError as error:
        # Chat tools answer 200 with a word that is no JSON.
        if not 200 <= error.http_status < 300:
            raise NotSent(error.code) from None
        return
    if not 200 <= status < 300:
        raise NotSent(f"http_{status}")
