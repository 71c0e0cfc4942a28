"""What Circle's refusals mean: its 404s all say "try again later", only the details tell them apart."""

from collections.abc import Mapping

from integrations.errors import BadCredentials, Gone, ProviderError, Rejected, Tomorrow
from integrations.http import Answer

PREFIX = "missing record:"
# Part of Circle's text, our code, our words. No text of theirs is kept: it may name a person.
KNOWN = (
    ("invalid email", "invalid_email", "Circle does not accept this e-mail address."),
    ("user not added to space", "space_refused", "Circle did not add the member to the space."),
    ("can't be blank", "name_blank", "Circle wants a name."),
)


def missing(answer: Answer) -> str:
    """What a 404 says does not exist: "access group", "user", "member tag" ...; "" for anything else."""
    if answer.status != 404 or not isinstance(answer.data, Mapping):
        return ""
    details = answer.data.get("error_details")
    text = str(details.get("message", "")) if isinstance(details, Mapping) else str(details or "")
    return (
        text.strip().lower().removeprefix(PREFIX).strip() if text.strip().lower().startswith(PREFIX) else ""
    )


def is_already(answer: Answer) -> bool:
    """Some deployments answer 409 or 422 to what is already so."""
    return answer.status == 409 or (answer.status == 422 and "already" in _text(answer).lower())


def refusal(answer: Answer, call: str = "this call") -> ProviderError:
    """The error for an answer that is no success."""
    status, text = answer.status, _text(answer).lower()
    if status == 401:
        if "cannot perform this action" in text:
            return Rejected(
                "not_permitted", "Circle does not let us do this to this member.", http_status=401
            )
        return BadCredentials("token_refused", "Circle does not accept our token.", http_status=401)
    if status in (402, 403):
        return _forbidden(status, text, call)
    if status == 404:
        thing = missing(answer)
        code = f"no_{thing.replace(' ', '_')}"[:64] if thing else "not_found"
        return Gone(code, f"Circle knows no such {thing or 'page'}.", http_status=404)
    for part, code, words in KNOWN:
        if part in text:
            return Rejected(code, words, http_status=status)
    return Rejected(f"circle_{status}", f"Circle refused {call} ({status}).", http_status=status)


def _forbidden(status: int, text: str, call: str) -> ProviderError:
    if status == 402:
        return BadCredentials("payment_required", "Circle wants to be paid first.", http_status=402)
    if "not eligible" in text:
        return BadCredentials("plan_lapsed", "Circle's plan no longer includes its API.", http_status=403)
    if "daily member limit" in text:
        return Tomorrow("daily_member_limit", "Circle takes no more new members today.", http_status=403)
    if "maximum limit of members" in text:
        return Rejected("member_limit", "Circle's plan has no room for another member.", http_status=403)
    return Rejected("forbidden", f"Our Circle token lacks the right for {call}.", http_status=403)


def _text(answer: Answer) -> str:
    """The 403 of member creation says `errors` where all others say `message`."""
    if not isinstance(answer.data, Mapping):
        return ""
    return str(answer.data.get("message") or answer.data.get("errors") or "")
