"""An id as somebody wrote it: in an address, in a form, in a search."""

LONGEST = 18  # digits that surely fit a bigint


def number_in(text: str) -> int | None:
    """The number that `text` is; None for anything else, and for more digits than an id can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
