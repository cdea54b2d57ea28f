"""Receives webhooks: verifies each signature, then answers.

    WEBHOOK_SECRET=whsec_... python receiver.py 8080
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

MAX_BODY = 1 << 20  # hookd sends at most 256 KiB


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections
    verifier = None

    def do_POST(self):
        # The signature is of the bytes as they came: verify before anything parses them.
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY))
        try:
            event = self.verifier.verify(body, dict(self.headers))
        except Exception as error:  # of any kind: it comes from outside
            print(f"refused: {error}", flush=True)
            self.answer(401)
            return
        # Answer within 5 seconds: what takes longer belongs into a queue. Webhook-Id tells what was there before.
        print(f"verified {event['type']} {self.headers['Webhook-Id']}", flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # hookd opens up to 16 connections at once


if __name__ == "__main__":
    if len(sys.argv) != 2 or "WEBHOOK_SECRET" not in os.environ:
        sys.exit("usage: WEBHOOK_SECRET=whsec_... python receiver.py PORT")
    Receiver.verifier = Webhook(os.environ["WEBHOOK_SECRET"])
    server = Server(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
