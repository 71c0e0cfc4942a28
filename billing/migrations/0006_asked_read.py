from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_catalogue_change")]

    operations = [
        migrations.AddField(
            model_name="stripecustomer",
            name="reread_at",
            field=models.DateTimeField(
                blank=True, help_text="Somebody asked to read all that it holds again; due then.", null=True
            ),
        ),
        migrations.AddField(
            model_name="stripecustomer",
            name="reread_problem",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Why the last such read did not work, as a code.",
                max_length=64,
            ),
        ),
        migrations.AddIndex(
            model_name="stripecustomer",
            index=models.Index(
                condition=models.Q(("reread_at__isnull", False)),
                fields=["reread_at"],
                name="stripe_customer_reread",
            ),
        ),
    ]
