"""Compares what the sandbox really holds with the oracle; each difference is one sentence."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

import psycopg

from integrations.sandbox import Sandbox
from tests.chaos.oracle import GROUP, NOTHING, WELCOME, Wanted, everybody
from tests.processes import until


def differences(sandbox: Sandbox, given: Mapping[str, str] = NOTHING) -> list[str]:
    """Empty when every destination equals the truth and nobody was written to twice.

    `given` is the plan that staff gave, by e-mail.
    """
    invited = Counter(sandbox.circle.invitations)
    return [
        f"{email}: {what}"
        for email, wanted in everybody(sandbox, given).items()
        for what in _of_person(sandbox, email, wanted, invitations=invited[email])
    ]


def _of_person(sandbox: Sandbox, email: str, wanted: Wanted, *, invitations: int) -> Iterator[str]:
    groups = {plan for plan, number in GROUP.items() if email in sandbox.circle.members_of(number)}
    if groups != wanted.rights:
        yield f"Circle gives {sorted(groups)}, Stripe says {sorted(wanted.rights)}"
    tags = sandbox.kit.tags_of(email)
    plans = {tag.removeprefix("plan: ") for tag in tags if tag.startswith("plan: ")}
    if plans != wanted.rights:
        yield f"Kit is tagged {sorted(plans)}, Stripe says {sorted(wanted.rights)}"
    statuses = {tag.removeprefix("status: ") for tag in tags if tag.startswith("status: ")}
    if wanted.status and statuses != {wanted.status}:
        yield f"Kit says {sorted(statuses)}, Stripe says {wanted.status}"
    if invitations > 1 or (wanted.rights and invitations != 1):
        yield f"{invitations} invitations"
    welcomes = [number for who, number in sandbox.kit.enrolments if who == email and number in WELCOME]
    if len(welcomes) != len(set(welcomes)) or (wanted.plans and not welcomes):
        yield f"welcomes {welcomes}"


def repeated(sandbox: Sandbox) -> list[object]:
    """Calls that change something, sent twice in the same words; for people who only buy, so redo nothing.

    Not those that ask for the id of a tag by its name: two first runs may ask at once.
    """
    words = Counter(
        (call.provider, call.method, call.path, json.dumps([call.query, call.body], sort_keys=True))
        for provider in ("circle", "kit")
        for call in sandbox.journal.calls(provider)
        if call.method != "GET" and call.route != "POST /tags"
    )
    return [each for each, count in words.items() if count > 1]


def lost(database_url: str, acked: set[str]) -> list[str]:
    """Events that we answered 2xx and that are not one row, processed or with a reason not to be."""
    query = "SELECT event_id, count(*), bool_and(status IN ('processed', 'ignored')) FROM billing_stripeevent"
    with psycopg.connect(database_url) as connection:
        stored = {row[0]: row[1:] for row in connection.execute(f"{query} GROUP BY event_id")}
    return [each for each in acked if stored.get(each) != (1, True)]


def waiting(database_url: str) -> int:
    """How much is still under way: events and syncs that are due, now or later."""
    return sum(count for _, count in _under_way(database_url))


def settles(database_url: str, *, seconds: float) -> float:
    """Seconds until nothing was under way; fails saying what still is."""
    try:
        return until(lambda: waiting(database_url) == 0, seconds=seconds, what="nothing is under way")
    except AssertionError:
        print("still under way:", _under_way(database_url))
        raise


def _under_way(database_url: str) -> list[tuple[str, int]]:
    query = """
        SELECT concat_ws(' ', 'event', status, reason), count(*) FROM billing_stripeevent
        WHERE due_at IS NOT NULL GROUP BY 1
        UNION ALL
        SELECT concat_ws(' ', c.slug, s.status, s.reason), count(*) FROM integrations_sync s
        JOIN integrations_connection c ON c.id = s.connection_id WHERE s.status <> 'in_sync' GROUP BY 1
    """
    with psycopg.connect(database_url) as connection:
        return connection.execute(query).fetchall()
