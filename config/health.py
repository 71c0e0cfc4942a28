"""Health for load balancers and monitors: alive, and ready; no details."""

from datetime import timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations import bulkhead
from integrations.models import Heartbeat

log = structlog.get_logger(__name__)

BEATING = ("sweeper:", "worker:")
FRESH = timedelta(seconds=60)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers; asks nobody else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The database answers, and a sweeper and a worker were alive within the last minute."""
    missing = what_is_missing()
    if missing:
        log.warning("not_ready", missing=missing)
    return JsonResponse({"status": "not ready" if missing else "ready"}, status=503 if missing else 200)


def what_is_missing() -> list[str]:
    """What keeps us from being ready, for the log only."""
    try:
        with bulkhead.database.place(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '1s'")
            alive = list(Heartbeat.objects.filter(beat_at__gt=Now() - FRESH).values_list("name", flat=True))
    except (bulkhead.Busy, DatabaseError, InterfaceError):
        return ["database"]
    return [kind for kind in BEATING if not any(name.startswith(kind) for name in alive)]
