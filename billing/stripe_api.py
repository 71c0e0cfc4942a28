"""The few things we ask of Stripe; reads only. API: https://docs.stripe.com/api"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import stripe
from django.conf import settings

from integrations import pausing
from integrations.errors import BadCredentials, Rejected, TryAgain
from integrations.http import Http
from integrations.limiter import Gate
from integrations.models import Connection, ConnectionKind

Raw = Mapping[str, Any]
Params = Mapping[str, str | int | list[str]]

PAGE = 100  # the largest page that Stripe gives
# Metadata alone is up to 25 kB for each line or item: what is embedded must fit into one answer of ours.
PAGES = {"invoices": 3, "checkout/sessions": 10, "subscriptions": 10}


class NotThere(Rejected):
    """Stripe does not know the object."""


def connection() -> Connection:
    """The row that carries the limiter, breaker and pause of our Stripe account; made when missing."""
    return Connection.objects.get_or_create(
        slug="stripe", defaults={"kind": ConnectionKind.STRIPE, "credential": "STRIPE_API_KEY"}
    )[0]


class StripeApi:
    """GET requests through the connection's gate, always in the API version that the SDK pins.

    The SDK's own client is not used for reads: it retries by itself, has no total time-out, and its objects
    are no plain JSON. Every method raises ProviderError.
    """

    def __init__(self, *, before_call: Callable[[], None] | None = None) -> None:
        self.connection = connection()
        self._gate = Gate(self.connection, before_call=before_call)
        headers = {
            "Authorization": f"Bearer {settings.STRIPE_API_KEY}",
            "Stripe-Version": stripe.api_version,
        }
        if settings.STRIPE_ACCOUNT:
            headers["Stripe-Account"] = settings.STRIPE_ACCOUNT
        self._http = Http(settings.STRIPE_API_BASE, headers=headers, gate=self._gate)

    @property
    def probing(self) -> bool:
        """Whether the last call was the breaker's probe: what failed then is nobody's fault."""
        return self._gate.probing

    def retrieve(self, resource: str, id_: str, *, expand: tuple[str, ...] = ()) -> Raw:
        """One object as JSON. Raises NotThere when Stripe does not know it."""
        return self._get(f"/v1/{resource}/{id_}", {"expand[]": list(expand)})

    def each(self, resource: str, params: Params | None = None) -> Iterator[Raw]:
        """All objects of a list, page by page."""
        query: dict[str, str | int | list[str]] = {"limit": PAGES.get(resource, PAGE), **(params or {})}
        while True:
            page = self._get(f"/v1/{resource}", query)
            found = page.get("data")
            if not isinstance(found, list):
                raise TryAgain("unreadable", "Stripe answered a list without data.")
            yield from found
            if page.get("has_more") is not True or not found:
                return
            query["starting_after"] = found[-1]["id"]

    def _get(self, path: str, params: Params) -> Raw:
        answer = self._http.request("GET", path, params=params)
        if answer.status == 404:
            raise NotThere("not_found", "Stripe does not know this object.", http_status=404)
        if answer.status == 401:
            raise self._refused("key_refused", "Stripe refuses our API key.", status=401)
        if answer.status == 403:
            raise self._refused("key_lacks_right", "Our Stripe key may not read this.", status=403)
        if answer.status >= 400:
            raise Rejected("stripe_refused", "Stripe refused the request.", http_status=answer.status)
        if not isinstance(answer.data, dict):
            raise TryAgain("unreadable", "Stripe did not answer an object.", http_status=answer.status)
        return answer.data

    def _refused(self, code: str, words: str, *, status: int) -> BadCredentials:
        """No call works until a person changes the key: stop asking, and lose nobody's tries."""
        pausing.pause(self.connection.pk, reason=code)
        return BadCredentials(code, words, http_status=status)
