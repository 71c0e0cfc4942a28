"""Which syncs may start now: due ones of connections that can work, the urgent first, within their slots."""

from django.db import connection as database

# Two at once keep a connection at its limit, and a revoked key is noticed after two calls at most.
SLOTS = 2
SUSPECT_DEATHS = 2  # of workers that had it in hand; from then on it is suspected to kill them

# One index range for each connection and priority, so a long backlog costs nothing.
# A profile that waited five minutes counts as a grant.
# While the breaker is open every third probe is not a revoke, by turns a grant or a profile: what fails for
# revokes alone must not keep everybody out. (`turn` is the level that comes first.)
# A suspect runs beside no other: the next death tells who caused it.
_HAND_OUT = """
WITH suspect AS (
    SELECT EXISTS (
        SELECT 1 FROM integrations_sync b
        WHERE b.lease_until > statement_timestamp() AND b.crash_count >= %(suspect)s
    ) AS running
), room AS (
    SELECT c.id, c.failures_in_row >= 10 AS broken, CASE
        WHEN c.failures_in_row >= 10 THEN (ARRAY[0, 1, 0, 0, 2, 0])[(c.failures_in_row - 10) %% 6 + 1]
        ELSE 0 END AS turn, %(slots)s - (
        SELECT count(*) FROM integrations_sync b
        WHERE b.connection_id = c.id AND b.lease_until > statement_timestamp()
    ) AS free
    FROM integrations_connection c
    WHERE c.mode <> 'off' AND c.paused_at IS NULL
        AND (c.wait_until IS NULL OR c.wait_until <= statement_timestamp())
        AND (c.open_until IS NULL OR c.open_until <= statement_timestamp())
), due AS (
    SELECT one.id, one.urgency, one.due_at FROM suspect CROSS JOIN room CROSS JOIN LATERAL (
        SELECT s.id, s.due_at, level, CASE
            WHEN level = 2 AND s.due_at < statement_timestamp() - interval '5 minutes' THEN 1
            ELSE level END AS urgency
        FROM generate_series(0, 2) AS level CROSS JOIN LATERAL (
            SELECT d.id, d.due_at FROM integrations_sync d
            WHERE d.connection_id = room.id AND d.priority = level AND d.due_at <= statement_timestamp()
                AND d.status IN ('pending', 'running', 'retrying')
                AND (d.handed_until IS NULL OR d.handed_until <= statement_timestamp())
                AND (NOT suspect.running OR d.crash_count + (d.status = 'running')::int < %(suspect)s)
            ORDER BY d.due_at LIMIT %(slots)s
        ) AS s
        ORDER BY level <> room.turn, urgency, s.due_at
        LIMIT GREATEST(0, CASE WHEN room.broken THEN LEAST(1, room.free) ELSE room.free END)
    ) AS one
)
UPDATE integrations_sync SET handed_until = statement_timestamp() + interval '10 seconds'
WHERE id IN (
    SELECT t.id FROM integrations_sync t JOIN due USING (id)
    WHERE t.handed_until IS NULL OR t.handed_until <= statement_timestamp()
    ORDER BY due.urgency, due.due_at LIMIT %(most)s FOR UPDATE OF t SKIP LOCKED
) RETURNING id, priority
"""


def hand_out(most: int) -> list[int]:
    """Up to `most` ids of due syncs, revokes first; marked as handed for 10 s by the database clock."""
    with database.cursor() as cursor:
        cursor.execute(_HAND_OUT, {"slots": SLOTS, "most": most, "suspect": SUSPECT_DEATHS})
        rows = cursor.fetchall()
    return [row[0] for row in sorted(rows, key=lambda row: (row[1], row[0]))]
