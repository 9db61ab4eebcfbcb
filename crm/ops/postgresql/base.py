"""The database engine in DATABASES; Django requires a module called base."""

import select
import time

from django.db.backends.postgresql import base

# After a longer idle time, the network may have dropped the connection silently.
TRUSTED_FOR = 30.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Checks a persistent connection without a query.

    Django's health check is a SELECT 1 before the first statement of a request: one round trip per
    request, to notice a restarted database. But the end of a connection is readable on its socket,
    and polling the socket is no round trip.
    """

    health_check_done: bool
    _used_at = 0.0

    def close_if_health_check_failed(self) -> None:
        now = time.monotonic()
        if not self.health_check_done and now - self._used_at < TRUSTED_FOR and self._is_silent():
            self.health_check_done = True
        super().close_if_health_check_failed()
        self._used_at = now

    def _is_silent(self) -> bool:
        """Whether the socket has no unexpected data, such as the end of the connection."""
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return not waiting.poll(0)
