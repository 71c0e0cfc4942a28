"""Trying a connection: one harmless call that needs its credential, and what came of it in words."""

import time
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from integrations.credentials import secret_of
from integrations.errors import BadCredentials, ProviderError, Rejected
from integrations.http import Http, Permission
from integrations.limiter import TrialGate
from integrations.models import Connection

WELL = "It answers, and accepts our key."


@dataclass(frozen=True)
class Health:
    """What came of the call; `words` for people, without personal data."""

    ok: bool
    words: str
    duration_ms: int


class Triable(Protocol):
    def health(self, connection: Connection, gate: Permission) -> None: ...


def try_out(connection: Connection, connector: Triable | None) -> Health:
    """Make the call; without a connector it is Stripe."""
    started = time.monotonic()
    words = WELL
    try:
        (connector or _Stripe()).health(connection, TrialGate(connection))
    except ProviderError as problem:
        words = problem.words
    return Health(words == WELL, words, round((time.monotonic() - started) * 1000))


class _Stripe:
    """Reads one customer id, which every key that we can work with may do."""

    def health(self, connection: Connection, gate: Permission) -> None:
        headers = {"Authorization": f"Bearer {secret_of(connection)}"}
        answer = Http(settings.STRIPE_API_BASE, headers=headers, gate=gate).request(
            "GET", "/v1/customers", params={"limit": 1}
        )
        if answer.status == 401:
            raise BadCredentials("key_refused", "Stripe does not accept our key.", http_status=401)
        if not answer.ok:
            raise Rejected("refused", f"Stripe refused this ({answer.status}).", http_status=answer.status)
