"""The event log: who did what, from where, when, and that nobody changed it since."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "crm.audit"
    label = "audit"
    verbose_name = "Audit"
