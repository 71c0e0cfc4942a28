"""What a replay or another act would do, said before anybody presses the button."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.connectors import CONNECTORS
from integrations.connectors.circle.steps import INVITATION
from integrations.deadletters import revivable
from integrations.models import ConnectionKind, Mode, OneTimeEffect, Sync, SyncStatus
from support.screen.naming import names_at, place_of

REPLAYABLE = (SyncStatus.DEAD_LETTER,)
Invited = set[tuple[int, int]]  # customer and connection


@dataclass(frozen=True)
class Preview:
    """One destination's part of the replay; `mails` is None while nobody has computed what is desired."""

    connection: str
    does: str
    mails: int | None = 0


def differences(sync: Sync) -> list[str]:
    """What the connector would change there, in words, by what it last computed and last found."""
    connector = CONNECTORS.get(sync.connection.kind)
    if connector is None or not sync.desired:
        return []
    return connector.describe(sync.desired, sync.observed)


def preview(
    syncs: Sequence[Sync], changes: dict[int, list[str]], *, invited: Invited | None = None
) -> list[Preview]:
    """A line per destination; those that nobody replays are left alone."""
    if invited is None:
        invited = invited_before(each for each in syncs if each.status in REPLAYABLE)
    found = ((sync, changes.get(sync.pk, [])) for sync in syncs)
    return [_of(sync, said, invited) if sync.status in REPLAYABLE else _alone(sync) for sync, said in found]


def preview_one(sync: Sync, *, invited: Invited | None = None) -> Preview:
    """Of one row, also on hold; who shows many looks once who of them was `invited`."""
    if not revivable(sync):
        return _alone(sync)
    return _of(sync, differences(sync), invited_before([sync]) if invited is None else invited)


def _alone(sync: Sync) -> Preview:
    right = sync.status == SyncStatus.IN_SYNC
    return Preview(place_of(sync.connection), "nothing, already right" if right else "nothing, left alone")


def _of(sync: Sync, changes: list[str], invited: Invited) -> Preview:
    there = place_of(sync.connection)
    if not sync.desired:
        return Preview(there, "compute what is desired, then put right what differs", None)
    said = [names_at(sync).put_into(each) for each in changes]
    return Preview(there, ", ".join(said) or "nothing, already right", mails(sync, sync.desired, invited))


def preview_of(sync: Sync, desired: Mapping[str, Any], *, invited: Invited | None = None) -> Preview:
    """What making it equal to `desired` would do, whatever it is doing now."""
    there, connector = place_of(sync.connection), CONNECTORS.get(sync.connection.kind)
    if connector is None or sync.connection.mode == Mode.OFF:
        return Preview(there, "nothing, it is off")
    if not desired:
        return Preview(there, "compute what is desired, then put right what differs", None)
    said = [names_at(sync).put_into(each) for each in connector.describe(dict(desired), sync.observed)]
    if said and sync.connection.mode == Mode.SHADOW:
        return Preview(there, f"nothing, it is in shadow mode (else: {', '.join(said)})")
    return Preview(
        there,
        ", ".join(said) or "nothing",
        mails(sync, desired, invited_before([sync]) if invited is None else invited),
    )


def mails_in_words(counts: Iterable[int | None]) -> str:
    """E.g. "2"; "2 or more" when a part of it is not known yet."""
    known = list(counts)
    total = sum(count or 0 for count in known)
    return f"{total} or more" if None in known else str(total)


def invited_before(syncs: Iterable[Sync]) -> Invited:
    """Who of them got their invitation before: it is mailed once only. No query for members of Circle."""
    people = {
        each.customer_id
        for each in syncs
        if each.connection.kind == ConnectionKind.CIRCLE and not each.observed.get("member")
    }
    done = OneTimeEffect.objects.filter(customer__in=people, kind=INVITATION, done_at__isnull=False)
    return set(done.values_list("customer_id", "connection_id"))


def invited_by(effects: Iterable[OneTimeEffect]) -> Invited:
    """The same, of effects that were read already."""
    done = (each for each in effects if each.kind == INVITATION and each.done_at)
    return {(each.customer_id, each.connection_id) for each in done}


def mails(sync: Sync, desired: Mapping[str, Any], invited: Invited) -> int:
    """How many mails the person would get: an invitation of Circle, sequences of Kit not yet started."""
    if sync.connection.kind == ConnectionKind.CIRCLE:
        wanted = any(desired.get(kind) for kind in ("groups", "tags", "spaces"))
        is_new = not sync.observed.get("member") and (sync.customer_id, sync.connection_id) not in invited
        return int(wanted and is_new and sync.connection.options.get("invite", True))
    if sync.gets_no_mail:
        return 0
    sent = sync.observed.get("sent", [])
    return sum([each["kind"], each["subject"]] not in sent for each in desired.get("sequences", []))
