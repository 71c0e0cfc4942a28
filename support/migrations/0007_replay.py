"""The replays that staff asked for, and their rows."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_desk_rights"),
        ("integrations", "0004_desk_rights"),
        ("support", "0006_groups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReplayRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=255)),
                ("reason", models.TextField(blank=True, default="")),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty on the command line.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="ReplayItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("waiting", "Waits"), ("queued", "Queued again"), ("left", "Left alone")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, default="", help_text="Why it was left alone.", max_length=64
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="billing.stripeevent",
                    ),
                ),
                (
                    "sync",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="integrations.sync",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="support.replayrun",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.AddIndex(
            model_name="replayrun",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="replay_run_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="replayrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("what", ""), _negated=True), name="replay_run_says_what"
            ),
        ),
        migrations.AddConstraint(
            model_name="replayrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", True), ("finished_at__isnull", False)),
                    models.Q(("due_at__isnull", False), ("finished_at__isnull", True)),
                    _connector="OR",
                ),
                name="replay_run_due_until_finished",
            ),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("event__isnull", True), ("sync__isnull", False)),
                    models.Q(("event__isnull", False), ("sync__isnull", True)),
                    _connector="OR",
                ),
                name="replay_item_is_of_one_row",
            ),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["waiting", "queued", "left"])),
                name="replay_item_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "left"), models.Q(("why", ""), _negated=True)),
                    models.Q(models.Q(("outcome", "left"), _negated=True), ("why", "")),
                    _connector="OR",
                ),
                name="replay_item_left_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.UniqueConstraint(fields=("run", "sync"), name="replay_item_sync_once_per_run"),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.UniqueConstraint(
                fields=("run", "event"), name="replay_item_event_once_per_run"
            ),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "waiting")),
                fields=("sync",),
                name="replay_item_one_waits_per_sync",
            ),
        ),
        migrations.AddConstraint(
            model_name="replayitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "waiting")),
                fields=("event",),
                name="replay_item_one_waits_per_event",
            ),
        ),
    ]
