"""The programs that the benchmark runs, and the CPU that they use."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build-bench"


def run_json(name, *arguments):
    """Runs a program of the benchmark, and returns its output."""
    command = [BUILD / "bench" / f"hookd_bench_{name}", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=300).stdout)


class Process:
    """A program that runs in the background until the end of the `with` statement."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(list(map(str, command)), **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.stdin:
            self.process.stdin.close()
        else:
            self.process.terminate()
        self.process.wait(timeout=60)

    def cpu_us(self):
        """User and system CPU time of the program until now, as getrusage reports it."""
        return time.clock_gettime((~self.process.pid << 3) | 2) * 1e6  # CPUCLOCK_SCHED of another process

    def rss_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


class Listener(Process):
    """A program that prints its port, and ends when its input ends."""

    def __init__(self, name):
        super().__init__([BUILD / "bench" / f"hookd_bench_{name}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True)
        self.port = int(self.process.stdout.readline())
        self.address = f"127.0.0.1:{self.port}"


class Hookd(Process):
    """A hookd with its own data directory, unless one is given; of build-bench, unless a program is given."""

    def __init__(self, data_dir=None, *flags, program=BUILD / "server" / "hookd"):
        self.own = data_dir is None
        self.data_dir = pathlib.Path(data_dir or tempfile.mkdtemp(prefix="hookd-bench-", dir=BUILD))
        began = time.monotonic()
        log = self.data_dir.with_suffix(".log")
        super().__init__([program, f"--data_dir={self.data_dir}", "--listen=127.0.0.1:0",
                          "--http_listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0", "--egress_allow=127.0.0.0/8",
                          *flags],
                         stdout=log.open("w"), stderr=subprocess.STDOUT)
        # The first words are of today's version, the second of 0.1.0, which it is compared with.
        grpc = r" (?:gRPC server listening address=|listens on )(\S+)"
        metrics = r" (?:metrics server listening address=|metrics are on )(\S+)"
        while not re.search(grpc, said := log.read_text()) or not re.search(metrics, said):
            if self.process.poll() is not None:
                raise RuntimeError(f"hookd did not start:\n{said}")
            time.sleep(0.005)
        log.unlink()
        self.ready_seconds = time.monotonic() - began
        self.address = re.search(grpc, said)[1]
        self.metrics_address = re.search(metrics, said)[1]
        http = re.search(r" HTTP server listening address=(\S+)", said)
        self.http_address = http[1] if http else ""

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        if self.own:
            shutil.rmtree(self.data_dir)

    def metrics(self):
        """All metrics, by name with labels."""
        with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))}

    def delivered(self):
        return sum(value for name, value in self.metrics().items()
                   if name.startswith("hookd_deliveries_ended_total") and 'delivered' in name)


class Drive(Process):
    """The load driver for a target, with the sink for its deliveries; see drive/main.cc."""

    def __init__(self, target, http_address=""):
        super().__init__([BUILD / "bench" / "hookd_bench_drive", target, http_address], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)

    def command(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if answer.get("failed") or answer.get("all") is False:
            raise RuntimeError(f"{words}: {answer['failed']} calls failed, all arrived: {answer['all']}")
        return answer

    def webhooks(self, projects, others, fanout, body="sent"):
        self.command("webhooks", projects, others, fanout, body)

    def endpoints(self, kind, count):
        self.command("endpoints", kind, count)

    def run(self, **options):
        return self.command("run", *(f"{key}={value}" for key, value in options.items()))


def measure(server, drive, fanout=1, **options):
    """One run against a server: the result of the driver, with the server's CPU per event as `cpu_us`. Waits until every
    delivery is recorded."""
    expected = server.delivered() if isinstance(server, Hookd) else 0
    before = server.cpu_us()
    result = drive.run(arrivals=fanout if isinstance(server, Hookd) else 0, **options)
    if isinstance(server, Hookd):
        expected += result["events"] * fanout
        while server.delivered() < expected:
            time.sleep(0.02)
    result["cpu_us"] = (server.cpu_us() - before) / result["events"]
    result["rate"] = result["events"] / result["seconds"]
    return result
