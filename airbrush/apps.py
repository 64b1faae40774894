from django.apps import AppConfig


class AirbrushConfig(AppConfig):
    name = "airbrush"
    verbose_name = "Airbrush"
