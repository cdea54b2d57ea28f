"""Measures hookd compared with the floor, and prints one table; see README.md.

  bench.py [--quick] [--check] [--write] [--only SECTION,...]
"""

import argparse
import contextlib
import functools
import json
import operator
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent import futures

import cluster
import growth
import picture
import rest
from processes import BUILD, Drive, Hookd, Listener, measure, run_json

# The goal for the ratio of hookd's CPU per event to the floor's.
GOAL = 1.25
# --check fails above these ratios, which are above the worst of many runs on an idle machine (README.md).
MAX_RATIO = {"unary": 1.4, "batch": 1.3, "stream": 1.3}

# The number of events in flight. Twice as many hardly increase hookd's throughput (README.md).
IN_FLIGHT = {"unary": 256, "batch": 800, "stream": 256}

# Many short rounds: compared figures are measured within seconds, because the speed of the host changes.
SHORT_ROUNDS, FLOOR_EVENTS = 11, 8000
# Pairs for a 99th percentile, which varies most with the host.
PAIRS = 15

README = pathlib.Path(__file__).with_name("README.md")


class Report:
    """The table, bench.json, and README.md's table."""

    def __init__(self):
        self.figures = {}
        self.lines = []  # of README.md
        self.missed = []
        self.regressed = []

    def title(self, text):
        print(f"\n{text}", flush=True)
        self.lines += ["", f"**{text}**", "", "| row | | unit | |", "|---|--:|---|---|"]

    def row(self, name, value, unit="", note="", goal=None):
        self.figures[name] = round(value, 3)
        if goal is not None:
            met = value <= goal
            note = f"{note}{', ' if note else ''}goal {goal:g}{'' if met else ': MISSED'}"
            if not met:
                self.missed.append(name)
        shown = f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
        print(f"  {name:<58} {shown:>10} {unit:<10} {note}", flush=True)
        self.lines.append(f"| {name} | {shown} | {unit} | {note} |")

    def write(self, about):
        """Writes the table into README.md, and the picture next to it."""
        before, _, rest = README.read_text().partition("<!-- figures -->\n")
        after = rest.partition("<!-- end of figures -->\n")[2]
        README.write_text("\n".join([before + "<!-- figures -->", about, *self.lines, "<!-- end of figures -->\n"]) + after)
        if (BUILD / "latency.svg").exists():
            shutil.copy(BUILD / "latency.svg", README.with_name("latency.svg"))


def median(values):
    return statistics.median(values)


def empty_store(into):
    """Creates a store with hookd, for the rows of the floor."""
    with Hookd(into):
        pass
    return into / "hookd.db"


def floor_and_hookd(report):
    """CPU per event of the floor programs and of hookd, alternately, so that both run on the same machine."""
    events = FLOOR_EVENTS
    ways = ("unary", "batch", "stream")
    parts = {name: [] for name in (*(f"rpc_{way}" for way in ways), "post", "rows", "body")}
    hookd = {way: [] for way in ways}
    rates = {way: [] for way in ways}
    wrk = []
    scratch = BUILD / "bench-rows"
    with Listener("floor_rpc") as rpc, Listener("sink") as sink, Hookd() as server, \
            Drive(rpc.address) as rpc_drive, Drive(server.address) as drive:
        drive.webhooks(1, 0, 1)
        for way in ways:  # warm
            measure(rpc, rpc_drive, way=way, events=2000, in_flight=IN_FLIGHT[way])
            measure(server, drive, way=way, events=2000, in_flight=IN_FLIGHT[way])
        for _ in range(SHORT_ROUNDS):
            for way in ways:
                result = measure(rpc, rpc_drive, way=way, events=events * (5 if way == "batch" else 2),
                                 in_flight=IN_FLIGHT[way])
                parts[f"rpc_{way}"].append(result["cpu_us"])
                result = measure(server, drive, way=way, events=events, in_flight=IN_FLIGHT[way])
                hookd[way].append(result["cpu_us"])
                rates[way].append(result["rate"])
            parts["post"].append(run_json("floor_post", sink.port, events)["cpu_us"])
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            parts["rows"].append(run_json("floor_rows", empty_store(scratch), events)["cpu_us"])
            parts["body"].append(run_json("floor_body", events)["cpu_us"])
            wrk.append(wrk_rate(sink.port))
    shutil.rmtree(scratch, ignore_errors=True)

    report.title("CPU per event, µs: the floor programs")
    for name, values in parts.items():
        report.row(f"floor {name}", median(values), "µs")
    report.title("CPU per event accepted, delivered and recorded, µs")
    ratios = {}
    for way in ways:
        # Each round has its own floor, because the machine may be slower in the next one.
        floors = [sum(of_round) for of_round in zip(*(parts[name] for name in (f"rpc_{way}", "post", "rows", "body")))]
        floor = median(floors)
        ratios[way] = median(cpu / of_floor for cpu, of_floor in zip(hookd[way], floors))
        report.row(f"hookd {way}", median(hookd[way]), "µs", f"floor {floor:.1f} µs")
        report.row(f"hookd {way} / floor", ratios[way], "times", f"--check: {MAX_RATIO[way]:g}", goal=GOAL)
        if ratios[way] > MAX_RATIO[way]:
            report.regressed.append(f"{way} {ratios[way]:.2f} times the floor, above {MAX_RATIO[way]:g}")
    report.title("Throughput, events/s, with the caller and the sink on the same machine")
    for way in ways:
        report.row(f"saturation {way}", median(rates[way]), "events/s")
    if wrk[0]:
        report.row("wrk, POSTs of the same body to the same sink", median(wrk), "posts/s")
        report.row("saturation stream / wrk", median(rates["stream"]) / median(wrk), "times")
    return median(rates["unary"])


def wrk_rate(port):
    if shutil.which("wrk") is None:
        return 0
    script = BUILD / "bench" / "wrk.lua"
    body = (BUILD.parent / "tests" / "payloads" / "sent.json").read_text().strip()
    script.write_text('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                      f"wrk.body = [==[{body}]==]\n")
    said = subprocess.run(["wrk", "-t1", "-c16", "-d1s", "-s", script, f"http://127.0.0.1:{port}/"], check=True,
                          stdout=subprocess.PIPE, text=True, timeout=60).stdout
    return float(next(line for line in said.splitlines() if line.startswith("Requests/sec")).split()[1])


def latency(report, rounds, scale, saturation):
    """Latency for callers and receivers at fractions of saturation, with scheduled arrivals."""
    seconds = max(1, round(3 * scale))
    shares = (0.1, 0.5, 0.8)
    results = {share: [] for share in shares}
    with Hookd() as server, Drive(server.address) as drive:
        drive.webhooks(1, 0, 1)
        measure(server, drive, way="unary", events=2000, in_flight=64)
        for _ in range(rounds):
            for share in shares:
                rate = max(1, int(saturation * share))
                results[share].append(measure(server, drive, way="unary", rate=rate, seconds=seconds))
    report.title(f"Latency, µs, at fractions of {saturation:,.0f} events/s, from the scheduled time")
    histograms = {}
    for share in shares:
        for what, name in (("emit", "EmitEvent"), ("arrival", "arrival")):
            for percentile in ("p50", "p99", "p99.9"):
                report.row(f"{name} {percentile} at {share:.0%}",
                           median([result[what][percentile] for result in results[share]]), "µs")
            histograms[f"{name} at {share:.0%}"] = [sum(counts) for counts in
                                                    zip(*(result[what]["buckets"] for result in results[share]))]
    picture.draw(histograms, BUILD / "latency.svg")
    print(f"  drawn in {BUILD / 'latency.svg'}")


def side_by_side(runs):
    """Starts all runs at the same time, and returns their results by name."""
    with futures.ThreadPoolExecutor() as pool:
        begun = {name: pool.submit(run) for name, run in runs.items()}
        return {name: run.result() for name, run in begun.items()}


def isolation(report, rounds, scale):
    """Compares a healthy webhook alone on its hookd with one whose hookd also has endpoints that hang, refuse or are slow.
    First in parallel, so that both run on the same machine, together with the caller and the endpoints. Then alternately,
    so that the CPU of these endpoints counts: alone, with failing endpoints, with as many healthy ones, and a bare RPC
    alone and with this load on its cores. Last with slow endpoints that need more concurrent attempts than the maximum.
    Each run has a lead time, so that its load is constant while it is measured."""
    options = {"way": "unary", "rate": 1000, "seconds": max(1, round(2 * scale)), "lead": 1}
    # Events per second, of 15 deliveries each. An endpoint gets one event in five seconds, which is its timeout, or one
    # per second.
    steady, heavy = 20, 100
    pairs = {steady: [], heavy: []}
    alone, beside, among, bare_alone, bare_beside, crowd = ([] for _ in range(6))
    with Hookd() as server, Hookd() as troubled, Hookd() as busy, Hookd() as crowded, Listener("floor_rpc") as rpc, \
            Drive(server.address) as drive, Drive(troubled.address) as other, Drive(busy.address) as well, \
            Drive(crowded.address) as slow, Drive(rpc.address) as bare:
        for each in (drive, other, well, slow):
            each.webhooks(1, 0, 1)

        def arrival(of, **more):
            return of.run(arrivals=1, **options | more)["arrival"]["p99"]

        def bare_call():
            return bare.run(**options)["emit"]["p99"]

        warm = {"trouble": heavy, "rate": 100, "lead": 0}

        def begin_trouble():
            # The slow endpoints first, until they have responded; then the others, until the circuits of the hanging
            # ones have opened. If all were new at once, they would share the attempts of new endpoints for a while.
            other.endpoints("slow", 500)
            arrival(other, **warm, seconds=6)
            for kind in ("hung", "refused"):
                other.endpoints(kind, 500)
            arrival(other, **warm, seconds=20)

        def begin_others():
            slow.endpoints("slow", 500)
            arrival(slow, **warm, seconds=6)
            well.endpoints("well", 1500)
            arrival(well, **warm, seconds=2)
            arrival(drive)

        side_by_side({"trouble": begin_trouble, "others": begin_others})
        for trouble, times in ((steady, PAIRS), (heavy, rounds)):
            runs = {"alone": lambda: arrival(drive), "beside": functools.partial(arrival, other, trouble=trouble)}
            for _ in range(times):
                pairs[trouble].append(side_by_side(runs))
                runs = dict(reversed(runs.items()))  # one of them starts slightly before the other
        for _ in range(rounds):
            alone.append(arrival(drive))
            beside.append(arrival(other, trouble=heavy))
            among.append(arrival(well, trouble=heavy))
            bare_alone.append(bare_call())
            around = {"trouble": heavy, "rate": 1, "seconds": options["seconds"] + 1}
            bare_beside.append(side_by_side({"bare": bare_call, "around": lambda: arrival(other, **around)})["bare"])
        for _ in range(rounds):
            crowd.append(arrival(slow, trouble=800))

    def ratio(these, to):
        return median(map(operator.truediv, these, to))

    failing = "500 hanging, 500 refusing, 500 slow"
    report.title("Isolation: arrival p99 of a healthy webhook, 1,000 events/s, alone and with failing endpoints, "
                 "in parallel")
    for trouble, goal in ((steady, 1.2), (heavy, None)):
        load = f"{trouble * 15:,}"
        far, near = ([pair[name] for pair in pairs[trouble]] for name in ("alone", "beside"))
        report.row(f"alone, while the other has {load}/s", median(far), "µs")
        report.row(f"with {failing}, {load}/s", median(near), "µs", "deliveries per second to the failing endpoints")
        report.row(f"isolation p99 with {load}/s / alone", ratio(near, far), "times", goal=goal)
    report.title("Isolation: the same alternately, including the CPU that 1,500/s take")
    report.row("alone, alternately", median(alone), "µs")
    report.row(f"with {failing}, alternately", median(beside), "µs")
    report.row("with 1,500 healthy, alternately", median(among), "µs", "as many deliveries, of the same events")
    report.row("with failing / alone, alternately", ratio(beside, alone), "times")
    report.row("with failing / with healthy, alternately", ratio(beside, among), "times")
    report.row("p99 of a bare RPC, alternately", median(bare_alone), "µs", "without hookd: the latency of these cores")
    report.row("p99 of a bare RPC with that load / alone, alternately", ratio(bare_beside, bare_alone), "times",
               "the hookd with failing endpoints on the same cores")
    report.row("with 500 slow", median(crowd), "µs", "4,000 deliveries per second of one second each, for 2,048 attempts")


def micro(report, scale):
    report.title("Micro: CPU, µs")
    said = subprocess.run([BUILD / "bench" / "hookd_bench_micro", "--benchmark_format=json",
                           f"--benchmark_min_time={0.1 * scale}"], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=300).stdout
    for benchmark in json.loads(said)["benchmarks"]:
        label = benchmark.get("label") or benchmark["name"].partition("/")[2]
        report.row(f"{benchmark['name'].partition('/')[0]} {label}".strip(), benchmark["cpu_time"] / 1000, "µs")


def machine():
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{os.cpu_count()} cores of {model}, {memory} GiB, Linux {platform.release()}"


SECTIONS = ("floor", "rest", "latency", "isolation", "growth", "micro", "cluster")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the floor, in a minute")
    parser.add_argument("--check", action="store_true", help="fail if hookd uses more CPU per event than the limit")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    parser.add_argument("--only", help=f"the sections to run, of {', '.join(SECTIONS)}")
    options = parser.parse_args()
    sections = options.only.split(",") if options.only else ("floor",) if options.quick else SECTIONS
    rounds, scale = 5, 0.4 if options.quick else 1

    about = f"medians of {rounds} rounds, of the floor {SHORT_ROUNDS}, of isolation's goal {PAIRS}"
    report = Report()
    began = time.monotonic()
    print(f"hookd's benchmark on {machine()}; {about}")
    saturation = 5000
    if "floor" in sections:
        saturation = floor_and_hookd(report)
    if "rest" in sections:
        rest.measure_rest(report, rounds, scale)
    if "latency" in sections:
        latency(report, rounds, scale, saturation)
    if "isolation" in sections:
        isolation(report, rounds, scale)
    if "growth" in sections:
        growth.measure_growth(report, rounds, scale)
    if "micro" in sections:
        micro(report, scale)
    if "cluster" in sections:
        cluster.measure_cluster(report, rounds, scale)
    (BUILD / "bench.json").write_text(json.dumps({"machine": machine(), "rounds": rounds, "short_rounds": SHORT_ROUNDS,
                                                  "quick": options.quick, "figures": report.figures}, indent=1) + "\n")
    print(f"\n{time.monotonic() - began:.0f} s; figures in {BUILD / 'bench.json'}")
    if options.write:
        report.write(f"{time.strftime('%Y-%m-%d')}, on {machine()}; {about}.")
    if report.missed:
        print("goals missed: " + ", ".join(report.missed))
    if options.check and report.regressed:
        sys.exit("hookd uses more CPU per event than the limit: " + "; ".join(report.regressed))


if __name__ == "__main__":
    main()
