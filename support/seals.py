"""Whether the record of staff acts is what it was: triggers stop us, a seal shows what an owner did.

Once an hour the database digests every entry older than a minute, and we key the digest with a key that it
does not have: who changes, adds or removes an old entry there cannot make a seal that fits. Each seal is also
a line of the log, `audit_sealed`: the copy outside the database, for the day on which the seals are gone.
"""

import hmac

import structlog
from django.conf import settings
from django.utils.crypto import salted_hmac

from support.alerts.finding import rows
from support.models import AuditSeal

log = structlog.get_logger(__name__)

# A transaction still open may add an entry of its time: only what is older than all of them is sealed.
_UNTIL = """
SELECT date_trunc('second', least(statement_timestamp() - interval '1 minute', min(xact_start)))
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Every column, written out: a new column must not break the seals of before. Both moments in one look:
# between two of them an owner could change what the first has just found right.
_HELD = """
SELECT count(*) FILTER (WHERE happened_at < %(before)s), coalesce(encode(sha256(
           string_agg(digest, ''::bytea ORDER BY id) FILTER (WHERE happened_at < %(before)s)), 'hex'), ''),
       count(*), coalesce(encode(sha256(string_agg(digest, ''::bytea ORDER BY id)), 'hex'), '')
FROM (
    SELECT id, happened_at, sha256(convert_to(jsonb_build_array(
        id, actor_id, act, subject, reason, before, after, host(address),
        (extract(epoch FROM happened_at) * 1000000)::bigint, release
    )::text, 'UTF8')) AS digest FROM support_auditentry WHERE happened_at < %(until)s OFFSET 0
) AS entry
"""


def seal(*, anew: bool = False) -> bool:
    """Seal what the record holds. What differs from the last seal is not sealed over, unless `anew`."""
    last = AuditSeal.objects.first()
    ((until,),) = rows(_UNTIL)
    if last and last.until >= until:
        return False
    ((*was, count, held),) = rows(_HELD, before=last.until if last else until, until=until)
    if (last and not anew and not _fits(last, *was)) or not (last or count):
        return False
    digest = _keyed(count, held, settings.SECRET_KEY)
    AuditSeal.objects.create(until=until, entries=count, digest=digest)
    log.info("audit_sealed", until=until.isoformat(), entries=count, digest=digest, first=last is None)
    return True


def differences() -> list[str]:
    """What differs from the last seal; empty when nothing does, or when nothing was sealed yet."""
    last = AuditSeal.objects.first()
    if last is None:
        return []
    ((count, held, *_),) = rows(_HELD, before=last.until, until=last.until)
    if _fits(last, count, held):
        return []
    return [f"{last.entries} entries before {last.until.isoformat()} were sealed, {count} are there"]


def _fits(last: AuditSeal, count: int, held: str) -> bool:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(_keyed(count, held, key), last.digest) for key in keys)


def _keyed(count: int, held: str, key: str) -> str:
    return salted_hmac("support.seals", f"{count}:{held}", secret=key, algorithm="sha256").hexdigest()
