from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_desk_rights")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(SearchVector("name", config="simple"), name="customer_by_name_words"),
        ),
    ]
