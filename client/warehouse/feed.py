"""Reads the events of a project from hookd, in the order in which they were accepted: EventService.WatchEvents, over HTTP
as a line of JSON for each message.

A thread reads the response into a bounded queue, so that the caller can wait for a message with a timeout. While the queue
is full, the thread reads nothing, and hookd sends no more than the connection buffers. Not thread-safe otherwise.
"""

import http.client
import json
import queue
import ssl
import threading
import urllib.parse
from dataclasses import dataclass

# hookd sends a heartbeat every 20 to 30 seconds.
SILENCE = 75
QUEUED_MESSAGES = 64
# An event is at most 256 KiB as JSON; escaped as text in JSON, it can be six times that.
MAX_LINE = 4 << 20

# Codes of google.rpc.Code.
INVALID_ARGUMENT, OUT_OF_RANGE = 3, 11
TEMPORARY = {1, 4, 8, 13, 14}  # CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE


class FeedError(Exception):
    """The stream cannot be read. `temporary`: a new attempt may succeed."""

    def __init__(self, message, code=14):
        super().__init__(message)
        self.code = code
        self.temporary = code in TEMPORARY


@dataclass
class Source:
    """Where the events come from."""

    server: str  # http://host:port or https://host:port
    project: str
    filter: str = ""
    token: str = ""
    cacert: str = ""

    def key(self):
        """What a cursor is stored under: a program with another filter is another reader."""
        return f"projects/{self.project}" + (f" {self.filter}" if self.filter else "")


class Feed:
    """One call of WatchEvents. `cursor`: where it continues; empty for a first call, which starts at `start_time`."""

    END = object()

    def __init__(self, source, cursor, start_time, until_now):
        parameters = {"view": "EVENT_VIEW_DOCUMENT"}
        if source.filter:
            parameters["filter"] = source.filter
        if cursor:
            parameters["cursor"] = cursor
        else:
            parameters["startTime"] = start_time
        if until_now:
            parameters["untilNow"] = "true"
        self._messages = queue.Queue(QUEUED_MESSAGES)
        self._failed = None
        self._closed = False
        self._connection = _connect(source)
        self._response = _open(self._connection, source, parameters)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, timeout):
        """The next message as a dictionary; None if none arrives within the timeout; Feed.END at the end of the stream.
        Raises FeedError, and does so again when it is called again."""
        if self._failed is not None:
            raise self._failed
        try:
            message = self._messages.get(timeout=max(timeout, 0))
        except queue.Empty:
            return None
        if isinstance(message, FeedError):
            self._failed = message
            raise message
        return message

    def close(self):
        self._closed = True
        # The thread may be waiting for the connection or for room in the queue.
        if self._connection.sock is not None:
            try:
                self._connection.sock.shutdown(2)
            except OSError:
                pass
        while self._thread.is_alive():
            try:
                self._messages.get(timeout=0.1)
            except queue.Empty:
                pass
        self._connection.close()

    def _read(self):
        try:
            while True:
                line = self._response.readline(MAX_LINE + 1)
                if not line:
                    self._messages.put(Feed.END)
                    return
                self._messages.put(_message(line))
        except FeedError as error:
            self._messages.put(error)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # AttributeError: http.client's, of a connection that close() shut down.
            if not self._closed:
                self._messages.put(FeedError(f"the stream broke: {error}"))


def _connect(source):
    url = urllib.parse.urlsplit(source.server)
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=source.cacert or None)
        return http.client.HTTPSConnection(url.hostname, url.port or 443, timeout=SILENCE, context=context)
    return http.client.HTTPConnection(url.hostname, url.port or 80, timeout=SILENCE)


def _open(connection, source, parameters):
    project = urllib.parse.quote(source.project, safe="")
    path = f"/v1/projects/{project}/events:watch?{urllib.parse.urlencode(parameters)}"
    headers = {"Accept": "application/x-ndjson"}
    if source.token:
        headers["Authorization"] = f"Bearer {source.token}"
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        # RemoteDisconnected is a BadStatusLine, too.
        if isinstance(error, http.client.BadStatusLine) and not isinstance(error, OSError):
            raise FeedError(
                f"{source.server} does not speak HTTP: give the URL of hookd's HTTP port, which is 50080 by default"
            ) from error
        raise FeedError(f"cannot reach hookd at {source.server}: {error}") from error
    if response.status == 200:
        return response
    try:
        body = response.read(MAX_LINE)
    except (OSError, http.client.HTTPException):
        body = b""
    connection.close()
    raise _error(body, f"HTTP status {response.status}", 14 if response.status >= 500 else 9)


def _message(line):
    """The result in a line of the stream."""
    try:
        message = json.loads(line)
        if "error" in message:
            raise _error(json.dumps(message["error"]), "the stream failed", 14)
        return message["result"]
    except (ValueError, TypeError, KeyError) as error:
        raise FeedError(f"hookd sent a line that is not a message: {error}") from error


def _error(body, otherwise, code):
    """The error in a google.rpc.Status as JSON, or another error if the body is not one, as from a proxy."""
    try:
        status = json.loads(body)
        return FeedError(str(status["message"]), int(status["code"]))
    except (ValueError, TypeError, KeyError):
        return FeedError(otherwise, code)
