"""The warehouse program against a real hookd, with both databases: killed many times while events are emitted, it has
every event once, and as hookd documents it.

    real_hookd_test.py BUILD_DIR
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest

from databases import DuckDbFile, PostgresDatabase, PostgresServer

BUILD = sys.argv.pop(1)
PROGRAM = os.path.join(os.path.dirname(__file__), "../../../client/warehouse/warehouse.py")
EVENTS = 6000
KILLS = 15


class Hookd:
    def __init__(self, folder):
        self._log = os.path.join(folder, "log")
        with open(self._log, "w") as log:
            self._process = subprocess.Popen(
                [f"{BUILD}/server/hookd", "--listen=127.0.0.1:0", "--http_listen=127.0.0.1:0", f"--data_dir={folder}/data"],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 30
        while not re.search(r"\bready\b", self.log()):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(self.log())
            time.sleep(0.05)
        self.grpc = re.search(r"gRPC server listening.*?(127\.0\.0\.1:\d+)", self.log())[1]
        self.http = re.search(r"HTTP server listening.*?(127\.0\.0\.1:\d+)", self.log())[1]

    def log(self):
        with open(self._log) as log:
            return log.read()

    def close(self):
        self._process.terminate()
        self._process.wait()


def document(number):
    return f'{{"type":"sent","user":{{"id":{number}}},"message_id":"m{number}"}}'


class RealHookdTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.hookd = Hookd(folder.name)
        self.addCleanup(self.hookd.close)

    def start(self, database, *arguments):
        return subprocess.Popen(
            [sys.executable, PROGRAM, "--server", f"http://{self.hookd.http}", "--project", "shop", *arguments,
             database.target],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def emit(self):
        """Starts to emit the events, in order and as fast as hookd accepts them."""
        path = os.path.join(self.folder, "events.ndjson")
        with open(path, "w") as file:
            file.writelines(document(number) + "\n" for number in range(1, EVENTS + 1))
        command = [f"{BUILD}/client/hookctl", "--server", self.hookd.grpc, "--project", "shop", "-o", "json"]
        with open(os.path.join(self.folder, "responses"), "w") as responses:
            return subprocess.Popen([*command, "emit", "--stream", path], stdout=responses, stderr=subprocess.DEVNULL)

    def accepted(self):
        """The names of the events that hookd accepted, by their number."""
        with open(os.path.join(self.folder, "responses")) as responses:
            lines = [json.loads(line) for line in responses]
        return {int(line["sequence_number"]): line["accepted"]["event"] for line in lines}

    def check(self, database):
        times = random.Random()
        emitting = self.emit()
        for _ in range(KILLS):
            process = self.start(database)
            time.sleep(times.uniform(0.3, 1.0))
            process.kill()
            process.communicate()
        self.assertEqual(emitting.wait(timeout=60), 0)
        process = self.start(database, "--until-now")
        _, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, log)
        accepted = self.accepted()
        self.assertEqual(len(accepted), EVENTS)
        expected = {name: document(number) for number, name in accepted.items()}
        rows = database.rows()
        self.assertEqual(len(rows), EVENTS)
        self.assertEqual({row[0]: row[1] for row in rows}, expected)

    def test_duckdb_has_every_event_once(self):
        self.check(DuckDbFile(self.folder))

    def test_postgresql_has_every_event_once(self):
        try:
            server = PostgresServer()
        except FileNotFoundError as error:
            self.skipTest(str(error))
        self.addCleanup(server.close)
        self.check(PostgresDatabase(server, "warehouse"))


if __name__ == "__main__":
    unittest.main()
