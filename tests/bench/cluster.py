"""Several hookd processes on one PostgreSQL: CPU per event in both, and lag."""

import contextlib
import os
import pathlib
import statistics
import time

from processes import Drive, Hookd, Listener

PROCESSES = (1, 2, 4)
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")
# Each has one webhook, so that many shards have one.
PROJECTS = 64
SHARDS = 128
IN_FLIGHT = 400


class Postgres(Listener):
    """A PostgreSQL server that runs as long as this object."""

    def __init__(self):
        super().__init__("postgres")
        self.pid = int(self.process.stdout.readline())
        self.url = self.process.stdout.readline().strip()

    def cpu_us(self):
        """CPU time of all its processes until now, including those that have ended."""
        pids = [self.pid, *map(int, pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())]
        ticks = 0
        for pid in pids:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                # The time of the process; for the first process, also the time of the children that it has waited for.
                ticks += sum(map(int, fields[11:15] if pid == self.pid else fields[11:13]))
        return ticks * TICK_US


def await_even(servers):
    """Waits until the shards are evenly distributed."""
    while True:
        shards = [server.metrics()["hookd_shards"] for server in servers]
        if sum(shards) == SHARDS and min(shards) >= SHARDS // len(servers):
            return
        time.sleep(0.1)


def measure(postgres, servers, drive, **options):
    """One run, with the CPU per event in all hookd processes and in PostgreSQL. Waits until every delivery is recorded."""
    before = sum(server.cpu_us() for server in servers), postgres.cpu_us()
    expected = sum(server.delivered() for server in servers)
    result = drive.run(arrivals=1, way="stream", **options)
    expected += result["events"]
    while sum(server.delivered() for server in servers) < expected:
        time.sleep(0.02)
    result["hookd_us"] = (sum(server.cpu_us() for server in servers) - before[0]) / result["events"]
    result["postgres_us"] = (postgres.cpu_us() - before[1]) / result["events"]
    result["rate"] = result["events"] / result["seconds"]
    return result


def measure_cluster(report, rounds, scale):
    events = int(20000 * scale)
    for processes in PROCESSES:
        with Postgres() as postgres, contextlib.ExitStack() as stack:
            servers = [stack.enter_context(Hookd(None, f"--store={postgres.url}")) for _ in range(processes)]
            await_even(servers)
            drive = stack.enter_context(Drive(",".join(server.address for server in servers)))
            drive.webhooks(PROJECTS, 0, 1)
            time.sleep(2)  # all processes know a webhook within a second
            measure(postgres, servers, drive, events=2000, in_flight=IN_FLIGHT)
            full = [measure(postgres, servers, drive, events=events, in_flight=IN_FLIGHT) for _ in range(rounds)]
            rate = int(statistics.median(run["rate"] for run in full) / 2)
            half = measure(postgres, servers, drive, rate=rate, seconds=max(1, round(3 * scale)))
            report.title(f"Cluster: {processes} hookd on one PostgreSQL, all on this machine")
            name = f"cluster of {processes}"
            report.row(f"{name}: saturation", statistics.median(run["rate"] for run in full), "events/s")
            report.row(f"{name}: CPU per event in hookd", statistics.median(run["hookd_us"] for run in full), "µs")
            report.row(f"{name}: CPU per event in PostgreSQL", statistics.median(run["postgres_us"] for run in full),
                       "µs")
            for percentile in ("p50", "p99"):
                report.row(f"{name}: lag {percentile}, accept to arrival", half["arrival"][percentile], "µs",
                           f"at {rate:,} events/s, half of saturation")
