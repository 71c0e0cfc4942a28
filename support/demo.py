"""Samples for `make run`: people who bought in the running sandbox, and what some of them ask."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from customers.models import Customer
from integrations.models import ConnectionKind, Sync, SyncStatus
from integrations.models.sync import WAITING
from support.tickets.opening import Question, open_by_api

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Sample:
    """Who buys what, which provider refuses them, and what they do afterwards."""

    name: str
    country: str
    price: str
    then: tuple[str, ...] = ()
    refused_by: str = ""
    trial_days: int = 0

    @property
    def email(self) -> str:
        return f"{self.name.partition(' ')[0].lower()}@example.com"


SAMPLES = (
    Sample("Ada Quill", "GB", "price_pro_month", then=("accepts",)),
    Sample("Ben Harrow", "DE", "price_pro_month", then=("payment_fails",)),
    Sample("Cleo Marsh", "FR", "price_starter_month", then=("cancels",)),
    Sample("Dan Osier", "US", "price_pro_year", refused_by="kit"),
    Sample("Eva Linden", "SE", "price_pro_month", refused_by="circle"),
    Sample("Finn Garrow", "IE", "price_pro_month", trial_days=14),
    Sample("Gil Tarn", "CA", "price_lifetime", then=("accepts",)),
    Sample("Hana Reed", "JP", "price_pro_year", then=("cancels_later",)),
    Sample("Ivo Sorrel", "NL", "price_lifetime", then=("refund",)),
    Sample("Juno Vale", "AU", "price_starter_month", then=("accepts",)),
    Sample("Kaz Brook", "PL", "price_starter_month", then=("payment_fails", "recovers")),
    Sample("Lena Fern", "ES", "price_pro_month"),
)
QUESTIONS = (
    Question(
        "I paid but cannot get in",
        "I paid a minute ago, and the community does not know me.",
        "eva@example.com",
    ),
    Question(
        "Will I lose access?", "My card was replaced last week. What do I have to do?", "ben@example.com"
    ),
    Question(
        "My course is gone", "I bought it with another address, I think. Can you find it?", "a.q@example.com"
    ),
)


class NotTheSandboxError(Exception):
    """The address is not a sandbox on this machine; nothing was sent."""


class SandboxClient:
    """The acts of a running sandbox, over HTTP."""

    def __init__(self, stripe_api_base: str) -> None:
        address = urlsplit(stripe_api_base)
        if address.hostname not in LOOPBACK or address.path.rstrip("/") != "/stripe":
            raise NotTheSandboxError(
                "Sample customers are made in the sandbox on this machine, nowhere else."
            )
        self._root = f"{address.scheme}://{address.netloc}/control/"
        self._session = requests.Session()
        self._session.trust_env = False

    def act(self, name: str, /, **form: str) -> bool:
        """Do one act; False when it does not fit now. Raises: requests.RequestException."""
        answer = self._session.post(self._root + name, data=form, timeout=10)
        if answer.status_code not in (200, 409):
            raise NotTheSandboxError(f"The sandbox answered {answer.status_code} to {name}.")
        return answer.status_code == 200


def seed(sandbox: SandboxClient, *, wait: Callable[[], None]) -> list[str]:
    """Make the samples; `wait` returns when they are worked off. Returns the acts that did not fit.

    Whoever was refused is not refused again: what failed then is right after a replay.
    """
    for each in SAMPLES:
        if each.refused_by:
            sandbox.act("refuse", provider=each.refused_by, email=each.email)
        sandbox.act("buy", **_form(each))
    wait()
    for question in QUESTIONS:  # before anything changes: what they were then is kept
        open_by_api(question)
    sandbox.act("heal")
    acts = [(each, act) for each in SAMPLES for act in each.then]
    return [f"{each.name}: {act}" for each, act in acts if not sandbox.act(act, email=each.email)]


def _form(sample: Sample) -> Mapping[str, str]:
    return {
        "email": sample.email,
        "name": sample.name,
        "country": sample.country,
        "price": sample.price,
        "trial_days": str(sample.trial_days),
    }


def until_let_in() -> None:
    """Wait until every sample is known, Circle is done with them, and whoever is refused was given up.

    No longer than some seconds: Kit's limit makes it slower, and nothing that follows needs it.
    """
    emails = [each.email for each in SAMPLES]
    people = Customer.objects.filter(email__in=emails, has_access=True)
    waiting = Sync.objects.filter(
        customer__email__in=emails, connection__kind=ConnectionKind.CIRCLE, status__in=WAITING
    )
    refused = [(each.email, each.refused_by) for each in SAMPLES if each.refused_by]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        known = people.count() == len(SAMPLES) and not waiting.exists()
        if known and all(_given_up(email, kind) for email, kind in refused):
            return
        time.sleep(0.2)


def _given_up(email: str, kind: str) -> bool:
    syncs = Sync.objects.filter(customer__email=email, connection__kind=kind)
    return syncs.filter(status=SyncStatus.DEAD_LETTER).exists()
