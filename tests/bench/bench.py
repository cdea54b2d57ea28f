"""Measures hookd beside the floor of what it does, and prints one table; see README.md.

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
from processes import BUILD, Drive, Hookd, Listener, measure, run_json

# hookd's CPU per event is to be at most so many times the floor's.
GOAL = 1.25
# Past this --check fails: above what the worst run of many had, on a machine left alone (README.md).
MAX_RATIO = {"unary": 1.4, "batch": 1.3, "stream": 1.3}

# As many under way as help: with twice as many hookd takes hardly more events a second, if any (README.md).
IN_FLIGHT = {"unary": 256, "batch": 800, "stream": 256}

# Many, and short: what is compared is measured within seconds, as a host's speed changes from one to the next.
SHORT_ROUNDS, FLOOR_EVENTS = 11, 8000
# Of a 99th percentile, which the host's moments move more than anything else does.
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
        """Puts the table into README.md, and the picture beside it."""
        before, _, rest = README.read_text().partition("<!-- figures -->\n")
        after = rest.partition("<!-- end of figures -->\n")[2]
        README.write_text("\n".join([before + "<!-- figures -->", about, *self.lines, "<!-- end of figures -->\n"]) + after)
        if (BUILD / "latency.svg").exists():
            shutil.copy(BUILD / "latency.svg", README.with_name("latency.svg"))


def median(values):
    return statistics.median(values)


def empty_store(into):
    """A store as hookd makes it, for the floor's rows."""
    with Hookd(into):
        pass
    return into / "hookd.db"


def floor_and_hookd(report):
    """CPU of an event: of the bare parts, and of hookd; in turn, so that both meet the same machine."""
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

    report.title("CPU of one event, µs: the bare parts")
    for name, values in parts.items():
        report.row(f"floor {name}", median(values), "µs")
    report.title("CPU of one event accepted, delivered and recorded, µs")
    ratios = {}
    for way in ways:
        # Of each round its own: the machine may be a slower one in the next.
        floors = [sum(of_round) for of_round in zip(*(parts[name] for name in (f"rpc_{way}", "post", "rows", "body")))]
        floor = median(floors)
        ratios[way] = median(cpu / beside for cpu, beside in zip(hookd[way], floors))
        report.row(f"hookd {way}", median(hookd[way]), "µs", f"floor {floor:.1f} µs")
        report.row(f"hookd {way} / floor", ratios[way], "times", f"--check: {MAX_RATIO[way]:g}", goal=GOAL)
        if ratios[way] > MAX_RATIO[way]:
            report.regressed.append(f"{way} {ratios[way]:.2f} times the floor, which may be {MAX_RATIO[way]:g}")
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
    """How long a caller waits, and a receiver, at shares of what saturates; arrivals by schedule."""
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
    report.title(f"Latency, µs, at shares of {saturation:,.0f} events/s, from when each was due")
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
    """What runs answer that begin at once, each by its name."""
    with futures.ThreadPoolExecutor() as pool:
        begun = {name: pool.submit(run) for name, run in runs.items()}
        return {name: run.result() for name, run in begun.items()}


def isolation(report, rounds, scale):
    """A healthy webhook that is alone at its hookd, and one whose hookd also has endpoints that hang, refuse and are
    slow: side by side, so that both meet the same machine, which runs the caller and the endpoints too. Then in turns, so
    that what these take of it counts: alone; beside those in trouble; beside as many that are well; and a bare RPC, alone
    and with all of that on its cores. Last, beside slow endpoints with more deliveries than there are slots for. Each run
    has a lead, so that what is measured is the same from its beginning to its end."""
    options = {"way": "unary", "rate": 1000, "seconds": max(1, round(2 * scale)), "lead": 1}
    # Events a second, of 15 deliveries each: to an endpoint one in five seconds, which is how long it has to answer, and
    # one a second.
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
            # Slow ones first, alone, until they have shown that they answer; then the others, until the circuits of
            # those that hang have opened. All of them new at once would share the slots of new endpoints for a while.
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
                runs = dict(reversed(runs.items()))  # one of them begins a moment before the other
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

    troubled_are = "500 hung, 500 refused, 500 slow"
    report.title("Isolation: arrival p99 of a healthy webhook, 1,000 events/s, alone and beside trouble, side by side")
    for trouble, goal in ((steady, 1.2), (heavy, None)):
        load = f"{trouble * 15:,}"
        far, near = ([pair[name] for pair in pairs[trouble]] for name in ("alone", "beside"))
        report.row(f"alone, while others have {load}/s", median(far), "µs")
        report.row(f"beside {troubled_are}, {load}/s", median(near), "µs", "deliveries a second to those in trouble")
        report.row(f"isolation p99 beside {load}/s / alone", ratio(near, far), "times", goal=goal)
    report.title("Isolation: the same in turns, with what 1,500/s take of the cores")
    report.row("alone, in turns", median(alone), "µs")
    report.row(f"beside {troubled_are}, in turns", median(beside), "µs")
    report.row("beside 1,500 that are well, in turns", median(among), "µs", "as many deliveries, of the same events")
    report.row("beside troubled / alone, in turns", ratio(beside, alone), "times")
    report.row("beside troubled / beside well, in turns", ratio(beside, among), "times")
    report.row("a bare RPC's p99, in turns", median(bare_alone), "µs", "no hookd: what these cores give")
    report.row("a bare RPC's p99 beside that load / alone, in turns", ratio(bare_beside, bare_alone), "times",
               "the troubled hookd on the same cores")
    report.row("beside 500 slow", median(crowd), "µs", "4,000 deliveries a second of a second each, for 2,048 slots")


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


SECTIONS = ("floor", "latency", "isolation", "growth", "micro", "cluster")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the floor alone, in a minute")
    parser.add_argument("--check", action="store_true", help="fail if hookd takes more CPU of an event than it did")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument("--only", help=f"sections of {', '.join(SECTIONS)}")
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
        sys.exit("hookd takes more CPU of an event than it did: " + "; ".join(report.regressed))


if __name__ == "__main__":
    main()
