"""The databases that events are written to."""


class SinkError(Exception):
    """The database cannot be used now."""


class AnotherWriter(Exception):
    """Another program has written events of the same source since this one read the cursor."""

    def __init__(self):
        super().__init__("another program writes the same events to this database: stop one of the two")


def open_sink(target):
    """Opens `postgresql://...` or the path of a DuckDB file. Raises SinkError."""
    # Only the database that is used needs its package.
    if target.startswith(("postgresql://", "postgres://")):
        from postgres_sink import PostgresSink

        return PostgresSink(target)
    from duckdb_sink import DuckDbSink

    return DuckDbSink(target.removeprefix("duckdb:"))
