"""The warehouse program (client/warehouse) against a fake hookd, with both databases."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from databases import DuckDbFile, PostgresDatabase, PostgresServer
from fake_hookd import FakeHookd, event

PROGRAM = os.path.join(os.path.dirname(__file__), "../../../client/warehouse")
sys.path.insert(0, PROGRAM)

import warehouse  # noqa: E402
from rows import row_of  # noqa: E402


def start(url, target, *arguments):
    command = [sys.executable, os.path.join(PROGRAM, "warehouse.py"), "--server", url, "--project", "shop", target]
    return subprocess.Popen(command + list(arguments), stderr=subprocess.PIPE, text=True)


class RowTest(unittest.TestCase):
    def row(self, document):
        names = [name for name, _, _ in __import__("rows").COLUMNS]
        return dict(zip(names, row_of({"name": "n", "emitTime": "t", "document": document})))

    def test_keeps_every_digit_and_the_document_as_it_is(self):
        document = '{"type":"sent",  "user":{"id":12345678901234567890}}'
        row = self.row(document)
        self.assertEqual(row["user_id"], "12345678901234567890")
        self.assertEqual(row["document"], document)
        self.assertEqual(row["webhook_count"], 0)

    def test_finds_the_fields_of_an_unsubscribed_event(self):
        row = self.row('{"type":"unsubscribed","user":{"id":"a"},"campaign":{"campaign_title":"t","message_id":"m"}}')
        self.assertEqual((row["campaign_name"], row["message_id"], row["user_id"]), ("t", "m", "a"))

    def test_takes_what_is_no_text_for_none(self):
        row = self.row('{"type":"user_created","user":7,"campaign":[],"message_id":null}')
        self.assertEqual((row["user_id"], row["campaign_id"], row["message_id"]), (None, None, None))

    def test_replaces_what_postgresql_cannot_store_in_text(self):
        self.assertEqual(self.row('{"type":"sent","user":{"id":"a\\u0000b"}}')["user_id"], "a\ufffdb")


class CopyTests:
    """Of each database; a subclass makes `self.database`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = self.make_database(folder.name)
        self.hookd = FakeHookd()
        self.addCleanup(self.hookd.close)
        warehouse.MIN_PAUSE = warehouse.MAX_PAUSE = 0.01

    def copy(self, *arguments):
        """Runs the program in this process until it has all events; returns its exit code."""
        return warehouse.main(
            ["--server", self.hookd.url, "--project", "shop", "--until-now", self.database.target, *arguments]
        )

    def assert_all_once(self, count):
        rows = self.database.rows()
        self.assertEqual([row[0] for row in rows], [event(number)["name"] for number in range(1, count + 1)])
        for number, row in enumerate(rows, 1):
            self.assertEqual((row[1], row[2]), (event(number)["document"], str(number)))

    def test_copies_all_events_and_continues_where_it_stopped(self):
        self.hookd.count = 2500  # more than two batches
        self.assertEqual(self.copy(), 0)
        self.assert_all_once(2500)
        self.assertEqual(self.hookd.requests[0]["startTime"], "1970-01-01T00:00:00Z")
        self.assertEqual(self.hookd.requests[0]["view"], "EVENT_VIEW_DOCUMENT")
        self.hookd.count = 2600
        self.assertEqual(self.copy(), 0)
        self.assertEqual(self.hookd.requests[1]["cursor"], "c2500")
        self.assertNotIn("startTime", self.hookd.requests[1])
        self.assert_all_once(2600)

    def test_a_broken_connection_costs_no_event(self):
        self.hookd.count = 300
        self.hookd.break_after = [0, 7, 100, 1]
        self.hookd.refuse_with = [None, (503, 14, "shutting down"), None]
        self.assertEqual(self.copy(), 0)
        self.assert_all_once(300)

    def test_a_stream_that_ends_with_an_error_is_not_complete(self):
        self.hookd.count = 5
        self.hookd.fail_with = (7, "the token was deleted")
        self.assertEqual(self.copy(), 1)
        self.assert_all_once(5)

    def test_a_connection_that_never_lives_long_still_makes_progress(self):
        self.hookd.count = 30
        self.hookd.break_after = [1] * 29
        self.assertEqual(self.copy(), 0)
        self.assertEqual(len(self.hookd.requests), 30)
        self.assert_all_once(30)

    def test_stops_at_errors_that_a_new_attempt_does_not_mend(self):
        for status, code in ((401, 16), (403, 7), (400, 3), (400, 11)):
            self.hookd.refuse_with = [(status, code, "no")]
            self.assertEqual(self.copy(), 1)

    def test_a_second_writer_is_noticed_before_it_writes(self):
        self.hookd.count = 10
        self.assertEqual(self.copy(), 0)
        sink = warehouse.open_sink(self.database.target)
        self.addCleanup(sink.close)
        key = "projects/shop"
        self.assertEqual(sink.cursor(key), "c10")
        for old in ("c9", ""):
            with self.assertRaises(warehouse.AnotherWriter):
                sink.write(key, [row_of(event(11))], old, "c11")
            sink.close()
            sink = warehouse.open_sink(self.database.target)
            self.addCleanup(sink.close)
        self.assertEqual(sink.cursor(key), "c10")

    def test_readers_with_other_filters_share_the_table(self):
        self.hookd.count = 10
        self.assertEqual(self.copy(), 0)
        self.assertEqual(self.copy("--filter", "event_type = SENT"), 0)
        self.assertEqual(self.hookd.requests[1]["filter"], "event_type = SENT")
        self.assertNotIn("cursor", self.hookd.requests[1])
        self.assert_all_once(10)

    def resumed(self):
        return sum("cursor" in request for request in self.hookd.requests)

    def test_killed_at_any_moment_it_has_every_event_once(self):
        self.hookd.count = 4000
        self.hookd.pause = 0.0005
        seed = random.randrange(1 << 30)
        times = random.Random(seed)
        kills = 0
        # Later and later, so that some kills come after a batch on a slow machine too.
        while kills < 12 or (kills < 60 and self.resumed() < 2):
            requests = len(self.hookd.requests)
            process = start(self.hookd.url, self.database.target)
            deadline = time.monotonic() + 60
            while len(self.hookd.requests) == requests and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(times.uniform(0, 0.3 + 0.1 * kills))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
        self.hookd.pause = 0
        process = start(self.hookd.url, self.database.target, "--until-now")
        _, log = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, log)
        self.assert_all_once(4000)
        self.assertGreater(self.resumed(), 1, f"it was never killed between two batches (seed {seed})")

    def test_a_signal_ends_it_after_what_it_has_is_written(self):
        self.hookd.count = 50
        process = start(self.hookd.url, self.database.target)
        deadline = time.monotonic() + 30
        while not self.hookd.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)  # some of the events have arrived, and the batch is not full
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, log)
        self.assert_all_once(50)

    def test_stopped_before_it_has_all_it_fails_and_continues(self):
        self.hookd.count = 500
        self.hookd.pause = 0.05
        process = start(self.hookd.url, self.database.target, "--until-now")
        deadline = time.monotonic() + 30
        while not self.hookd.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 1, log)
        self.assertIn("stopped before all events were copied", log)
        self.hookd.pause = 0
        self.assertEqual(self.copy(), 0)
        self.assert_all_once(500)

    def test_a_token_is_sent(self):
        os.environ["HOOKD_TOKEN"] = "hookd_secret"
        self.addCleanup(os.environ.pop, "HOOKD_TOKEN")
        self.assertEqual(self.copy(), 0)
        self.assertEqual(self.hookd.requests[0]["Authorization"], "Bearer hookd_secret")


class DuckDbTest(CopyTests, unittest.TestCase):
    def make_database(self, folder):
        return DuckDbFile(folder)

    def test_a_batch_looks_for_no_package_per_value(self):
        class Finder:
            searches = 0

            def find_spec(self, name, *_):
                Finder.searches += name.split(".")[0] == "pandas"

        self.hookd.count = 500
        sys.meta_path.insert(0, Finder())
        self.addCleanup(sys.meta_path.pop, 0)
        self.assertEqual(self.copy(), 0)
        self.assert_all_once(500)
        self.assertLess(Finder.searches, 50)


class MistakeTest(unittest.TestCase):
    """Ordinary mistakes end with one line that says what is wrong."""

    def run_program(self, url, **environment):
        command = [sys.executable, os.path.join(PROGRAM, "warehouse.py"), "--server", url, "--until-now", "events.duckdb"]
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen(
                command, stderr=subprocess.PIPE, text=True, cwd=folder, env={**os.environ, **environment}
            )
            line = process.stderr.readline()
            process.kill()
            return line + process.communicate()[1]

    def test_a_port_that_is_not_of_http(self):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer():
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    # SETTINGS and GOAWAY of HTTP/2
                    connection.sendall(bytes.fromhex("000000040000000000") + b"\0\0\x08\x07" + bytes(13))

            threading.Thread(target=answer, daemon=True).start()
            log = self.run_program(f"http://127.0.0.1:{server.getsockname()[1]}")
        self.assertIn("does not speak HTTP", log)
        self.assertNotIn("\0", log)

    def test_a_token_file_that_does_not_exist(self):
        log = self.run_program("http://127.0.0.1:1", HOOKD_TOKEN="@/no/such/file")
        self.assertEqual(log, "error: HOOKD_TOKEN: [Errno 2] No such file or directory: '/no/such/file'\n")


class PostgresTest(CopyTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.server = PostgresServer()
        except FileNotFoundError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.server.close)
        cls.databases = 0

    def make_database(self, _):
        type(self).databases += 1
        return PostgresDatabase(self.server, f"warehouse_{self.databases}")

    def test_a_lost_connection_to_the_database_costs_no_event(self):
        self.hookd.count = 3000
        self.hookd.pause = 0.0005
        process = start(self.hookd.url, self.database.target, "--until-now")
        name = self.database.target.rsplit("/", 1)[1]
        for _ in range(3):
            time.sleep(0.6)
            self.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            )
        _, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, log)
        self.assertIn("trying again", log)
        self.assert_all_once(3000)

    def test_a_document_with_u0000_is_stored(self):
        sink = warehouse.open_sink(self.database.target)
        self.addCleanup(sink.close)
        document = '{"type":"sent","user":{"id":"a\\u0000"}}'
        row = row_of({"name": "n", "emitTime": "2026-01-31T12:00:00Z", "document": document})
        sink.write("s", [row], "", "c1")
        self.assertEqual(self.database.rows()[0][1], document)


if __name__ == "__main__":
    unittest.main()
