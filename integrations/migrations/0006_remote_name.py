from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0005_holds_of_their_own")]

    operations = [
        migrations.AddIndex(
            model_name="syncattempt",
            index=BrinIndex(fields=["finished_at"], name="sync_attempt_by_time", pages_per_range=16),
        ),
        migrations.AddField(
            model_name="connection",
            name="names_fetched_at",
            field=models.DateTimeField(
                blank=True, help_text="When its groups, tags and sequences were last listed.", null=True
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="names_tried_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="RemoteName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("group", "Access group"),
                            ("tag", "Tag"),
                            ("space", "Space"),
                            ("sequence", "Sequence"),
                        ],
                        max_length=16,
                    ),
                ),
                ("remote_id", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=255)),
                ("fetched_at", models.DateTimeField()),
                ("gone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="remote_names",
                        to="integrations.connection",
                    ),
                ),
            ],
            options={
                "ordering": ("kind", "name", "remote_id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "kind", "remote_id"), name="remote_name_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["group", "tag", "space", "sequence"])),
                        name="remote_name_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("remote_id", ""), _negated=True), name="remote_name_id_given"
                    ),
                ],
            },
        ),
    ]
