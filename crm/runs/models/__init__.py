"""Models of background runs and imports."""

from crm.runs.models.duty import Duty
from crm.runs.models.import_row import ImportKey, ImportRow
from crm.runs.models.import_run import ImportMapping, ImportRun, ImportUndo
from crm.runs.models.run import Run

__all__ = ["Duty", "ImportKey", "ImportMapping", "ImportRow", "ImportRun", "ImportUndo", "Run"]
