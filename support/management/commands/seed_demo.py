"""`manage.py seed_demo`: a dozen sample customers, made through the running sandbox."""

from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from customers.models import Customer
from support.demo import SAMPLES, NotTheSandboxError, SandboxClient, seed, until_let_in


class Command(BaseCommand):
    help = "Make sample customers in the sandbox; does nothing when there are customers. Development only."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("seed_demo does not run when ENVIRONMENT=production.")
        if Customer.objects.exists():
            self.stdout.write("There are customers already; no samples were made.")
            return
        try:
            left = seed(SandboxClient(settings.STRIPE_API_BASE), wait=until_let_in)
        except (NotTheSandboxError, requests.RequestException) as error:
            words = str(error) if isinstance(error, NotTheSandboxError) else "The sandbox does not answer."
            raise CommandError(words) from error
        self.stdout.write(f"Made {len(SAMPLES)} sample customers.")
        for each in left:
            self.stdout.write(f"Left out, it did not fit yet: {each}.")
