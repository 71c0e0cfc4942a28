"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Stripe"

    def ready(self) -> None:
        from billing import lanes

        lanes.register_all()
