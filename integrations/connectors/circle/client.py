"""The few things we ask of Circle. API: https://api.circle.so/apis/admin-api (Admin API v2)"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.connectors.circle.refusals import is_already, missing, refusal
from integrations.errors import InDoubt, Rejected, TryAgain
from integrations.http import Answer, Http

# Every success of the calls below carries one of them: https://api.circle.so/apis/admin-api
SAYS_DONE = {"message", "success", "id", "community_member"}


@dataclass(frozen=True)
class Member:
    """A community member; `id` is what paths want (not `user_id`)."""

    id: str
    email: str
    tags: frozenset[int]
    accepted: bool
    profile: str = ""  # the address of their page, for staff


class Circle:
    """Any method raises a ProviderError; 4xx come as Rejected, Gone, BadCredentials or Tomorrow."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def community(self) -> None:
        """Whether the token works: 401 speaks of the token, 403 of the plan."""
        self._done(self._http.request("GET", "/community"))

    def create(self, email: str, *, name: str, tags: list[int], invite: bool) -> Member | None:
        """Create or find the member. An existing one is answered 201 too, and then its tags are as they were.

        None when the answer does not say who it is: then search.
        """
        body: dict[str, Any] = {"email": email, "skip_invitation": not invite}
        if name:
            body["name"] = name
        if tags:
            body["member_tag_ids"] = tags
        answer = self._http.request("POST", "/community_members", json=body)
        if not is_already(answer):
            self._done(answer, call="POST /community_members")
        held = answer.data.get("community_member") if isinstance(answer.data, dict) else None
        found = _member(held) if isinstance(held, Mapping) else None
        return found if found and found.email.casefold() == email.casefold() else None

    def search(self, email: str) -> Member | None:
        """The member with exactly this address, invited ones included; None when there is none."""
        answer = self._http.request("GET", "/community_members/search", params={"email": email})
        if answer.status == 404 and missing(answer):
            return None
        if not answer.ok:
            raise refusal(answer, "GET /community_members/search")
        found = _member(answer.data)
        if found is None:
            raise TryAgain("unreadable", "Circle's answer named no member.", http_status=answer.status)
        if found.email.casefold() != email.casefold():
            raise Rejected(
                "other_member_found", "Circle answered with a different person.", http_status=answer.status
            )
        return found

    def get(self, member_id: str) -> Member | None:
        """The member by id, whatever their address is now; None when gone."""
        answer = self._http.request("GET", f"/community_members/{member_id}")
        if answer.status == 404 and missing(answer):
            return None
        if not answer.ok:
            raise refusal(answer, "GET /community_members")
        found = _member(answer.data)
        if found is None:
            raise TryAgain("unreadable", "Circle's answer named no member.", http_status=answer.status)
        return found

    def add_to_group(self, group: str, email: str) -> None:
        """Give access; safe to repeat (201 again). Raises: Gone (no_access_group, no_user)."""
        path = f"/access_groups/{group}/community_members"
        answer = self._http.request("POST", path, json={"email": email})
        if is_already(answer) and self._is_there(
            f"/access_groups/{group}/community_member", {"email": email}
        ):
            return
        self._done(answer)

    def remove_from_group(self, group: str, email: str) -> None:
        """Take access; not being in the group is what we want. Raises: Gone (no_access_group, no_user)."""
        path = f"/access_groups/{group}/community_members"
        answer = self._http.request("DELETE", path, params={"email": email})
        if missing(answer) != "access group community member":
            self._left(answer)

    def add_to_space(self, space: str, email: str) -> None:
        """Circle wants the id as a number, and answers 422 to somebody who is in already."""
        answer = self._http.request("POST", "/space_members", json={"email": email, "space_id": int(space)})
        if answer.status in (409, 422) and self._is_there(
            "/space_member", {"email": email, "space_id": space}
        ):
            return
        self._done(answer)

    def remove_from_space(self, space: str, email: str) -> None:
        answer = self._http.request("DELETE", "/space_members", params={"email": email, "space_id": space})
        if missing(answer) != "space member":
            self._left(answer)

    def tag(self, tag: str, email: str) -> None:
        """Only for members: an unknown address might become a lead."""
        answer = self._http.request(
            "POST", "/tagged_members", json={"member_tag_id": int(tag), "user_email": email}
        )
        if not is_already(answer):
            self._done(answer)

    def untag(self, tag: str, email: str) -> None:
        """A tag that is gone, or was not on them, is what we want."""
        answer = self._http.request(
            "DELETE", "/tagged_members", params={"user_email": email, "member_tag_id": tag}
        )
        if not missing(answer):
            self._left(answer)

    def _is_there(self, path: str, params: Mapping[str, str]) -> bool:
        answer = self._http.request("GET", path, params=params)
        if answer.ok and not (isinstance(answer.data, Mapping) and "id" in answer.data):
            raise TryAgain("unreadable", "Circle's answer named no membership.", http_status=answer.status)
        return answer.ok

    def _left(self, answer: Answer) -> None:
        """As `_done`; a removal may also be answered without any words."""
        if answer.status != 204:
            self._done(answer)

    def _done(self, answer: Answer, *, call: str = "this call") -> None:
        """A success says so: all of Circle's carry a message or what was asked for."""
        if not answer.ok:
            raise refusal(answer, call)
        said = answer.data if isinstance(answer.data, Mapping) else {}
        if said.get("success") is False or not said.keys() & SAYS_DONE:
            raise InDoubt("unreadable", "Circle did not say that it is done.", http_status=answer.status)


def _member(data: Any) -> Member | None:
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), int) or not data.get("email"):
        return None
    tags = data.get("member_tags") or []
    return Member(
        id=str(data["id"]),
        email=str(data["email"]),
        tags=frozenset(tag["id"] for tag in tags if isinstance(tag, Mapping) and "id" in tag),
        accepted=bool(data.get("accepted_invitation")) or data.get("active") is True,
        profile=_address(data.get("profile_url")),
    )


def _address(value: Any) -> str:
    """Only what is safe to link to."""
    return value if isinstance(value, str) and value.startswith("https://") and len(value) < 300 else ""
