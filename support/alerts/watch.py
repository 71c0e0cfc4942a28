"""Who evaluates: each worker's sweeper, and each web process, as a dead worker cannot say that it is dead."""

import logging
import threading
import time

from django.db import Error, InterfaceError, OperationalError, connections

from integrations.lanes import Lane, register
from integrations.timer import Timer
from support.alerts import blackout
from support.alerts.evaluation import evaluate_in_turn
from support.alerts.sending import send_due

logger = logging.getLogger(__name__)
WEB_SECONDS = 30.0
AGAIN_SECONDS = 3.0  # after a failure
SILENT_AFTER = 4  # failures in a row: a restart of the database is no news
# After a start the others start too: what was silent while all was down is no news.
TIMER = Timer("alerts", seconds=10.0, first_after=30.0)


def tend() -> None:
    """Evaluate, and send what is due."""
    evaluate_in_turn()
    send_due()


def start_in_web() -> None:
    """A thread that tends the alerts for as long as this process lives."""
    threading.Thread(target=_loop, name="alerts", daemon=True).start()


def register_lane() -> None:
    """Have the sweeper of every worker tend the alerts."""
    register(Lane("alerts", claim=_claim, run=lambda _id: tend(), task="support.tasks.tend_alerts", slots=1))


def _claim(most: int) -> list[int]:
    return [0] if most and TIMER.is_due() else []


def _loop() -> None:
    failed = 0
    while True:
        time.sleep(AGAIN_SECONDS if failed else WEB_SECONDS)
        try:
            blackout.over()
            tend()
            failed = 0
        except Error as error:
            failed += 1
            logger.warning("alerts_not_tended", extra={"error": type(error).__name__})
            if failed >= SILENT_AFTER and isinstance(error, OperationalError | InterfaceError):
                blackout.began()
        except Exception:  # the thread must live: nobody else may be left to speak
            logger.exception("alerts_not_tended")
        finally:
            connections.close_all()
