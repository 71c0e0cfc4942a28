from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("support", "0007_replay"), ("integrations", "0006_remote_name")]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("value", models.JSONField(default=dict)),
                ("measured_at", models.DateTimeField()),
                ("cost_ms", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=~Q(name=""), name="figure_named")],
            },
        ),
        migrations.CreateModel(
            name="Statistic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("paid_to_access", "Paid to access"),
                            ("webhooks", "Webhooks"),
                            ("syncs", "Syncs"),
                        ],
                        max_length=32,
                    ),
                ),
                ("span", models.CharField(choices=[("hour", "Hour"), ("day", "Day")], max_length=8)),
                ("since", models.DateTimeField()),
                ("count", models.PositiveBigIntegerField()),
                ("good", models.PositiveBigIntegerField()),
                ("p50_ms", models.FloatField(blank=True, null=True)),
                ("p95_ms", models.FloatField(blank=True, null=True)),
                ("measured_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("measure", "span", "since"),
                "constraints": [
                    models.UniqueConstraint(fields=("measure", "span", "since"), name="statistic_once"),
                    models.CheckConstraint(
                        condition=Q(measure__in=["paid_to_access", "webhooks", "syncs"]),
                        name="statistic_measure_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(span__in=["hour", "day"]), name="statistic_span_known"
                    ),
                    models.CheckConstraint(
                        condition=Q(good__lte=F("count")), name="statistic_good_within_count"
                    ),
                ],
            },
        ),
    ]
