"""The support app: its lanes, and the groups of staff."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SupportConfig(AppConfig):
    name = "support"
    verbose_name = "Support"

    def ready(self) -> None:
        from support import rights
        from support.alerts import upkeep, watch
        from support.catalog import consequences
        from support.dashboard import rolling
        from support.desks import runs
        from support.tickets import lanes

        watch.register_lane()
        upkeep.register_lane()
        consequences.register_lane()
        runs.register_lane()
        rolling.register_lane()
        lanes.register_lanes()
        post_migrate.connect(rights.keep_groups, sender=self)
