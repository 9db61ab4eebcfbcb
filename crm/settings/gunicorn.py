"""How the web server runs: gunicorn -c crm/settings/gunicorn.py crm.wsgi"""

import os
import shutil
from typing import Any

from crm.settings.environment import WEB_THREADS, bind_address, env, positive, working_directory

bind = bind_address()
workers = positive("WEB_WORKERS", 2)
# Threads, because a slow upload would keep a single-threaded worker from its heartbeat and
# get it killed, and because a kept-alive connection costs no worker.
worker_class = "gthread"
threads = WEB_THREADS
keepalive = 15
timeout = 60
graceful_timeout = 20
# A leak, should there be one, ends here; the spread keeps workers from leaving together.
max_requests = 50_000
max_requests_jitter = 5_000
# A search's query may hold many conditions.
limit_request_line = 8190
# Loading once and forking shares memory and shows a broken setting before a port is open.
preload_app = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True

accesslog = None  # the application writes one line a request, without the query
loglevel = env.str("WEB_LOG_LEVEL", default="warning")

# The reference spells one header with underscores. A server that took every such header
# would let X_FORWARDED_FOR pass for X-Forwarded-For behind a proxy's back, so exactly this
# one is let through. "*" trusts everybody with it, and with nothing else: the scheme is
# Django's to judge (SECURE_PROXY_SSL_HEADER), not gunicorn's.
header_map = "drop"
forwarder_headers = "WAIT_FOR_DOWNSTREAM"
forwarded_allow_ips = "*"
secure_scheme_headers: dict[str, str] = {}

# The metrics of all workers are added up from files here.
_metrics = working_directory("metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)


def on_starting(server: Any) -> None:
    """Begin counting at zero: the files of an earlier start belong to nobody."""
    shutil.rmtree(_metrics)
    _metrics.mkdir()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone; its counts stay."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
