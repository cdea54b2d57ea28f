"""Receives webhooks: verifies each signature, then responds.

    WEBHOOK_SECRET=whsec_... python receiver.py 8080

With a public key (whpk_...) instead of a secret it verifies Ed25519 signatures (`v1a`), which the published library does
not support.
"""

import base64
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

MAX_BODY = 1 << 20  # hookd sends at most 256 KiB


class Ed25519Webhook:
    def __init__(self, public_key):
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))

    def verify(self, body, headers):
        headers = {name.lower(): value for name, value in headers.items()}
        timestamp = headers["webhook-timestamp"]
        # At most five minutes, to prevent replay attacks.
        if abs(time.time() - int(timestamp)) > 300:
            raise ValueError("too old, or from the future")
        signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
        # There is one signature for each key, separated by spaces.
        for each in headers["webhook-signature"].split(" "):
            if each.startswith("v1a,") and self.is_valid(base64.b64decode(each.removeprefix("v1a,")), signed):
                return json.loads(body)
        raise ValueError("no signature is valid")

    def is_valid(self, signature, signed):
        try:
            self.key.verify(signature, signed)
            return True
        except InvalidSignature:
            return False


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections alive
    verifier = None

    def do_POST(self):
        # The signature covers the bytes as received: verify it before parsing them.
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY))
        try:
            event = self.verifier.verify(body, dict(self.headers))
        except Exception as error:  # any exception, because the request is untrusted
            print(f"refused: {error}", flush=True)
            self.answer(401)
            return
        # Respond within 5 seconds, and put longer work into a queue. Use Webhook-Id to detect duplicates.
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
    secret = os.environ["WEBHOOK_SECRET"]
    Receiver.verifier = Ed25519Webhook(secret) if secret.startswith("whpk_") else Webhook(secret)
    server = Server(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
