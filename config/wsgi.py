"""The WSGI entry point of the web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Seconds: somebody is waiting for every answer of the web process, and Stripe is told 503 within 5.
os.environ.setdefault("DATABASE_PATIENCE", "4")

application = get_wsgi_application()

# Models can be imported only now.
from billing import counters  # noqa: E402
from support.alerts import watch  # noqa: E402

counters.start()
watch.start_in_web()
