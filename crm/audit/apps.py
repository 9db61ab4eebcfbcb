"""The audit log: tamper-evident events of who did what, when and from where."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "crm.audit"
    label = "audit"
    verbose_name = "Audit"
