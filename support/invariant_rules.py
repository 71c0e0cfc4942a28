"""What must always hold, as SQL that names the rows which break it (house rules I1 to I10).

Each statement returns one text column, an id per broken row, and works on whole tables: no row is fetched
unless it breaks a rule. `%(now)s` is the moment of the check, `%(slack)s` what the machinery may take.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    code: str
    words: str
    sql: str

    def statement(self) -> str:
        """The SQL with the words in angle brackets written out."""
        text = self.sql.replace("<gives now>", GIVES.replace("<at>", "%(now)s"))
        text = text.replace("<gives until lately>", GIVES.replace("<at>", "%(now)s - %(slack)s"))
        return text.replace("<living>", LIVING)


# The SQL twin of Entitlement.gives_access, at a moment that each rule chooses.
GIVES = """(
    e.plan_id IS NOT NULL AND CASE
        WHEN e.source = 'override' THEN e.ended_at IS NULL AND (e.ends_at IS NULL OR <at> < e.ends_at)
        WHEN e.state = 'trialing' THEN p.trial_access
        WHEN e.state = 'past_due' THEN <at> < e.past_due_since + p.grace_days * interval '1 day'
        ELSE e.state IN ('active', 'paid_in_full') END
)"""
LIVING = "('active', 'trialing', 'paid_in_full', 'past_due', 'paused', 'unpaid')"

RULES = (
    Rule(
        "I1",
        "a stored event is neither settled nor due",
        """
        SELECT event_id FROM billing_stripeevent
        WHERE (status IN ('received', 'failed')) <> (due_at IS NOT NULL)
           OR (status = 'processed') <> (processed_at IS NOT NULL)
           OR (status NOT IN ('received', 'processed') AND reason = '')
        """,
    ),
    Rule(
        "I1",
        "an event is stored twice",
        "SELECT max(event_id) FROM billing_stripeevent GROUP BY account, event_id HAVING count(*) > 1",
    ),
    Rule(
        "I2",
        "one occurrence is two lifecycle events",
        """
        SELECT 'customer:' || customer_id FROM customers_lifecycleevent
        GROUP BY customer_id, type, subject HAVING count(*) > 1
        """,
    ),
    Rule(
        "I2",
        "a one-time effect was made twice",
        """
        SELECT 'customer:' || customer_id FROM integrations_onetimeeffect
        GROUP BY customer_id, connection_id, kind, subject HAVING count(*) > 1
        """,
    ),
    Rule(
        "I4",
        "a version older than one applied before is recorded as applied",
        """
        SELECT 'sync:' || s.id FROM integrations_sync s JOIN (
            SELECT sync_id, max(version) AS version FROM integrations_syncattempt
            WHERE outcome = 'applied' GROUP BY sync_id
        ) a ON a.sync_id = s.id WHERE s.applied_version < a.version
        """,
    ),
    Rule(
        "I4",
        "a sync is ahead of what is desired, or desires what the customer never was",
        """
        SELECT 'sync:' || s.id FROM integrations_sync s JOIN customers_customer c ON c.id = s.customer_id
        WHERE s.applied_version > s.desired_version OR s.desired_version > c.version
        """,
    ),
    Rule(
        "I6",
        "access to a plan that no entitlement gives",
        """
        SELECT DISTINCT 'customer:' || c.id FROM customers_customer c CROSS JOIN unnest(c.grants) AS g(slug)
        WHERE NOT EXISTS (
            SELECT FROM customers_entitlement e JOIN customers_plan p ON p.id = e.plan_id
            WHERE e.customer_id = c.id AND p.slug = g.slug AND <gives until lately>
        )
        """,
    ),
    Rule(
        "I6",
        "access without a plan, or a plan without access",
        """
        SELECT 'customer:' || id FROM customers_customer
        WHERE has_access <> (cardinality(grants) > 0) OR (access_until IS NOT NULL AND NOT has_access)
        """,
    ),
    Rule(
        "I6",
        "an entitlement gives a plan that the customer was not granted",
        """
        SELECT DISTINCT 'customer:' || c.id FROM customers_entitlement e
        JOIN customers_plan p ON p.id = e.plan_id JOIN customers_customer c ON c.id = e.customer_id
        WHERE NOT p.slug = ANY(c.grants) AND <gives now>
        """,
    ),
    Rule(
        "I6",
        "a living subscription entitlement has no living subscription at Stripe",
        """
        SELECT 'entitlement:' || e.id FROM customers_entitlement e
        LEFT JOIN billing_subscription f ON f.stripe_id = e.subject
        WHERE e.source = 'subscription' AND e.state IN <living>
          AND (f.id IS NULL OR f.status NOT IN ('active', 'trialing', 'past_due', 'paused', 'unpaid'))
        """,
    ),
    Rule(
        "I6",
        "a living purchase has no payment that still stands",
        """
        SELECT 'entitlement:' || e.id FROM customers_entitlement e
        LEFT JOIN billing_payment k ON k.stripe_id = e.subject
        WHERE e.source = 'purchase' AND e.state IN <living>
          AND (k.id IS NULL OR k.status <> 'succeeded' OR k.ended_at IS NOT NULL)
          AND NOT EXISTS (  -- another payment of the one-off invoice that it bought
              SELECT 1 FROM billing_payment f WHERE f.invoice = coalesce(nullif(k.invoice, ''), e.subject)
              AND f.subscription = '' AND f.status = 'succeeded' AND f.ended_at IS NULL)
        """,
    ),
    Rule(
        "I6",
        "an override that staff did not sign",
        """
        SELECT 'entitlement:' || e.id FROM customers_entitlement e
        LEFT JOIN customers_override o ON 'override:' || o.id = e.subject
        WHERE e.source = 'override' AND e.state IN <living>
          AND (o.id IS NULL OR o.reason = '' OR o.ended_at IS NOT NULL
               OR o.plan_id <> e.plan_id OR o.customer_id <> e.customer_id OR e.ends_at > o.until)
        """,
    ),
    Rule(
        "I7",
        "access should have ended and the removal waits without a word",
        """
        SELECT 'sync:' || s.id FROM integrations_sync s
        JOIN integrations_connection c ON c.id = s.connection_id
        WHERE s.status IN ('pending', 'running', 'retrying') AND s.priority = 0
          AND s.due_since < %(now)s - interval '10 minutes'
          AND c.mode = 'live' AND c.paused_at IS NULL AND c.open_until IS NULL AND c.wait_until IS NULL
        """,
    ),
    Rule(
        "I9",
        "an e-mail address in an append-only record",
        """
        SELECT 'lifecycle_event:' || id FROM customers_lifecycleevent
        WHERE subject || cause_ref LIKE '%%@%%'
        UNION ALL
        SELECT 'attempt:' || id FROM integrations_syncattempt
        WHERE code || error || steps::text LIKE '%%@%%'
        UNION ALL
        SELECT 'audit_entry:' || id FROM support_auditentry
        WHERE subject || before::text || after::text LIKE '%%@%%'
        """,
    ),
    Rule(
        "I10",
        "a sync is in no listed state, or not in sync without a reason",
        """
        SELECT 'sync:' || id FROM integrations_sync
        WHERE status NOT IN ('pending', 'running', 'in_sync', 'retrying', 'dead_letter', 'on_hold')
           OR (status IN ('retrying', 'dead_letter', 'on_hold') AND reason = '')
           OR (status = 'on_hold'
               AND reason NOT IN ('shadow', 'mass_removal', 'conflict', 'snoozed', 'held_by_staff'))
           OR (held_until IS NOT NULL AND NOT (status = 'on_hold' AND reason = 'snoozed'))
           OR (status = 'on_hold' AND reason = 'held_by_staff' AND NOT staff_hold)
           OR (status = 'in_sync' AND staff_hold)
           OR (status = 'in_sync' AND (held_plans <> '{}' OR held_refs <> '{}'::jsonb))
           OR (status = 'in_sync' AND applied_version <> desired_version)
           OR (status IN ('pending', 'running', 'retrying')) <> (due_at IS NOT NULL)
           OR (status = 'running') <> (lease_until IS NOT NULL)
        """,
    ),
)
