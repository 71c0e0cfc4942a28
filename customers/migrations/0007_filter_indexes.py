"""Two filters at once, and the newest doubts, are found without reading whoever matches one of them only."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the tables are written to meanwhile

    dependencies = [
        ("customers", "0006_country_by_staff"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(fields=["status", "has_access", "-id"], name="customer_by_status_and_access"),
        ),
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(fields=["plan", "status", "-id"], name="customer_by_plan_and_status"),
        ),
        AddIndexConcurrently(
            model_name="customer",
            index=models.Index(fields=["plan", "has_access", "-id"], name="customer_by_plan_and_access"),
        ),
        AddIndexConcurrently(
            model_name="reviewitem",
            index=models.Index(fields=["-opened_at", "-id"], name="review_item_newest"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="plan",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.plan",
            ),
        ),
    ]
