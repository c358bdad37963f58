from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "reports.collection"
    verbose_name = "报送"
