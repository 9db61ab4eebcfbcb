"""Operations: middlewares, health, metrics, error responses and checks of settings."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "crm.ops"
    label = "ops"

    def ready(self) -> None:
        from crm.ops import checks  # noqa: F401  registers them
