"""The support app, and its lane."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "support"
    verbose_name = "Support"

    def ready(self) -> None:
        from support.alerts import watch

        watch.register_lane()
