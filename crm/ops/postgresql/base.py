"""What DATABASES names as its engine: Django asks for a module called base."""

import select
import time

from django.db.backends.postgresql import base

# After so long a silence something on the way may have dropped the connection and told nobody.
TRUSTED_FOR = 30.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks whether a kept connection lives without asking over it.

    Django's health check is a SELECT 1 before a request's first statement: a trip a request, to
    notice that the database was started anew. But whoever ends a connection says so on its socket,
    and looking there is no trip.
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
        """Tell whether nothing has come that nobody asked for: its end, or other news."""
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN | select.POLLPRI)
        return not waiting.poll(0)
