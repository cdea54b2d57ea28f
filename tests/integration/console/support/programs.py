"""A real hookd, and a receiver whose answers a test chooses."""

import dataclasses
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

PATIENCE = 30  # seconds for a condition, on a busy machine
SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "payloads"


def wait_until(condition, what):
    """Returns the first true value of `condition()`; fails with `what` if there is none in time."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {PATIENCE} s: {what}")
        time.sleep(0.02)
    return value


class CallError(Exception):
    """An error that hookd responded with."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:500]}")
        self.status = status


class Hookd:
    """A hookd on free ports, with an empty store. `build` is the build folder; `flags` are further flags of hookd."""

    def __init__(self, build, *flags):
        self._folder = tempfile.TemporaryDirectory(prefix="hookd-console-")
        self._program = os.path.join(build, "server/hookd")
        self._flags = flags
        self._log = os.path.join(self._folder.name, "log")
        self._process = None
        self.address = "127.0.0.1:0"
        self.environment = {}  # further variables, from the next start on
        self.token = None  # what calls authenticate with
        self.start()

    @property
    def url(self):
        return f"http://{self.address}"

    def start(self):
        """Starts the process; after `stop`, on the same port."""
        with open(self._log, "w") as log:
            self._process = subprocess.Popen(
                [self._program, "--listen=127.0.0.1:0", f"--http_listen={self.address}", "--drain_timeout=1s",
                 f"--data_dir={self._folder.name}/data", "--egress_allow=127.0.0.0/8", *self._flags],
                stdout=log, stderr=log, env={**os.environ, **self.environment},
            )  # fmt: skip
        wait_until(self._is_ready, "hookd is ready")
        self.address = re.search(r"HTTP server listening.*?(127\.0\.0\.1:\d+)", self.log())[1]

    def _is_ready(self):
        if self._process.poll() is not None:
            raise AssertionError(f"hookd ended:\n{self.log()}")
        return re.search(r"\bready\b", self.log())

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def close(self):
        self.stop()
        self._folder.cleanup()

    def log(self):
        with open(self._log) as log:
            return log.read()

    def call(self, method, path, body=None, **query):
        """Makes a call to the API, and returns its response."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection.request(method, "/v1/" + path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status != 200:
            raise CallError(response.status, text)
        return json.loads(text)

    def add_webhook(self, project, webhook_id, url, event_types=("EVENT_TYPE_BOUNCED",), **fields):
        body = {"url": url, "eventTypes": list(event_types), **fields}
        return self.call("POST", f"projects/{project}/webhooks", body, webhookId=webhook_id)

    def emit(self, project, document):
        """Emits an event, as its documented JSON, and returns its name."""
        return self.call("POST", f"projects/{project}/events:emit", document)["event"]

    def deliveries(self, project, filter=""):
        page = self.call("GET", f"projects/{project}/deliveries", filter=filter, pageSize=1000)
        return page.get("deliveries", [])

    def wait_for_deliveries(self, project, count, state):
        """Returns the deliveries of the project once `count` of them are in that state, such as FAILED."""
        filter = f"state = {state}"
        return wait_until(
            lambda: (found := self.deliveries(project, filter)) and len(found) >= count and found,
            f"{count} deliveries of {project} are {state}",
        )


def sample(event_type, **changes):
    """The documented sample of an event type, such as bounced."""
    return {**json.loads((SAMPLES / f"{event_type}.json").read_text()), **changes}


@dataclasses.dataclass
class Answer:
    """How the receiver responds."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict = dataclasses.field(default_factory=dict)


class Receiver:
    """An HTTP server on loopback that keeps the requests it gets, by their path."""

    def __init__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # The head and the body of an answer are sent together.

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                # As a proxy, it gets whole URLs: their paths then begin with the host.
                path = self.path.partition("?")[0].removeprefix("http:/")
                receiver._take(path, dict(self.headers), body)
                answer = receiver.answers.get(path, Answer())
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

        self.answers = {}
        self._requests = {}
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def answer(self, path, status=200, body=b"ok", headers=None):
        """Sets how requests to `path` are answered from now on."""
        self.answers[path] = Answer(status, body, headers or {})

    def requests(self, path):
        """The headers and bodies of the requests to `path` so far."""
        with self._lock:
            return list(self._requests.get(path, []))

    def wait_for_requests(self, path, count=1):
        return wait_until(lambda: len(self.requests(path)) >= count and self.requests(path), f"{count} requests to {path}")

    def _take(self, path, headers, body):
        with self._lock:
            self._requests.setdefault(path, []).append((headers, body))

    def close(self):
        self._server.shutdown()
        self._server.server_close()
