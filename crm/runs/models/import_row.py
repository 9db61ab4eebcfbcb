"""The rows of an imported file, staged by the dry run, and their keys."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import FoldedTextField
from crm.runs.models.import_run import ImportRun


class ImportRow(models.Model):
    """One row: its cells, its outcome, and whether it was applied.

    The dry run decides ``outcome``. The run applies exactly that, or marks the row as drifted when
    something has changed since, and says what.
    """

    class Outcome(models.TextChoices):
        CREATE = "CREATE", _("Create")
        UPDATE = "UPDATE", _("Update")
        UNCHANGED = "UNCHANGED", _("Unchanged")
        SKIP = "SKIP", _("Skip")
        ERROR = "ERROR", _("Error")
        DRIFTED = "DRIFTED", _("Drifted")

    # There are millions of rows, and their import is never deleted: no database constraint, and
    # the unique constraint provides the index.
    upload = models.ForeignKey(
        ImportRun, models.PROTECT, related_name="rows", db_constraint=False, db_index=False
    )
    number = models.PositiveIntegerField(help_text="As a spreadsheet counts; the header is 1.")
    head = models.PositiveIntegerField(
        null=True,
        help_text="The first row of those that are decided together, such as the lines of a bill.",
    )

    cells = models.JSONField(help_text="As the file has them.")
    outcome = models.CharField(max_length=9, choices=Outcome)
    subject_id = models.BigIntegerField(null=True, help_text="Whom or what it concerns or made.")
    remarks = models.JSONField(default=list, help_text="Column and sentence, one after another.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    trail = models.JSONField(
        null=True,
        help_text="What applying it wrote beside ``after``: rows by name, and their values before.",
    )
    is_applied = models.BooleanField(default=False)
    is_undone = models.BooleanField(default=False, db_default=False)
    obstacles = models.JSONField(
        null=True, help_text="Why it could not be undone: column and sentence, one after another."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(is_applied=False) | Q(outcome__in=["CREATE", "UPDATE"]),
                name="import_row_applied_means_wanted",
            ),
            models.CheckConstraint(
                condition=Q(is_undone=False) | Q(is_applied=True, obstacles__isnull=True),
                name="import_row_undone_was_applied",
            ),
        ]
        indexes = [
            models.Index(fields=["upload", "outcome", "number"], name="import_row_by_outcome"),
            models.Index(
                fields=["upload", "head"],
                condition=Q(head__isnull=False),
                name="import_row_by_head",
            ),
            models.Index(
                fields=["upload", "number"],
                condition=Q(obstacles__isnull=False),
                name="import_row_not_undone",
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.number}"


class ImportKey(models.Model):
    """The first row of a file with a key; later rows with the same key are skipped."""

    pk = models.CompositePrimaryKey("upload", "type", "value")
    upload = models.ForeignKey(
        ImportRun, models.PROTECT, related_name="keys", db_constraint=False, db_index=False
    )
    type = models.CharField(max_length=16)
    value = FoldedTextField(max_length=255)
    number = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.type} {self.value} in row {self.number}"
