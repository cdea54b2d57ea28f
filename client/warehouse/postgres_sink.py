"""Writes events to PostgreSQL. Needs psycopg. Not thread-safe."""

import psycopg

from rows import COLUMNS
from sink import AnotherWriter, SinkError


class PostgresSink:
    def __init__(self, url):
        try:
            self._connection = psycopg.connect(url, autocommit=False, connect_timeout=10)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                # Two programs that start at the same time must not both create the tables.
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('hookd_warehouse'))")
                cursor.execute(
                    "CREATE TABLE IF NOT EXISTS hookd_events ("
                    + ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
                    + ", PRIMARY KEY (event))"
                )
                cursor.execute("CREATE INDEX IF NOT EXISTS hookd_events_by_time ON hookd_events (emit_time)")
                cursor.execute("CREATE TABLE IF NOT EXISTS hookd_cursors (source text PRIMARY KEY, cursor text NOT NULL)")
        except psycopg.Error as error:
            raise SinkError(f"PostgreSQL: {error}") from error

    def cursor(self, source):
        """The stored cursor; empty if there is none."""
        try:
            with self._connection.transaction():
                row = self._connection.execute("SELECT cursor FROM hookd_cursors WHERE source = %s", [source]).fetchone()
        except psycopg.Error as error:
            raise SinkError(f"PostgreSQL: {error}") from error
        return row[0] if row else ""

    def write(self, source, rows, old_cursor, new_cursor):
        """Writes rows and the cursor after them in one transaction. Raises AnotherWriter if the stored cursor is not
        `old_cursor`, and SinkError. After either, the sink must be opened again."""
        names = ", ".join(name for name, _, _ in COLUMNS)
        arrays = ", ".join(f"%s::{kind}[]" for _, kind, _ in COLUMNS)
        try:
            with self._connection.transaction():
                if old_cursor:
                    moved = self._connection.execute(
                        "UPDATE hookd_cursors SET cursor = %s WHERE source = %s AND cursor = %s",
                        [new_cursor, source, old_cursor],
                    )
                else:
                    moved = self._connection.execute(
                        "INSERT INTO hookd_cursors VALUES (%s, %s) ON CONFLICT DO NOTHING", [source, new_cursor]
                    )
                if moved.rowcount != 1:
                    raise AnotherWriter()
                if rows:
                    # Events that a reader with another filter wrote are there already.
                    self._connection.execute(
                        f"INSERT INTO hookd_events ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",
                        [list(column) for column in zip(*rows)],
                    )
        except psycopg.Error as error:
            raise SinkError(f"PostgreSQL: {error}") from error

    def close(self):
        self._connection.close()
