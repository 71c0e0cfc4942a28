"""People of a shop that has run for two years, what they hold and what Stripe told of them, by SQL.

Each person is a row of `bench_person` while the database is filled; one statement makes each table of it.
"""

from billing.models import CheckoutSession, Payment, StripeCustomer, StripeEvent, Subscription
from customers.models import Customer, Entitlement, LifecycleEvent
from tests.bench.rows import insert, run

TROUBLED = 4_000  # the same number at every size, as evenly among the people as can be
FIRST = (
    "Anna,Ben,Carla,David,Elena,Farid,Greta,Hugo,Ines,Jonas,Katja,Liam,Mara,Noah,Olga,Pavel,Quinn,Rosa,Samir,"
    "Tessa,Umar,Vera,Wanda,Xenia,Yusuf,Zoe"
)
LAST = (
    "Adler,Baumann,Conti,Dubois,Eriksen,Fischer,Garcia,Hansen,Ivanova,Jansen,Keller,Lopez,Moreau,Novak,Okafor,"
    "Petrov,Quist,Rossi,Schmidt,Tanaka,Ueda,Virtanen,Weber,Xu,Yilmaz,Ziegler,Nakamura,Silva,Costa,Andersson,"
    "Kowalska,Murphy,Papadaki,Horvat,Nagy,Popescu,Lindqvist,Meyer,Laurent,Bianchi,Santos,Ferreira,Jensen,Dahl"
)
HOLDS = "('active', 'trialing', 'paid_in_full', 'past_due')"
_PERSON = """
CREATE UNLOGGED TABLE bench_person AS
SELECT n, first || ' ' || last AS name, lower(first || '.' || last) || n || '@example.com' AS email,
       status, status IN {holds} AS has_access, slug, plan.id AS plan_id,
       CASE WHEN slug = 'lifetime' THEN 'pi_bench' ELSE 'sub_bench' END || n AS subject,
       CASE slug WHEN 'pro' THEN 101 WHEN 'starter' THEN 102 ELSE 103 END AS circle_group,
       now() - interval '730 days' * (1 - n / {customers}.0) AS joined_at,
       CASE WHEN turn > turn_before THEN (CASE
           WHEN mod(turn, 40) < 4 THEN 'dead_circle' WHEN mod(turn, 40) < 30 THEN 'dead_kit'
           WHEN mod(turn, 40) < 32 THEN 'retry_circle' WHEN mod(turn, 40) < 33 THEN 'held_circle'
           WHEN mod(turn, 40) < 35 THEN 'late_circle' ELSE 'late_kit' END) ELSE '' END AS trouble,
       1 + mod(abs(hashint4(n + 77)::bigint), 5)::int AS cause
FROM generate_series(1, {customers}) AS n CROSS JOIN LATERAL (
    SELECT mod(abs(hashint4(n)::bigint), 1000) AS lot,
           ('{{{first}}}'::text[])[1 + mod(n * 7, {firsts})] AS first,
           ('{{{last}}}'::text[])[1 + mod(abs(hashint4(n + 3)::bigint), {lasts})] AS last,
           n::bigint * {troubled} / {customers} AS turn,
           (n::bigint - 1) * {troubled} / {customers} AS turn_before
) AS drawn CROSS JOIN LATERAL (
    SELECT CASE WHEN lot < 620 THEN 'active' WHEN lot < 680 THEN 'trialing' WHEN lot < 760 THEN 'paid_in_full'
           WHEN lot < 790 THEN 'past_due' WHEN lot < 800 THEN 'paused' WHEN lot < 810 THEN 'unpaid'
           WHEN lot < 950 THEN 'canceled' WHEN lot < 970 THEN 'refunded' WHEN lot < 972 THEN 'dispute_lost'
           ELSE 'lead' END AS status
) AS standing CROSS JOIN LATERAL (
    SELECT CASE WHEN status = 'lead' THEN '' WHEN status IN ('paid_in_full', 'refunded') THEN 'lifetime'
           WHEN mod(n, 3) = 0 THEN 'pro' ELSE 'starter' END AS slug
) AS sold LEFT JOIN customers_plan plan USING (slug) ORDER BY n
"""
BOUGHT = "bench_person p WHERE slug <> ''"
SUBSCRIBED = "bench_person p WHERE slug NOT IN ('', 'lifetime')"
ENDED = "status IN ('canceled', 'refunded', 'dispute_lost')"
PAST_DUE = "CASE WHEN status = 'past_due' THEN now() - interval '2 days' END"
INTERVAL = "CASE slug WHEN '' THEN '' WHEN 'lifetime' THEN 'one_time' ELSE 'monthly' END"
# As long as a real one; lists never read it.
BODY = (
    'format(\'{"id": "evt_bench%s", "object": "event", "data": {"object": {"note": "%s"}}}\','
    " n, repeat(md5(n::text), 24))"
)


def fill_people(customers: int) -> None:
    """`bench_person`, and everything of it that is not about destinations."""
    names = {"first": FIRST, "firsts": FIRST.count(",") + 1, "last": LAST, "lasts": LAST.count(",") + 1}
    run(_PERSON.format(customers=customers, troubled=TROUBLED, holds=HOLDS, **names))
    run("ALTER TABLE bench_person ADD PRIMARY KEY (n)")
    run("ANALYZE bench_person")
    _fill_customers()
    _fill_facts()
    _fill_record(customers)


def _fill_customers() -> None:
    state = {
        "id": "n", "email": "email", "name": "name", "country": "'DE'", "status": "status",
        "has_access": "has_access", "plan_id": "plan_id", "interval": INTERVAL,
        "access_until": "CASE WHEN status = 'past_due' THEN now() + interval '5 days' END",
        "next_check_at": "CASE WHEN status = 'past_due' THEN now() + interval '5 days' END",
        "support_tier": "CASE slug WHEN 'pro' THEN 'priority' WHEN 'lifetime' THEN 'vip' ELSE 'standard' END",
        "grants": "CASE WHEN has_access THEN ARRAY[slug] ELSE '{}' END", "version": "3",
        "fingerprint": "md5(n::text)", "created_at": "joined_at", "updated_at": "joined_at",
    }  # fmt: skip
    insert(Customer, source="bench_person p", columns=state)
    held = {
        "customer_id": "n", "subject": "subject", "plan_id": "plan_id", "state": "status",
        "source": "CASE slug WHEN 'lifetime' THEN 'purchase' ELSE 'subscription' END",
        "interval": INTERVAL, "since": "joined_at", "starts_at": "joined_at", "past_due_since": PAST_DUE,
        "ended_at": f"CASE WHEN {ENDED} THEN joined_at + interval '1 minute' END",
        "end_reason": f"CASE WHEN {ENDED} THEN 'user_requested' ELSE '' END",
    }  # fmt: skip
    insert(Entitlement, source=BOUGHT, columns=held)


def _fill_facts() -> None:
    known = {"read_started_at": "joined_at"}
    account = {"id": "n", "stripe_id": "'cus_bench' || n", "customer_id": "n", "email": "email"}
    insert(StripeCustomer, source="bench_person p", columns=known | account)
    state = f"CASE WHEN {ENDED} THEN 'canceled' ELSE status END"
    subscription = {
        "stripe_id": "subject", "stripe_customer_id": "n", "raw_status": state, "status": state,
        "prices": "ARRAY['price_' || slug || '_month']", "raw_prices": "ARRAY['price_' || slug || '_month']",
        "amount": "CASE slug WHEN 'pro' THEN 4900 ELSE 1900 END", "currency": "'usd'",
        "started_at": "joined_at", "status_since": "joined_at",
        "current_period_end": "now() + interval '20 days'",
        "ended_at": f"CASE WHEN {ENDED} THEN joined_at + interval '1 minute' END", "past_due_since": PAST_DUE,
    }  # fmt: skip
    insert(Subscription, source=SUBSCRIBED, columns=known | subscription)
    paid = {
        "customer_id": "n", "stripe_customer_id": "n", "status": "'succeeded'", "currency": "'usd'",
        "paid_at": "joined_at",
    }  # fmt: skip
    renewal = {
        "stripe_id": "'pi_renewal' || turn || '_' || n", "amount_received": "1900", "subscription": "subject",
        "invoice": "'in_bench' || turn || '_' || n", "charge": "'ch_bench' || turn || '_' || n",
    }  # fmt: skip
    twice = SUBSCRIBED.replace("WHERE", "CROSS JOIN generate_series(1, 2) AS turn WHERE")
    insert(Payment, source=f"{twice} ORDER BY turn, n", columns=known | paid | renewal)
    purchase = {
        "stripe_id": "subject", "amount_received": "48000", "charge": "'ch_bench0_' || n",
        "amount_refunded": "CASE WHEN status = 'refunded' THEN 48000 ELSE 0 END",
        "ended_at": "CASE WHEN status = 'refunded' THEN joined_at END",
        "prices": "ARRAY['price_lifetime']", "raw_prices": "ARRAY['price_lifetime']",
    }  # fmt: skip
    insert(Payment, source="bench_person p WHERE slug = 'lifetime'", columns=known | paid | purchase)
    session = {
        "stripe_id": "'cs_bench' || n", "customer_id": "n", "stripe_customer_id": "n", "status": "'complete'",
        "mode": "CASE slug WHEN 'lifetime' THEN 'payment' ELSE 'subscription' END",
        "payment_status": "'paid'", "created_at": "joined_at", "completed_at": "joined_at",
    }  # fmt: skip
    insert(CheckoutSession, source=BOUGHT, columns=known | session)


def _fill_record(customers: int) -> None:
    """Two Stripe events and two lifecycle events each, in the order of their time."""
    twice = "bench_person p CROSS JOIN generate_series(0, 1) AS turn"
    number, at = f"turn * {customers} + n", "joined_at + turn * (now() - joined_at) / 2"
    event = {
        "id": number, "event_id": f"'evt_bench' || {number}", "livemode": "false",
        "type": "CASE turn WHEN 0 THEN 'checkout.session.completed' ELSE 'invoice.paid' END",
        "object_id": "CASE turn WHEN 0 THEN 'cs_bench' ELSE 'in_bench1_' END || n",
        "root": "'subscription:' || n", "created": at, "received_at": at, "processed_at": at, "body": BODY,
        "status": "'processed'", "due_at": "NULL::timestamptz", "customer_id": "n",
    }  # fmt: skip
    insert(StripeEvent, source=f"{twice} ORDER BY turn, n", columns=event)
    change = {
        "id": number, "customer_id": "n", "subject": "'cs_bench' || n", "happened_at": at, "recorded_at": at,
        "type": "CASE turn WHEN 0 THEN 'signup_started' ELSE 'subscription_active' END",
        "from_status": "'lead'", "to_status": "CASE turn WHEN 0 THEN 'lead' ELSE status END",
        "access_before": "false", "access_after": "turn = 1 AND has_access", "cause": "'event'",
        "cause_ref": f"'evt_bench' || {number}", "release": "'bench'",
    }  # fmt: skip
    insert(LifecycleEvent, source=f"{twice} ORDER BY turn, n", columns=change)
