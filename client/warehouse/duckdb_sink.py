"""Writes events to a DuckDB file. Needs duckdb. Not thread-safe; the file is locked while it is open."""

import json

import duckdb

from rows import COLUMNS
from sink import AnotherWriter, SinkError


class DuckDbSink:
    def __init__(self, path):
        try:
            self._connection = duckdb.connect(path)
            columns = ", ".join(f"{name} {kind}" for name, _, kind in COLUMNS)
            self._connection.execute(f"CREATE TABLE IF NOT EXISTS hookd_events ({columns}, PRIMARY KEY (event))")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS hookd_cursors (source VARCHAR PRIMARY KEY, cursor VARCHAR NOT NULL)"
            )
        except duckdb.Error as error:
            raise SinkError(f"DuckDB: {error}") from error

    def cursor(self, source):
        """See PostgresSink.cursor."""
        try:
            row = self._connection.execute("SELECT cursor FROM hookd_cursors WHERE source = ?", [source]).fetchone()
        except duckdb.Error as error:
            raise SinkError(f"DuckDB: {error}") from error
        return row[0] if row else ""

    def write(self, source, rows, old_cursor, new_cursor):
        """See PostgresSink.write."""
        names = ", ".join(name for name, _, _ in COLUMNS)
        # A column is one parameter, as JSON: duckdb tries to import pandas for each value of a list, which takes 18 times
        # as long where pandas is not installed.
        arrays = ", ".join(f"""unnest(from_json(?, '["VARCHAR"]'))::{kind}""" for _, _, kind in COLUMNS)
        try:
            self._connection.begin()
            if self.cursor(source) != old_cursor:
                raise AnotherWriter()
            self._connection.execute("INSERT OR REPLACE INTO hookd_cursors VALUES (?, ?)", [source, new_cursor])
            if rows:
                self._connection.execute(
                    f"INSERT OR IGNORE INTO hookd_events ({names}) SELECT {arrays}",
                    [json.dumps(column) for column in zip(*rows)],
                )
            self._connection.commit()
        except duckdb.Error as error:
            raise SinkError(f"DuckDB: {error}") from error

    def close(self):
        self._connection.close()
