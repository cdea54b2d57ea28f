"""Cost by the number of webhooks, projects, stored deliveries and pending deliveries."""

import contextlib
import pathlib
import shutil
import sqlite3
import statistics
import time

from processes import BUILD, Drive, Hookd, measure

ROWS = 10_000_000

# Projects, webhooks of each that match the events, and webhooks of each that do not.
WEBHOOKS = {"1 webhook, 1 project": (1, 1, 0),
            "1,000 webhooks, 1 project": (1, 1, 999),
            "100,000 webhooks, 1 project": (1, 1, 99_999),
            "10,000 webhooks, 10,000 projects": (10_000, 1, 0),
            "100,000 webhooks, 10,000 projects": (10_000, 1, 9)}


def measure_growth(report, rounds, scale):
    rows = int(ROWS * scale)
    by_webhooks(report, rounds, scale)
    by_fanout(report, rounds, scale)
    by_stored(report, rounds, scale, rows)
    by_waiting(report, rows)


def by_webhooks(report, rounds, scale):
    """The same rate with few and many webhooks: one server for each, all running, measured alternately."""
    report.title("Growth: CPU per event at 2,000 events/s, by number of webhooks")
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, (projects, fanout, others) in WEBHOOKS.items():
            server = stack.enter_context(Hookd())
            drive = stack.enter_context(Drive(server.address))
            drive.webhooks(projects, others, fanout)
            measure(server, drive, way="stream", events=2000, in_flight=128)
            servers[name] = (server, drive)
        runs = [{name: measure(*each, way="stream", rate=2000, seconds=max(1, round(2 * scale)))["cpu_us"]
                 for name, each in servers.items()} for _ in range(rounds)]
        # Each ratio is from one round, because the speed of the host changes between rounds.
        first = next(iter(WEBHOOKS))
        times = {name: statistics.median(run[name] / run[first] for run in runs) for name in WEBHOOKS}
        for name, (projects, fanout, others) in WEBHOOKS.items():
            report.row(name, statistics.median(run[name] for run in runs), "µs", f"{times[name]:.2f} times the first")
            if projects * (fanout + others) == 100_000:
                report.row(f"memory with {name}", servers[name][0].rss_mib(), "MiB", goal=300)
    report.row("most / least CPU by webhooks", max(times.values()) / min(times.values()), "times", goal=1.1)


def by_fanout(report, rounds, scale):
    report.title("Growth: CPU per delivery, by number of webhooks that an event matches")
    for fanout in (1, 10, 100):
        with Hookd() as server, Drive(server.address) as drive:
            drive.webhooks(1, 0, fanout)
            events = int(20000 * scale / fanout)
            options = {"way": "stream", "events": events, "in_flight": max(4, 256 // fanout), "fanout": fanout}
            measure(server, drive, **options)
            runs = [measure(server, drive, **options)["cpu_us"] / fanout for _ in range(rounds)]
            report.row(f"fan-out {fanout}", statistics.median(runs), "µs")


def fill(data_dir, rows, waiting):
    """Copies the event in the store to `rows` events, each with its delivery and, unless `waiting` is set, its outcome. All
    other columns are copied unchanged. The copies have new keys, a thousand per millisecond, and are older."""
    database = sqlite3.connect(data_dir / "hookd.db", isolation_level=None)
    event, delivery, outcome = database.execute(
        "SELECT event_key, key, last_outcome FROM deliveries ORDER BY key DESC LIMIT 1").fetchone()
    for quick in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF"):
        database.execute(f"PRAGMA {quick}")
    database.execute("PRAGMA cache_size = -1000000")
    first = ((event >> 20) - 3_600_000 - rows // 1000) << 20
    key = f"({first} + (n / 1000 << 20) + n % 1000 * 4)"

    def copy(table, source, replaced, start, end):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(replaced.get(column, column) for column in columns)
        database.execute(f"WITH RECURSIVE numbers (n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM numbers "
                         f"WHERE n < {end - 1}) INSERT INTO {table} ({', '.join(columns)}) SELECT {values} "
                         f"FROM (SELECT * FROM {table} WHERE key = {source}), numbers")

    step = 500_000
    for start in range(0, rows, step):
        end = min(rows, start + step)
        database.execute("BEGIN")
        copy("events", event, {"key": key}, start, end)
        copy("deliveries", delivery, {"key": f"{key} + 1", "event_key": key, **(
            {"state": "1", "last_outcome": "NULL", "attempt_count": "0", "response_status": "0"} if waiting else
            {"last_outcome": f"{key} + 2"})}, start, end)
        if not waiting:
            copy("outcomes", outcome, {"key": f"{key} + 2", "delivery_key": f"{key} + 1"}, start, end)
        database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


def one_event(data_dir):
    """Creates a store with one webhook and one delivery."""
    shutil.rmtree(data_dir, ignore_errors=True)
    with Hookd(data_dir) as server, Drive(server.address) as drive:
        drive.webhooks(1, 0, 1)
        measure(server, drive, way="unary", events=1, in_flight=1)


def by_stored(report, rounds, scale, rows):
    """The same with an empty and a full store, alternately."""
    report.title(f"Growth: throughput with an empty store, and with {rows:,} stored deliveries")
    full_dir = BUILD / "bench-stored"
    one_event(full_dir)
    began = time.monotonic()
    fill(full_dir, rows, waiting=False)
    filled = time.monotonic() - began
    options = {"way": "stream", "events": int(20000 * scale), "in_flight": 256}
    empty_rates, full_rates = [], []
    # The rows are an hour old, so nothing is purged.
    with Hookd(full_dir) as full, Hookd() as empty, Drive(full.address) as full_drive, \
            Drive(empty.address) as empty_drive:
        ready = full.ready_seconds
        for server, drive in ((empty, empty_drive), (full, full_drive)):
            drive.webhooks(1, 0, 1)
            measure(server, drive, **options)
        for _ in range(rounds):
            empty_rates.append(measure(empty, empty_drive, **options)["rate"])
            full_rates.append(measure(full, full_drive, **options)["rate"])
        report.row("empty store", statistics.median(empty_rates), "events/s")
        report.row("full store", statistics.median(full_rates), "events/s",
                   f"filled in {filled:.0f} s, {size_gib(full_dir):.1f} GiB")
        report.row("empty / full store", statistics.median(empty_rates) / statistics.median(full_rates), "times",
                   goal=1.25)
        report.row("startup time with the full store", ready, "s", goal=5)
        report.row("memory with the full store", full.rss_mib(), "MiB")
    shutil.rmtree(full_dir)


def by_waiting(report, rows):
    """Pending deliveries for an endpoint that hangs."""
    report.title(f"Growth: {rows:,} pending deliveries")
    data_dir = BUILD / "bench-waiting"
    one_event(data_dir)
    fill(data_dir, rows, waiting=True)
    with Hookd(data_dir) as server:
        report.row("startup time with the pending deliveries", server.ready_seconds, "s", goal=5)
        most = 0
        for _ in range(50):
            most = max(most, server.rss_mib())
            time.sleep(0.1)
        report.row("maximum memory with the pending deliveries, in 5 s", most, "MiB", goal=500)
    shutil.rmtree(data_dir)


def size_gib(data_dir):
    return sum(file.stat().st_size for file in pathlib.Path(data_dir).iterdir()) / 2**30
