"""What Kit's refusals mean. None of their text is kept: it may name a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.errors import BadCredentials, Gone, ProviderError, Rejected, TryAgain
from integrations.http import Answer

LOCKED_OUT = {
    401: ("key_refused", "Kit does not accept our key, or its plan has lapsed."),
    402: ("payment_required", "Kit wants to be paid first."),
}
KNOWN = (
    ("email address is invalid", "invalid_email", "Kit does not accept this e-mail address."),
    ("already been taken", "email_taken", "Another Kit subscriber has this e-mail address."),
    ("sequence is inactive", "sequence_inactive", "The Kit sequence is switched off."),
    ("custom field", "unknown_field", "Kit does not know one of our custom fields."),
    ("subscriber limit", "subscriber_limit", "Kit's plan has no room for another subscriber."),
)


def refusal(answer: Answer) -> ProviderError:
    """The error for an answer that is no success."""
    status = answer.status
    if status in LOCKED_OUT:
        return BadCredentials(*LOCKED_OUT[status], http_status=status)
    if status == 404:
        return Gone("not_found", "Kit does not know this any more.", http_status=404)
    if status == 413:
        return TryAgain("queue_full", "Kit's queue for us is full.", http_status=413)
    text = " ".join(_texts(answer.data)).lower()
    for part, code, words in KNOWN:
        if part in text:
            return Rejected(code, words, http_status=status)
    if status == 403:
        return Rejected("forbidden", "Our Kit key lacks the right for this.", http_status=403)
    return Rejected(f"kit_{status}", f"Kit refused this ({status}).", http_status=status)


def _texts(data: Any) -> Iterator[str]:
    """All messages; items of `errors` may be lists themselves."""
    if isinstance(data, Mapping):
        yield from _texts([data.get("errors"), data.get("error"), data.get("message")])
    elif isinstance(data, list):
        for each in data:
            yield from _texts(each)
    elif isinstance(data, str):
        yield data
