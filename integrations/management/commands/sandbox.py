"""manage.py sandbox: run the local Stripe, Circle and Kit with their page of buttons."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Run the sandbox: a local Stripe, Circle and Kit. Development only."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9100)
        parser.add_argument("--webhook-url", default="", help="where Stripe's events go; empty: nowhere")
        parser.add_argument("--kit-webhook-url", help="where Kit's webhooks go; beside Stripe's unless said")
        parser.add_argument("--state", type=Path, help="a JSON file that keeps the state over a restart")
        parser.add_argument("--office-url", default="", help="the back office, for a link on the page")

    def handle(self, *args: Any, **options: Any) -> None:
        if getattr(settings, "ENVIRONMENT", "") == "production":
            raise CommandError("The sandbox does not run when ENVIRONMENT=production.")
        from integrations.sandbox import Sandbox, SandboxServer
        from integrations.sandbox.deliverer import deliver

        sandbox = Sandbox.stocked(state_file=options["state"])
        sandbox.office_url = options["office_url"]
        sandbox.stripe.webhook_secret = settings.STRIPE_WEBHOOK_SECRETS[0]
        kit_secrets = getattr(settings, "KIT_WEBHOOK_SECRETS", None) or [sandbox.kit.webhook_secret]
        sandbox.kit.webhook_secret = kit_secrets[0]
        stripe_url, kit_url = options["webhook_url"], options["kit_webhook_url"]
        if kit_url is None:
            kit_url = f"{stripe_url.rpartition('/')[0]}/convertkit" if stripe_url else ""
        deliver(sandbox, stripe_url=stripe_url, kit_url=kit_url)
        server = SandboxServer(sandbox, port=options["port"])
        stop = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: stop.set())
        self.stdout.write(f"Sandbox: {server.start()}/")
        stop.wait()
        server.stop()
        sandbox.autosave()
