"""Import a CSV or Excel file from the command line (contract, section 12)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.audit.models import Event
from crm.imports.failed_rows import format_reasons
from crm.imports.file_import import FileImport
from crm.imports.import_kinds import find_import_kind
from crm.imports.operations.import_runs import start_apply
from crm.imports.queries.import_counts import count_rows
from crm.imports.queries.import_runs import get_import, list_rows
from crm.imports.upload_options import UploadOptions
from crm.imports.uploads import prepare_upload, start_upload
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.messages import explain
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.queries.progress import get_progress
from crm.runs.worker_turn import run_turn
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.tenancy.queries.organizations import find_organizations

# Nothing is wrong; some rows failed; nothing was imported.
SOME_FAILED, NOTHING_DONE = 1, 2
SHOWN_ERRORS = 10
BAR_WIDTH = 30


class Command(BaseCommand):
    help = (
        "Import a CSV or Excel file: check every row, then import those that are valid. Exits "
        "with 0 if every row is fine, 1 if some failed, and 2 if nothing was imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", help="What its rows are, such as customers or points.")
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", help="Its code; needed if there are several.")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="HEADER=TARGET",
            help="What a column means; an empty target leaves it out. Others are guessed.",
        )
        parser.add_argument("--mode", choices=["upsert", "create", "update"], default="upsert")
        parser.add_argument("--rows", choices=["valid", "all"], default="valid")
        parser.add_argument("--dates", choices=["day", "month"], help="What comes first.")
        parser.add_argument("--numbers", choices=["point", "comma"], help="The decimal mark.")
        parser.add_argument("--encoding", default="")
        parser.add_argument("--delimiter", default="")
        parser.add_argument("--dry-run", action="store_true", help="Check the file only.")

    def handle(self, *args: Any, **options: Any) -> None:
        org = _find_organization(options["organization"])
        try:
            kind = find_import_kind(options["kind"])
            upload = self._upload(org, kind, options)
            checked = self._work_off(upload.dry_run, "Checking")
            self._print_counts(checked, upload)
            if options["dry_run"]:
                self._exit(upload)
                return
            run = unit_of_work(start_apply)(origin=_make_origin(org), import_id=upload.pk)
        except DomainError as refusal:
            raise CommandError(str(explain(refusal)), returncode=NOTHING_DONE) from refusal
        self._print_counts(self._work_off(run, "Importing"), upload)
        self._exit(upload)

    def _upload(
        self, org: Organization, kind: type[FileImport], options: dict[str, Any]
    ) -> ImportRun:
        path: Path = options["file"]
        try:
            stream = path.open("rb")
        except OSError as problem:
            raise CommandError(f"{path}: {problem.strerror}", returncode=NOTHING_DONE) from problem
        with stream:
            prepared = prepare_upload(
                org=org,
                kind=kind,
                file=stream,
                size=path.stat().st_size,
                name=path.name,
                options=_read_options(options),
            )
            for column in prepared.columns:
                self.stdout.write(f"{column.name} -> {column.target or '(ignored)'}")
            stream.seek(0)
            upload = unit_of_work(start_upload)(
                origin=_make_origin(org),
                prepared=prepared,
                file=File(stream, name=path.name),
                name=path.name,
            )
        return get_import(org_id=org.pk, import_id=upload.pk)

    def _work_off(self, run: Run | None, what: str) -> Run:
        """Work on the run here, turn by turn, unless a worker has taken it."""
        if run is None:
            raise AssertionError("the run was started before")
        while True:
            progress = get_progress(org_id=run.org_id, run_id=run.pk)
            self._draw(what, progress.done, progress.total)
            if progress.is_over:
                break
            run.refresh_from_db()
            run_turn(run_id=run.pk, ticket=run.lease_token)
        self._draw("", 0, 0)
        run.refresh_from_db()
        if run.state != Run.State.DONE:
            raise CommandError(run.failure or run.state, returncode=NOTHING_DONE)
        return run

    def _draw(self, what: str, done: int, total: int) -> None:
        """Draw the progress on a terminal; a log of lines would only be in the way."""
        if not sys.stderr.isatty():
            return
        share = min(1.0, done / total) if total else 0.0
        bar = "#" * int(share * BAR_WIDTH)
        line = f"{what} [{bar:<{BAR_WIDTH}}] {done:,} of {total:,}" if what else ""
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()

    def _print_counts(self, run: Run, upload: ImportRun) -> None:
        counts = count_rows(get_import(org_id=run.org_id, import_id=upload.pk))
        self.stdout.write(", ".join(f"{name}: {count:,}" for name, count in counts.items()))

    def _exit(self, upload: ImportRun) -> None:
        failed = (ImportRow.Outcome.ERROR, ImportRow.Outcome.DRIFTED)
        rows = list_rows(import_id=upload.pk, outcomes=failed, limit=SHOWN_ERRORS + 1)
        for row in rows[:SHOWN_ERRORS]:
            self.stderr.write(f"row {row.number}: {format_reasons(row)}")
        if len(rows) > SHOWN_ERRORS:
            self.stderr.write(f"... and more: see import {upload.pk} in the dashboard.")
        if rows:
            sys.exit(SOME_FAILED)


def _read_options(options: dict[str, Any]) -> UploadOptions:
    targets = {}
    for pair in options["map"]:
        name, equals, target = pair.rpartition("=")
        if not equals:
            raise CommandError(f"--map {pair}: write HEADER=TARGET.", returncode=NOTHING_DONE)
        targets[name] = target
    dates, numbers = options["dates"], options["numbers"]
    return UploadOptions(
        targets=targets,
        day_first=None if dates is None else dates == "day",
        decimal_comma=None if numbers is None else numbers == "comma",
        encoding=options["encoding"],
        delimiter=options["delimiter"],
        mode=options["mode"].upper(),
        all_or_nothing=options["rows"] == "all",
    )


def _find_organization(code: str | None) -> Organization:
    found = find_organizations(code=code)
    if len(found) != 1:
        sentence = f"There is no organization {code}." if code else "Say --organization."
        raise CommandError(sentence, returncode=NOTHING_DONE)
    return found[0]


def _make_origin(org: Organization) -> Origin:
    return Origin(org=org, actor_id=None, door=Event.Door.COMMAND, at=timezone.now())
