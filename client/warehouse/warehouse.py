"""Copies the events of a hookd project to PostgreSQL or to a DuckDB file, and keeps them up to date.

    python warehouse.py --project shop postgresql://user@host/database
    python warehouse.py --project shop events.duckdb

It follows WatchEvents, and writes events in batches, each in one transaction with the cursor after its last event. Killed
at any moment, it continues where the last transaction ended: no event is missing, and none is there twice.
"""

import argparse
import os
import pathlib
import random
import signal
import sys
import time

from feed import OUT_OF_RANGE, Feed, FeedError, Source
from rows import row_of
from sink import AnotherWriter, SinkError, open_sink

# A batch ends at the first of these.
BATCH_EVENTS = 1000
BATCH_BYTES = 4 << 20
BATCH_SECONDS = 1.0
# The pause before a new attempt after an error.
MIN_PAUSE, MAX_PAUSE = 0.5, 30.0


class Warehouse:
    def __init__(self, source, target, since, until_now):
        self._source, self._target, self._since, self._until_now = source, target, since, until_now
        self.stopping = False
        self.written = 0
        self.progressed = False  # whether the current run wrote a batch
        self.complete = False  # whether the stream has ended, and all of it is written

    def run(self):
        """Copies events until it is stopped or, with `until_now`, has all. Raises FeedError, SinkError, AnotherWriter."""
        sink = open_sink(self._target)
        try:
            cursor = sink.cursor(self._source.key())
            feed = Feed(self._source, cursor, self._since, self._until_now)
            try:
                self._copy(feed, sink, cursor)
            finally:
                feed.close()
        finally:
            sink.close()

    def _copy(self, feed, sink, cursor):
        ended = False
        while not ended:
            rows, last, ended = self._batch(feed, cursor)
            if last != cursor:
                sink.write(self._source.key(), rows, cursor, last)
                self.written += len(rows)
                self.progressed = True
                cursor = last
            if self.stopping and not ended:
                return
        self.complete = True

    def _batch(self, feed, cursor):
        """The rows of a batch, the cursor after it, and whether the stream has ended."""
        rows, size, deadline = [], 0, None
        while len(rows) < BATCH_EVENTS and size < BATCH_BYTES and not self.stopping:
            try:
                # Without an event there is nothing to write; the short wait notices a signal.
                message = feed.next(0.2 if deadline is None else deadline - time.monotonic())
            except FeedError:
                if not rows:
                    raise
                break  # first writes what has arrived
            if message is Feed.END:
                return rows, cursor, True
            if message is not None:
                cursor = message["cursor"]
                if "event" not in message:  # a heartbeat
                    return rows, cursor, False
                rows.append(row_of(message["event"]))
                size += len(message["event"]["document"])
                deadline = deadline or time.monotonic() + BATCH_SECONDS
            elif deadline is not None:
                break
        return rows, cursor, False


def log(text):
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) + text, file=sys.stderr, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("target", help="postgresql://user@host/database, or the path of a DuckDB file")
    parser.add_argument("--server", default=os.environ.get("HOOKD_HTTP", "http://127.0.0.1:50080"), help="URL of hookd")
    parser.add_argument("--project", default=os.environ.get("HOOKD_PROJECT", "default"))
    parser.add_argument("--filter", default="", help="such as: event_type = BOUNCED OR event_type = COMPLAINED")
    parser.add_argument(
        "--since", default="1970-01-01T00:00:00Z", help="first event to copy, in a new database (RFC 3339); default: oldest"
    )
    parser.add_argument("--until-now", action="store_true", help="exit once all events are copied, instead of waiting")
    parser.add_argument("--cacert", default="", help="PEM file of the CAs to trust for an https server")
    options = parser.parse_args(arguments)
    if not options.server.startswith(("http://", "https://")):
        parser.error("--server must start with http:// or https://")
    return options


def token():
    """The token in HOOKD_TOKEN, or in the file that it names as @FILE."""
    text = os.environ.get("HOOKD_TOKEN", "")
    if not text.startswith("@"):
        return text
    try:
        return pathlib.Path(text[1:]).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"error: HOOKD_TOKEN: {error}")


def main(arguments):
    options = parse(arguments)
    source = Source(options.server, options.project, options.filter, token(), options.cacert)
    warehouse = Warehouse(source, options.target, options.since, options.until_now)

    def stop(*_):
        warehouse.stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    pause = MIN_PAUSE
    while True:
        warehouse.progressed = False
        try:
            warehouse.run()
            log(f"copied {warehouse.written} events")
            if warehouse.stopping or options.until_now:
                return result(warehouse, options)
        except AnotherWriter as error:
            log(f"error: {error}")
            return 1
        except (FeedError, SinkError) as error:
            if isinstance(error, FeedError) and error.code == OUT_OF_RANGE:
                log(
                    f"error: {error}. Events may have been deleted before they were copied (--retention). To copy what is "
                    f"left, delete the row of {source.key()!r} from hookd_cursors"
                )
                return 1
            if isinstance(error, FeedError) and not error.temporary:
                log(f"error: {error}")
                return 1
            pause = MIN_PAUSE if warehouse.progressed else min(pause * 2, MAX_PAUSE)
            log(f"error: {error}; trying again")
        wait(warehouse, pause * random.uniform(0.5, 1))
        if warehouse.stopping:
            return result(warehouse, options)


def result(warehouse, options):
    """The exit code of a program that was stopped, or is done."""
    if options.until_now and not warehouse.complete:
        log("error: stopped before all events were copied; run it again to continue")
        return 1
    return 0


def wait(warehouse, seconds):
    end = time.monotonic() + seconds
    while not warehouse.stopping and time.monotonic() < end:
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
