"""Stripe over HTTP: reading one object, reading a list, and Stripe's way of saying no."""

from integrations.sandbox.provider import Shared
from integrations.sandbox.routing import Answer, Handler, Json, Request
from integrations.sandbox.stripe.expand import NotExpandableError, expand
from integrations.sandbox.stripe.lists import RESOURCES, BadRequestError, page, select
from integrations.sandbox.stripe.objects import API_VERSION, listing, new_id
from integrations.sandbox.stripe.store import INCLUDED, Store


def error(status: int, *, message: str, kind: str = "invalid_request_error", **more: str) -> Answer:
    given = {name: value for name, value in more.items() if value}
    return Answer(status, {"error": {"type": kind, "message": message, **given}})


class Api(Store):
    """Answers below {url}/stripe/v1. Nothing is written over HTTP; tests and the page use the acts."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.router.add("GET /account", self._account)
        for resource in RESOURCES:
            self.router.add(f"GET /{resource}", self._list_of(resource))
            self.router.add(f"GET /{resource}/{{id}}", self._one_of(resource))
        self.router.add(
            "GET /checkout/sessions/{id}/line_items", self._part_of("checkout/sessions", "line_items")
        )
        self.router.add("GET /invoices/{id}/lines", self._part_of("invoices", "lines"))
        self.router.add("GET /subscription_items", self._subscription_items)

    def credential(self, request: Request) -> str:
        word, _, token = (request.headers.get("Authorization") or "").partition(" ")
        return token.strip() if word.lower() in ("bearer", "basic") else ""

    def unauthorised(self, _key: str) -> Answer:
        if not _key:
            return error(401, message="You did not provide an API key.")
        return error(401, message="Invalid API Key provided: sk_****", code="api_key_invalid")

    def unknown_path(self, _request: Request) -> Answer:
        return error(404, message=f"Unrecognized request URL ({_request.method}: /v1{_request.path}).")

    def refusal(self, status: int) -> Answer:
        if status == 429:
            return error(429, message="Request rate limit exceeded.", code="rate_limit")
        if status >= 500:
            return error(status, message="An unknown error occurred.", kind="api_error")
        if status == 401:
            return self.unauthorised("revoked")
        return error(status, message="The request was refused.")

    def whose(self, request: Request) -> str:
        return request.email()

    def _account(self, _request: Request) -> Answer:
        return _ok({"id": "acct_1Sandbox", "object": "account", "country": "US", "charges_enabled": True})

    def _one_of(self, resource: str) -> Handler:
        def read(request: Request) -> Answer:
            key = request.params["id"]
            found = self._found(resource, key)
            if found is None:
                kind = RESOURCES[resource].kind.split(".")[-1]
                return error(404, message=f"No such {kind}: '{key}'", code="resource_missing", param="id")
            if found.get("deleted"):
                return _ok({"id": key, "object": found["object"], "deleted": True})
            return self._expanded(self.shown(found), request)

        return read

    def _found(self, resource: str, key: str) -> Json | None:
        if resource == "events":
            return next((each for each in self.events if each["id"] == key), None)
        found = self.objects.get(key)
        return found if found and found.get("object") == RESOURCES[resource].kind else None

    def _list_of(self, resource: str) -> Handler:
        def read(request: Request) -> Answer:
            try:
                rows, more = select(self, resource, request=request)
            except BadRequestError as bad:
                message, code, param = bad.args
                return error(400, message=message, code=code, param=param)
            found = listing([self.shown(row) for row in rows], url=f"/v1/{resource}", has_more=more)
            return self._expanded(found, request)

        return read

    def _part_of(self, resource: str, field: str) -> Handler:
        """The route of a list that an object embeds only the beginning of."""

        def read(request: Request) -> Answer:
            found = self._found(resource, request.params["id"])
            if found is None:
                return error(404, message=f"No such {resource}", code="resource_missing", param="id")
            included = (RESOURCES[resource].kind, field) in INCLUDED
            rows = self.whole(found, field) if included else found[field]
            return self._pages(rows["data"], f"/v1/{resource}/{found['id']}/{field}", request)

        return read

    def _subscription_items(self, request: Request) -> Answer:
        key = request.arg("subscription")
        found = self._found("subscriptions", key)
        if found is None:
            message = f"No such subscription: '{key}'"
            return error(400, message=message, code="resource_missing", param="subscription")
        return self._pages(found["items"]["data"], "/v1/subscription_items", request)

    def _pages(self, rows: list[Json], url: str, request: Request) -> Answer:
        try:
            shown, more = page(rows, request)
        except BadRequestError as bad:
            message, code, param = bad.args
            return error(400, message=message, code=code, param=param)
        return self._expanded(listing([self.shown(row) for row in shown], url=url, has_more=more), request)

    def _expanded(self, body: Json, request: Request) -> Answer:
        try:
            return _ok(expand(self, body, paths=request.args("expand")))
        except NotExpandableError as bad:
            return error(400, message=str(bad))


def _ok(body: Json) -> Answer:
    return Answer(200, body, headers={"Request-Id": new_id("req"), "Stripe-Version": API_VERSION})
