"""The Kit account as others see it: state, routes, credential, refusals."""

from typing import ClassVar

from integrations.sandbox.kit import objects
from integrations.sandbox.kit.fields import Fields
from integrations.sandbox.kit.subscribers import Subscribers
from integrations.sandbox.kit.tags import Tags
from integrations.sandbox.provider import Shared
from integrations.sandbox.routing import Answer, Request

OAUTH_ONLY = (
    "POST /bulk/subscribers",
    "POST /bulk/tags",
    "POST /bulk/tags/subscribers",
    "DELETE /bulk/tags/subscribers",
    "POST /bulk/custom_fields",
    "POST /bulk/forms/subscribers",
    "GET /purchases",
    "POST /purchases",
)


class Kit(Subscribers, Tags, Fields):
    """Answers below {url}/kit/v4."""

    messages: ClassVar[dict[int, str]] = {
        401: "The access token is invalid",
        403: "This request would exceed your subscriber limit",
        404: "Not Found",
        413: "This request exceeds your queued bulk requests limit.",
        422: "Email address is invalid",
    }

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.router.add("GET /account", self._account)
        self.subscriber_routes()
        self.tag_routes()
        self.field_routes()
        for route in OAUTH_ONLY:
            self.router.add(route, self._oauth_only)

    def credential(self, request: Request) -> str:
        word, _, token = (request.headers.get("Authorization") or "").partition(" ")
        return request.headers.get("X-Kit-Api-Key") or (token.strip() if word.lower() == "bearer" else "")

    def unauthorised(self, _key: str) -> Answer:
        """The same words for a missing key and a wrong one."""
        return objects.error(401, self.messages[401])

    def unknown_path(self, _request: Request) -> Answer:
        return objects.not_found()

    def refusal(self, status: int) -> Answer:
        if status == 429:
            return Answer(429, "Retry later\n")
        if status >= 500:
            return Answer(status, "")
        return objects.error(status, self.messages.get(status, "Refused"))

    def whose(self, request: Request) -> str:
        number = request.number("id") or request.number("subscriber_id")
        held = self.subscribers.get(number) if "subscribers" in request.path else None
        return held["email_address"] if held else request.email()

    def _oauth_only(self, _request: Request) -> Answer:
        """Bulk calls and purchases need OAuth, which an account's own key is not."""
        return objects.error(401, self.messages[401])

    def _account(self, _request: Request) -> Answer:
        account = {
            "id": 1,
            "name": "Sandbox account",
            "plan_type": "creator",
            "primary_email_address": "owner@example.com",
            "created_at": "2026-01-01T00:00:00Z",
            "timezone": {"name": "Etc/UTC", "friendly_name": "UTC", "utc_offset": "+00:00"},
        }
        return Answer(200, {"user": {"email": "owner@example.com"}, "account": account})
