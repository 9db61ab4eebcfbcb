"""How the web server runs: gunicorn -c crm/settings/gunicorn.py crm.wsgi"""

import os
import shutil
from typing import Any

from crm.settings.environment import (
    WEB_THREADS,
    bind_address,
    env,
    read_positive,
    working_directory,
)

bind = bind_address()
workers = read_positive("WEB_WORKERS", 2)
# Threads, because a slow upload would block the heartbeat of a single-threaded worker and get it
# killed, and because a keep-alive connection does not occupy a worker.
worker_class = "gthread"
threads = WEB_THREADS
keepalive = 15
timeout = 60
graceful_timeout = 20
# Limits a memory leak; the jitter keeps workers from restarting together.
max_requests = 50_000
max_requests_jitter = 5_000
# A search's query may hold many conditions.
limit_request_line = 8190
# Loading before forking shares memory, and shows an invalid setting before the port is open.
preload_app = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True

accesslog = None  # the application writes one line a request, without the query
loglevel = env.str("WEB_LOG_LEVEL", default="warning")

# The reference spells one header with underscores. Accepting every such header would let
# X_FORWARDED_FOR pass for X-Forwarded-For behind a proxy, so only this one is accepted. "*"
# accepts it from every client, and nothing else: Django decides about the scheme
# (SECURE_PROXY_SSL_HEADER), not gunicorn.
header_map = "drop"
forwarder_headers = "WAIT_FOR_DOWNSTREAM"
forwarded_allow_ips = "*"
secure_scheme_headers: dict[str, str] = {}

# The metrics of all workers are summed from files here.
_metrics = working_directory("metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)


def on_starting(server: Any) -> None:
    """Delete the metric files of an earlier start."""
    shutil.rmtree(_metrics)
    _metrics.mkdir()


def child_exit(server: Any, worker: Any) -> None:
    """Delete the gauges of a worker that exited; its counters stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
