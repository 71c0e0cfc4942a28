"""The rule about strangers at the door: more wrong passwords or codes than people mistype."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from support import sign_ins
from support.alerts.finding import Finding, rows

# A whole team that mistypes is locked out after five each; so many were no mistakes.
MANY_FAILURES = 50
PATH = "/admin/support/auditentry/"

_TRIED = """
SELECT count(DISTINCT username), count(DISTINCT ip_address), coalesce(sum(failures_since_start), 0)
FROM axes_accessattempt WHERE attempt_time > %(since)s
"""


def guessed(now: datetime) -> Iterator[Finding]:
    """One password on many names, or many on few, within the time of a lock-out. Names nobody."""
    ((names, addresses, wrong),) = rows(_TRIED, since=now - settings.AXES_COOLOFF_TIME)
    if names <= sign_ins.MANY_NAMES and wrong <= MANY_FAILURES:
        return
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    yield Finding(
        key="sign_ins_guessed",
        what=f"{wrong:,} wrong passwords or codes for {names:,} names from {addresses:,} addresses within "
        f"{minutes} minutes: somebody guesses.",
        next_step="Five wrong ones lock a name from an address. Look in Audit whether “Signed in” follows "
        "“Sign-in failed” for anybody who was not at work, and deactivate them if so. Shut out the addresses "
        "before the web server. Who is locked out by it: Unlock sign-in, in the list of users.",
        path=PATH,
    )
