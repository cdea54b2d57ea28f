"""An HTTP server that has EventService.WatchEvents alone, with the faults that a test asks for."""

import http.server
import json
import threading
import urllib.parse


def event(number):
    """An event of WatchEvents as JSON."""
    document = {"type": "sent", "user": {"id": number, "email": f"u{number}@example.com"}, "message_id": f"m{number}"}
    return {
        "name": f"projects/shop/events/{number:013d}",
        "emitTime": "2026-01-31T12:00:00.123456Z",
        "document": json.dumps(document, separators=(",", ":")),
        "webhookCount": 1,
    }


class FakeHookd:
    """Sends events 1 to `count`; a cursor is `c` and the number of the last event."""

    def __init__(self, count=0):
        self.count = count
        self.requests = []  # the parameters of each call
        self.break_after = []  # for each call in turn: break the connection after so many events
        self.refuse_with = []  # for each call in turn: (HTTP status, code, message), or None
        self.fail_with = None  # (code, message): the last line of the stream
        self.pause = 0  # between events, in seconds
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                fake._serve(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._stopped = threading.Event()
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        assert url.path == "/v1/projects/shop/events:watch", url.path
        parameters = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        parameters["Authorization"] = handler.headers.get("Authorization", "")
        self.requests.append(parameters)
        refused = self.refuse_with.pop(0) if self.refuse_with else None
        if refused:
            status, code, message = refused
            body = json.dumps({"code": code, "message": message, "details": []}).encode()
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return
        limit = self.break_after.pop(0) if self.break_after else None
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            self._stream(handler, int(parameters.get("cursor", "c0")[1:]), limit, "untilNow" in parameters)
        except OSError:
            pass  # the caller is gone
        handler.close_connection = True

    def _stream(self, handler, sent, limit, until_now):
        first = sent
        self._line(handler, {"result": {"cursor": f"c{sent}"}})  # a heartbeat
        while not self._stopped.is_set():
            if limit is not None and sent - first >= limit:
                handler.wfile.write(b'3f\r\n{"result":{"event"')  # half a line
                return
            if sent < self.count:
                sent += 1
                self._line(handler, {"result": {"event": event(sent), "cursor": f"c{sent}"}})
                self._stopped.wait(self.pause)
            elif self.fail_with:
                code, message = self.fail_with
                self._line(handler, {"error": {"code": code, "message": message}})
                handler.wfile.write(b"0\r\n\r\n")
                return
            elif until_now:
                handler.wfile.write(b"0\r\n\r\n")
                return
            else:
                self._stopped.wait(0.05)

    @staticmethod
    def _line(handler, message):
        line = json.dumps(message).encode() + b"\n"
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
