"""Calls about imports whose answers the published schema must fit: method, path and answer."""

from crm.exports.export_rows import build_export
from crm.exports.export_work import start_export
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRun
from tests.builders import make_origin
from tests.customers.import_helpers import run_to_end
from tests.pictures import make_upload

IMPORT = "/v2/imports/{import_id}"
CONTENT = b"Mobile,First name,Hat\n9800000001,Asha,1\n12ab,Ben,2\n"


def make_export(till):
    """An export that a worker has not begun to write."""
    origin = make_origin(till.org)
    export = build_export(org=till.org, name="tickets", filters={})
    return unit_of_work(start_export)(origin=origin, export=export, format="csv", total=1).pk


def undo(till, pk):
    """Undo the import once it has ended."""
    run_to_end(ImportRun.objects.get(pk=pk).apply_run)
    return till.post(f"imports/{pk}/undo", {"rows": [2]})


def make_import_calls(till):
    uploaded = till.upload("imports", {"file": make_upload(CONTENT, "people.csv")})
    pk = uploaded.json()["id"]
    path = f"imports/{pk}"
    cancelled = till.post(f"{path}/cancel", {})
    continued = till.post(f"{path}/continue", {})
    run_to_end(ImportRun.objects.get(pk=pk).dry_run)
    return [
        ("post", "/v2/imports", uploaded),
        ("post", f"{IMPORT}/cancel", cancelled),
        ("post", f"{IMPORT}/continue", continued),
        ("get", IMPORT, till.get(path)),
        ("get", f"{IMPORT}/rows", till.get(f"{path}/rows")),
        ("get", f"{IMPORT}/errors.csv", till.get(f"{path}/errors.csv")),
        ("post", f"{IMPORT}/confirm", till.post(f"{path}/confirm", {})),
        ("post", f"{IMPORT}/undo", undo(till, pk)),
        ("get", "/v2/imports", till.get("imports")),
        ("get", "/v2/imports/columns", till.get("imports/columns")),
        ("get", "/v2/exports", till.get("exports")),
        ("get", "/v2/exports/{list_name}", till.get("exports/tickets")),
        ("get", "/v2/exports/{export_id}", till.get(f"exports/{make_export(till)}")),
    ]
