"""An uploaded file with its column mapping, its dry run and its run."""

import secrets

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.runs.models.run import Run
from crm.tenancy.models import Organization, OrgEntity


def _storage() -> Storage:
    return storages["default"]


def _place(upload: "ImportRun", name: str) -> str:
    """Return a random name: the name of the uploaded file is shown, never used as a path."""
    suffix = ".xlsx" if upload.format == ImportRun.Format.XLSX else ".csv"
    return f"imports/{upload.org_id}/{secrets.token_hex(16)}{suffix}"


class ImportRun(models.Model):
    """An uploaded file with its column mapping, its dry run and its run.

    The column mapping and the mode are fixed once the dry run starts; another mapping of the same
    file is another import. So the preview of a dry run is always what the run will do.
    """

    class Format(models.TextChoices):
        CSV = "CSV", _("CSV")
        XLSX = "XLSX", _("Excel")

    class Mode(models.TextChoices):
        UPSERT = "UPSERT", _("Create and update")
        CREATE = "CREATE", _("Create only")
        UPDATE = "UPDATE", _("Update only")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="imports", db_index=False)
    kind = models.CharField(max_length=30, help_text=_("What its rows are, such as customers."))
    uploaded_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    file = models.FileField(upload_to=_place, storage=_storage, max_length=200)
    file_name = models.CharField(
        max_length=200, help_text=_("As it was called where it came from.")
    )
    file_size = models.PositiveBigIntegerField()
    file_hash = models.CharField(
        max_length=64, blank=True, help_text=_("SHA-256 of its bytes: the same file again has it.")
    )
    format = models.CharField(max_length=4, choices=Format)
    encoding = models.CharField(max_length=12, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header = models.JSONField(default=list, help_text=_("Names of the columns, as they are shown."))
    has_header = models.BooleanField(default=True)

    mapping = models.JSONField(
        default=dict, help_text=_("What each column means, and the defaults.")
    )
    mode = models.CharField(
        max_length=6,
        choices=Mode,
        default=Mode.UPSERT,
        help_text=_("Which rows are imported; the others are skipped."),
    )
    all_or_nothing = models.BooleanField(
        default=False, help_text=_("Nothing is imported unless every row can be.")
    )
    auto_confirm = models.BooleanField(
        default=False, help_text=_("The import starts by itself when the dry run is done.")
    )
    dry_run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="import_checked")
    apply_run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="import_applied")
    undo_run = models.OneToOneField(
        Run,
        models.PROTECT,
        null=True,
        related_name="import_undone",
        help_text=_("The last run that takes it back."),
    )
    undone_rows = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("import")
        constraints = [
            models.CheckConstraint(
                condition=Q(apply_run__isnull=True) | Q(dry_run__isnull=False),
                name="import_is_shown_before_it_is_applied",
            ),
            models.CheckConstraint(
                condition=Q(undo_run__isnull=True) | Q(apply_run__isnull=False),
                name="import_is_applied_before_it_is_undone",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-id"], name="import_by_org"),
            models.Index(
                fields=["org", "file_hash"],
                condition=~Q(file_hash=""),
                name="import_by_file_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportUndo(models.Model):
    """A wish to undo an import, which somebody else must approve when the import is large.

    ``rows`` are the chosen rows by number; empty: all of them.
    """

    upload = models.ForeignKey(ImportRun, models.PROTECT, related_name="undos")
    rows = models.JSONField(default=list)
    asked_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()

    needs_approval = models.BooleanField()
    decided_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_approved = models.BooleanField(null=True)
    run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            # Two that ask at once must not undo an import twice.
            models.UniqueConstraint(
                fields=["upload"],
                condition=Q(needs_approval=True, decided_at__isnull=True),
                name="import_undo_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False) | Q(run__isnull=True) | Q(is_approved=True),
                name="import_undo_is_approved_before_it_runs",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="import_undo_is_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"undo of import {self.upload_id}"


class ImportMapping(models.Model):
    """The last column mapping of a header, offered again for the next file with that header."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30)
    header_digest = models.CharField(max_length=64)
    mapping = models.JSONField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "kind", "header_digest"], name="mapping_once_per_header"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.header_digest[:8]}"
