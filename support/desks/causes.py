"""What a cause means in plain words, and what to do about it."""

import re
from typing import Final

MEND_AND_REPLAY: Final = "Open one of them and read what was tried; when the cause is mended, replay them."
LETHAL: Final = "It stopped its worker several times. Show it to whoever maintains the code first."
# Code of an attempt or of an event: what to do.
NEXT_STEP: Final[dict[str, str]] = {
    "member_limit": "Circle's plan is full. Raise it in Circle or remove unused members, then replay.",
    "daily_member_limit": "Circle takes new members again tomorrow; they are tried then by themselves.",
    "plan_lapsed": "Renew Circle's plan so that it includes the API, then resume the connection.",
    "payment_required": "The provider wants to be paid. Settle its bill, then resume the connection.",
    "invalid_email": "The address is wrong. Ask the buyer for the right one and change it in Stripe: "
    "that alone starts a new try.",
    "no_email": "Ask the buyer for an address and enter it in Stripe: that alone starts a new try.",
    "name_blank": "Enter the buyer's name in Stripe: that alone starts a new try.",
    "not_permitted": "Circle protects this member (an admin or moderator). Change them in Circle by hand.",
    "forbidden": "Give the token the missing right at the provider, then replay.",
    "email_taken": "Two subscribers of Kit share this address. Merge them in Kit, then replay.",
    "subscriber_taken": "Another customer has this subscriber of Kit under an older address. Mend the Kit "
    "sync of that customer first, then replay.",
    "sequence_inactive": "Switch the sequence on in Kit, or take it out of the plan mapping, then replay.",
    "unknown_field": "Create the custom field in Kit again, then replay.",
    "fields_missing": "Create the custom fields in Kit by hand, then replay.",
    "subscriber_limit": "Kit's plan is full. Raise it in Kit, then replay.",
    "space_refused": "Look at the space in Circle: does it still exist and take members? Then replay.",
    "not_found": "Something that we refer to was deleted there. Check the plan mapping, then replay.",
    "tls": "The provider's certificate is wrong, or something stands between us. Replay when it is whole.",
    "killed_worker": LETHAL,
    "worker_killed": LETHAL,
    "unsupported_shape": "Stripe sent something we do not understand, and rights stay as they are. "
    "The review list says what is missing.",
}
IN_STRIPE: Final = frozenset({"invalid_email", "no_email", "name_blank"})  # mended there, so read there again
GONE: Final = "The plan mapping names something that Circle does not have. Correct the mapping, then replay."
OUTAGE: Final = "The provider did not work for a day. When it does again, replay: nothing is sent twice."
OUR_BUG: Final = "An error of ours, already reported. Replay when it is mended; rights stay as they are."
EVENT_WORDS: Final[dict[str, str]] = {
    "unsupported_shape": "Stripe sent something of an unknown shape",
    "not_found": "Stripe does not know what the event speaks of",
    "worker_killed": "Processing it stopped its worker",
    "mode": "It is of the other mode (test or live)",
    "account": "It is of another Stripe account",
}
_OUTAGE = re.compile(r"5\d\d|_4(08|25)|timeout|reset|refused$|dns|unreadable|in_doubt|try_again|breaker|lag")


def title(code: str, explanation: str, *, http_status: int | None = None) -> str:
    """E.g. "Circle's plan has no room for another member (403)." """
    said = (explanation or code.replace("_", " ").capitalize()).rstrip(".")
    number = f" ({http_status})" if http_status and str(http_status) not in said else ""
    return f"{said}{number}."


def at(place: str, title: str) -> str:
    """The title with its place, unless the title names it: "Circle (eu): The name is blank."."""
    return title if title.casefold().startswith(place.casefold()) else f"{place}: {title}"


def event_title(reason: str) -> str:
    """The same for a Stripe event that was given up."""
    if reason.startswith("error:"):
        return f"An error of ours stopped it ({reason.removeprefix('error:')})."
    said = EVENT_WORDS.get(reason) or reason.replace("_", " ").capitalize().replace(
        "Stripe answers", "Stripe answered"
    )
    return f"{said}."


def next_step(code: str) -> str:
    """What a person should do, in one or two sentences."""
    if code in NEXT_STEP:
        return NEXT_STEP[code]
    if code.startswith("error:"):
        return OUR_BUG
    if code.startswith("no_"):
        return GONE
    return OUTAGE if _OUTAGE.search(code) else MEND_AND_REPLAY
