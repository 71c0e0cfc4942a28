"""What Circle and Kit hold of each person, how it was brought there, and what failed on the way, by SQL."""

from integrations.models import Connection, OneTimeEffect, Sync, SyncAttempt
from tests.bench.rows import insert

ATTEMPTS = 5
_LATE = "now() - (1 + mod(abs(hashint4(n + 5)::bigint), 5000)) * interval '1 minute'"
_LATER = "now() - (206 - turn) * interval '1 hour'"
_CAUSES = {
    "circle": "{member_limit,answers_503,invalid_email,not_found,error:KeyError}",
    "kit": "{sequence_inactive,answers_500,subscriber_limit,unknown_field,email_taken}",
}
_TAG = "CASE slug WHEN 'pro' THEN 11 WHEN 'starter' THEN 12 ELSE 13 END"
_INSIDE = f"""jsonb_build_object('member', true, 'accepted', true,
    'groups', jsonb_build_object(circle_group::text, 'in'),
    'tags', jsonb_build_object(({_TAG})::text, 'in'))"""
_CIRCLE = {
    "desired": f"""CASE WHEN has_access THEN jsonb_build_object('groups', jsonb_build_array(circle_group),
        'tags', jsonb_build_array({_TAG}), 'spaces', '[]'::jsonb)
        ELSE '{{"groups": [], "tags": [], "spaces": []}}' END""",
    # Whoever fails there has never been in; whoever is late is in already and waits for a new profile.
    "observed": f"""CASE
        WHEN trouble IN ('dead_circle', 'retry_circle', 'held_circle') OR slug = '' THEN '{{}}'
        WHEN has_access THEN {_INSIDE}
        ELSE {_INSIDE} || jsonb_build_object('groups', jsonb_build_object(circle_group::text, 'out')) END""",
}
_FIELDS = "jsonb_build_object('plan', slug, 'status', status, 'interval', 'monthly', 'country', 'DE')"
_KIT = {
    "desired": f"""jsonb_build_object('write', slug <> '', 'fields', {_FIELDS},
        'tags', jsonb_build_array('plan: ' || slug, 'status: ' || status),
        'sequences', jsonb_build_array(
            jsonb_build_object('kind', 'welcome', 'subject', subject, 'sequence', 501)))""",
    "observed": f"""CASE WHEN trouble = 'dead_kit' THEN '{{}}' ELSE jsonb_build_object('known', true,
        'fields', {_FIELDS}, 'tags', jsonb_build_object('plan: ' || slug, 'in', 'status: ' || status, 'in'),
        'subscriber', 'active', 'sent', jsonb_build_array(jsonb_build_array('welcome', subject))) END""",
}


def busy(customers: int) -> range:
    """The ids of ten people with a long history: pages of attempts of theirs."""
    return range(customers // 2, customers // 2 + 10)


def fill_destinations(customers: int) -> None:
    """A sync at each connection, five attempts, an invitation and a welcome for each person."""
    circle, kit = (Connection.objects.get(slug=slug).pk for slug in ("circle", "kit"))
    _fill_syncs("circle", connection=circle, computed=_CIRCLE)
    _fill_syncs("kit", connection=kit, computed=_KIT)
    _fill_attempts(customers)
    effect = {"customer_id": "n", "reserved_at": "joined_at", "done_at": "joined_at"}
    sent = "bench_person p CROSS JOIN (VALUES ({}, 'invitation'), ({}, 'welcome')) AS sent (link, kind)"
    insert(
        OneTimeEffect,
        source=f"{sent.format(circle, kit)} WHERE slug <> '' AND trouble = '' ORDER BY n, kind",
        columns=effect | {"connection_id": "link", "kind": "kind", "subject": "subject"},
    )


def _fill_syncs(place: str, *, connection: int, computed: dict[str, str]) -> None:
    status = f"""CASE trouble WHEN 'dead_{place}' THEN 'dead_letter' WHEN 'retry_{place}' THEN 'retrying'
        WHEN 'held_{place}' THEN 'on_hold' WHEN 'late_{place}' THEN 'pending' ELSE 'in_sync' END"""
    fails = f"trouble IN ('dead_{place}', 'retry_{place}')"
    cause = f"""CASE WHEN trouble = 'held_{place}' THEN 'conflict'
        WHEN {fails} THEN ('{_CAUSES[place]}'::text[])[cause] ELSE '' END"""
    wrong = f"trouble LIKE '%\\_{place}'"
    row = {
        "id": f"2 * n - {int(place == 'circle')}", "customer_id": "n", "connection_id": str(connection),
        "status": status, "reason": cause, "priority": "2", "desired_version": "3",
        "explanation": f"CASE WHEN {fails} THEN 'Refused: ' || replace({cause}, '_', ' ') || '.' ELSE '' END",
        "applied_version": f"CASE WHEN {wrong} THEN 2 ELSE 3 END", "desired_digest": "md5(n::text)",
        "due_at": f"CASE WHEN trouble IN ('retry_{place}', 'late_{place}') THEN now() END",
        "due_since": f"CASE WHEN {wrong} THEN {_LATE} END", "fencing_token": "5",
        "first_failed_at": f"CASE WHEN {fails} THEN {_LATE} END",
        "attempt_count": f"CASE WHEN {fails} THEN 8 ELSE 0 END", "remote_id": "(1000000 + n)::text",
        "remote_email": "email", "observed_at": "joined_at", "applied_at": "joined_at", **computed,
    }  # fmt: skip
    insert(Sync, source="bench_person p ORDER BY n", columns=row)


def _fill_attempts(customers: int) -> None:
    """In the order of their time, so that what belongs to one person lies far apart, as in life."""
    number = f"(turn - 1) * {customers} + n"
    at = f"now() - interval '730 days' * (1 - ({number}) / {ATTEMPTS * customers}.0)"
    circle = "mod(turn, 2) = 1"
    failed = f"turn >= 4 AND trouble = CASE WHEN {circle} THEN 'dead_circle' ELSE 'dead_kit' END"
    kit_step = "jsonb_build_object('do', 'add_tags', 'ref', 'plan: ' || slug, 'outcome', 'done')"
    circle_step = "jsonb_build_object('do', 'add_groups', 'ref', circle_group::text, 'outcome', 'done')"
    row = {
        "id": number, "sync_id": f"2 * n - (CASE WHEN {circle} THEN 1 ELSE 0 END)", "customer_id": "n",
        "version": f"CASE WHEN {failed} THEN 3 ELSE 1 + turn / 4 END", "fencing_token": "turn",
        "release": "'bench'", "duration_ms": "80 + mod(n, 400)",
        "outcome": f"CASE WHEN {failed} THEN 'rejected' ELSE 'applied' END",
        "code": f"""CASE WHEN {failed} THEN (CASE WHEN {circle} THEN '{_CAUSES["circle"]}'
            ELSE '{_CAUSES["kit"]}' END::text[])[cause] ELSE '' END""",
        "error": f"CASE WHEN {failed} THEN 'Refused there.' ELSE '' END",
        "http_status": f"CASE WHEN {failed} THEN 422 END",
        "steps": f"""CASE WHEN {failed} THEN '[]' WHEN {circle} THEN jsonb_build_array({circle_step})
            ELSE jsonb_build_array({kit_step}) END""",
        "started_at": at, "finished_at": at,
    }  # fmt: skip
    source = f"bench_person p CROSS JOIN generate_series(1, {ATTEMPTS}) AS turn ORDER BY turn, n"
    insert(SyncAttempt, source=source, columns=row)
    again = {
        "sync_id": "sync.id", "customer_id": "customer_id", "version": "1", "fencing_token": "turn",
        "outcome": "'applied'", "release": "'bench'", "duration_ms": "80",
        "started_at": _LATER, "finished_at": _LATER,
    }  # fmt: skip
    ids = ", ".join(map(str, busy(customers)))
    source = f"integrations_sync sync CROSS JOIN generate_series(6, 205) AS turn WHERE customer_id IN ({ids})"
    insert(SyncAttempt, source=f"{source} ORDER BY turn, sync.id", columns=again)
