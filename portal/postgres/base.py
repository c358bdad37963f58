"""Django's PostgreSQL backend, which looks at the socket before it asks the server whether it is still there.

Every request begins with that question (CONN_HEALTH_CHECKS). A server that ended, or that ended this connection, has
said so: the end of the stream waits in the socket, and where nothing waits the connection is as good as it was.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        if not self.errors_occurred and self._is_silent():
            return True
        return bool(super().is_usable())

    def _is_silent(self) -> bool:
        """Whether an open connection has nothing to say: neither its end nor a word of a server that is ending."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
