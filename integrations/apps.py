"""The integrations app: its lanes, and its ear for customers that change."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Plumbing"

    def ready(self) -> None:
        from integrations import (
            clock,
            deadletters,
            engine,
            slots,
            suppression,
            wanting,  # noqa: F401  (connects its receiver)
        )
        from integrations.connectors import names
        from integrations.lanes import Lane, register

        tasks = "integrations.tasks"
        register(Lane("clock", claim=clock.claim, run=clock.run, task=f"{tasks}.run_clock", slots=2))
        register(Lane("syncs", claim=slots.hand_out, run=engine.run, task=f"{tasks}.run_sync", slots=8))
        register(
            Lane(
                "snoozes",
                claim=deadletters.claim_snoozed,
                run=deadletters.wake,
                task=f"{tasks}.run_snooze",
                slots=1,
            )
        )
        register(
            Lane(
                "kit_events",
                claim=suppression.claim,
                run=suppression.run,
                task=f"{tasks}.run_kit_event",
                slots=1,
            )
        )
        register(Lane("names", claim=names.claim, run=names.run, task=f"{tasks}.fetch_names", slots=1))
