"""The community as others see it: state, routes, credential, refusals."""

from typing import ClassVar

from integrations.sandbox.circle import objects
from integrations.sandbox.circle.groups import Groups
from integrations.sandbox.circle.spaces import Spaces
from integrations.sandbox.circle.tags import Tags
from integrations.sandbox.provider import Shared
from integrations.sandbox.routing import Answer, Request

HTML_404 = "<!DOCTYPE html><html><body>Page not found</body></html>"
HTML_5XX = "<!DOCTYPE html><html><body>The web server reported an error</body></html>"


class Circle(Groups, Tags, Spaces):
    """Answers below {url}/circle/api/admin/v2."""

    messages: ClassVar[dict[int, str]] = {
        400: "Bad request.",
        401: "The API token is invalid.",
        403: "The community is not eligible for admin API v2 access.",
        409: "This user is already a member of this community.",
        422: "Validation failed: Name can't be blank",
        429: "Rate limit exceeded.",
    }

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.router.add("GET /community", self._community)
        self.member_routes()
        self.group_routes()
        self.tag_routes()
        self.space_routes()

    def credential(self, request: Request) -> str:
        """Circle accepts the word Bearer or Token, and insists on one."""
        word, _, token = (request.headers.get("Authorization") or "").partition(" ")
        return token.strip() if word.lower() in ("bearer", "token") else ""

    def limit_key(self, _credential: str) -> str:
        return "address"  # Circle counts by IP address, over all tokens

    def unauthorised(self, _key: str) -> Answer:
        return objects.error(401, message=self.messages[401] if _key else "API token not found.")

    def unknown_path(self, _request: Request) -> Answer:
        return Answer(404, HTML_404)

    def refusal(self, status: int) -> Answer:
        if status >= 500:
            return Answer(status, HTML_5XX)
        if status == 404:
            return objects.missing("record")
        return objects.error(status, message=self.messages.get(status, "Refused."))

    def whose(self, request: Request) -> str:
        number = request.number("id") if request.path.startswith("/community_members/") else 0
        held = self.members.get(number)
        return held["email"] if held else request.email()

    def _community(self, _request: Request) -> Answer:
        return Answer(200, objects.community(self.timestamp()))
