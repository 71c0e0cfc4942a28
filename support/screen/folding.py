"""The timeline's quiet stretches: events of Stripe that were simply processed stand behind one line."""

from collections.abc import Sequence
from itertools import groupby

from support.screen.entries import Entry

FEWEST = 3  # two lines are no stretch


def folded(entries: Sequence[Entry]) -> list[Entry]:
    """Newest first, as given; whatever is unusual about an event keeps its own line. Pure."""
    found: list[Entry] = []
    for quiet, run in groupby(entries, key=lambda each: each.quiet):
        stretch = list(run)
        found += [_fold(stretch)] if quiet and len(stretch) >= FEWEST else stretch
    return found


def _fold(stretch: list[Entry]) -> Entry:
    """Keyed by its oldest event: it stays itself while newer ones join."""
    newest, oldest = stretch[0], stretch[-1]
    return Entry(
        at=newest.at,
        key=f"{oldest.key}-on",
        tone=newest.tone,
        title="Stripe",
        text=f"{len(stretch)} events, all processed",
        folded=stretch,
    )
