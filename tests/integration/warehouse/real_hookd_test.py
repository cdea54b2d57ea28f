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
KILLS = 15
PORTION = 500  # events that are emitted while the program runs until it is killed


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

    def emit(self, first, count):
        """Starts to emit the events from number `first` on."""
        path = os.path.join(self.folder, f"events-{first}")
        with open(path, "w") as file:
            file.writelines(document(number) + "\n" for number in range(first, first + count))
        command = [f"{BUILD}/client/hookctl", "--server", self.hookd.grpc, "--project", "shop", "-o", "json"]
        with open(path + ".responses", "w") as responses:
            return subprocess.Popen([*command, "emit", "--stream", path], stdout=responses, stderr=subprocess.DEVNULL)

    def accepted(self, first):
        """The names of the events that hookd accepted, and their documents."""
        with open(os.path.join(self.folder, f"events-{first}.responses")) as responses:
            lines = [json.loads(line) for line in responses]
        # The sequence number is that of the line, from 1.
        return {line["accepted"]["event"]: document(first + int(line["sequence_number"]) - 1) for line in lines}

    def check(self, database):
        times = random.Random()
        expected = {}
        for first in range(1, KILLS * PORTION, PORTION):
            emitting = self.emit(first, PORTION)
            process = self.start(database)
            time.sleep(times.uniform(0.3, 1.0))
            process.kill()
            process.communicate()
            self.assertEqual(emitting.wait(timeout=60), 0)
            expected.update(self.accepted(first))
        process = self.start(database, "--until-now")
        _, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, log)
        self.assertEqual(len(expected), KILLS * PORTION)
        rows = database.rows()
        self.assertEqual(len(rows), len(expected))
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
