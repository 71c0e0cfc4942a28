"""What is the database's trouble and so no fault of the work: it is away, locked, too slow, or cut us off."""

from django.db import InterfaceError, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout

KINDS = (OperationalError, InterfaceError, IdleInTransactionSessionTimeout)
NAMES = [each.__name__ for each in KINDS]


def database_trouble(error: Exception) -> str:
    """One of NAMES, "" for anything else. A deadlock that was broken at our cost is trouble, too."""
    cause = error.__cause__  # for Django a transaction that was cut off as idle is an internal error
    told = cause if isinstance(cause, IdleInTransactionSessionTimeout) else error
    return next((each.__name__ for each in KINDS if isinstance(told, each)), "")
