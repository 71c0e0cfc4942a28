"""The support app, and its lanes."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "support"
    verbose_name = "Support"

    def ready(self) -> None:
        from support.alerts import watch
        from support.desks import runs
        from support.tickets import lanes

        watch.register_lane()
        runs.register_lane()
        lanes.register_lanes()
