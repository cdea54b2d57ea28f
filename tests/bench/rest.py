"""HTTP and JSON compared with gRPC: two hookd under load at the same time, one over each."""

import contextlib
import operator
import resource
import select
import socket
import statistics
import time
from concurrent import futures

from processes import Drive, Hookd, Listener, measure

# The goals: CPU per event over HTTP, as a ratio to gRPC with the same events.
GOAL_UNARY, GOAL_BATCH = 1.25, 1.3
IN_FLIGHT = (64, 256)
BATCH_IN_FLIGHT = 800

# Idle keep-alive connections, and what they may cost.
IDLE, GOAL_IDLE_MIB = 10_000, 100
# A hookd admits half of its connections from one address.
ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")

# What is measured: the name, the ways over gRPC and over HTTP, the body, the events in flight, and the goal.
RUNS = [(f"{way} {body}, {count} in flight", way, f"rest{suffix}", body, count, goal)
        for way, suffix, counts, goal in (("unary", "", IN_FLIGHT, GOAL_UNARY),
                                          ("batch", "_batch", (BATCH_IN_FLIGHT,), GOAL_BATCH))
        for body in ("event", "document") for count in counts]


def median(values):
    return statistics.median(values)


def in_parallel(*runs):
    """The results of functions that start at the same time."""
    with futures.ThreadPoolExecutor() as pool:
        return [run.result() for run in [pool.submit(run) for run in runs]]


def measure_rest(report, rounds, scale):
    floor(report, rounds, scale)
    compare(report, rounds, scale)
    idle(report, scale)


def options_of(way, body, in_flight, seconds):
    # Both of a pair take the same time, so that each has the other's load throughout.
    return {"way": way, "body": "bounced" if body == "event" else body, "events": 1_000_000, "seconds": seconds,
            "in_flight": in_flight}


def floor(report, rounds, scale):
    """The same callers and requests, to servers that only answer."""
    seconds = max(1, round(2 * scale))
    echo, rpc = ({count: [] for count in IN_FLIGHT} for _ in range(2))
    with Listener("floor_rpc") as rpc_server, Listener("floor_echo") as echo_server, Drive(rpc_server.address) as drive, \
            Drive(rpc_server.address, echo_server.address) as rest_drive:
        for turn in range(-1, rounds):
            for count in IN_FLIGHT:
                results = in_parallel(
                    lambda: measure(rpc_server, drive, **options_of("unary", "event", count, seconds)),
                    lambda: measure(echo_server, rest_drive, **options_of("rest", "event", count, seconds)))
                if turn >= 0:
                    rpc[count].append(results[0]["cpu_us"])
                    echo[count].append(results[1]["cpu_us"])
    report.title("REST: CPU per request, µs: the floor programs, in parallel")
    for count in IN_FLIGHT:
        report.row(f"floor rpc_unary, {count} in flight", median(rpc[count]), "µs")
        report.row(f"floor echo of Boost.Beast, {count} in flight", median(echo[count]), "µs")
        report.row(f"floor echo / rpc_unary, {count} in flight", median(map(operator.truediv, echo[count], rpc[count])),
                   "times")


def compare(report, rounds, scale):
    """CPU per event over gRPC and over HTTP. Each hookd serves one, and in the next round the other."""
    seconds = max(1, round(2 * scale))
    grpc, rest = ({run[0]: [] for run in RUNS} for _ in range(2))
    with contextlib.ExitStack() as stack:
        pair = []
        for _ in range(2):
            server = stack.enter_context(Hookd())
            drive = stack.enter_context(Drive(server.address, server.http_address))
            drive.webhooks(1, 0, 1, "bounced")
            pair.append((server, drive))
        for turn in range(-2, 2 * rounds):
            for name, way, rest_way, body, count, _ in RUNS:
                results = in_parallel(
                    lambda: measure(*pair[0], **options_of(way, body, count, seconds)),
                    lambda: measure(*pair[1], **options_of(rest_way, body, count, seconds)))
                if turn >= 0:
                    grpc[name].append(results[0]["cpu_us"])
                    rest[name].append(results[1]["cpu_us"])
            pair.reverse()
    report.title("REST: CPU per event accepted, delivered and recorded, µs, over gRPC and over HTTP in parallel")
    for name, *_, goal in RUNS:
        report.row(f"gRPC {name}", median(grpc[name]), "µs")
        report.row(f"REST {name}", median(rest[name]), "µs")
        report.row(f"REST / gRPC {name}", median(map(operator.truediv, rest[name], grpc[name])), "times", goal=goal)


def open_connections(host, port, count):
    """Connections that have had one request each, and keep alive."""
    request = f"GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    connections = []
    for i in range(count):
        connection = socket.create_connection((host, port), source_address=(ADDRESSES[i % len(ADDRESSES)], 0))
        connection.sendall(request)
        connections.append(connection)
    for connection in connections:
        if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
            raise RuntimeError("a connection was refused")
    return connections


def count_closed(connections):
    """How many of the idle connections the server has closed."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    return len(poll.poll(0))


def idle(report, scale):
    """Memory and CPU of many idle connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    seconds = max(2, round(10 * scale))
    with Hookd() as server:
        host, _, port = server.http_address.rpartition(":")
        for connection in open_connections(host, int(port), 10):  # the first use of anything
            connection.close()

        def cpu_in_a_while():
            time.sleep(1)
            before = server.cpu_us()
            time.sleep(seconds)
            return (server.cpu_us() - before) / 1000 / seconds

        alone, memory = cpu_in_a_while(), server.rss_mib()
        connections = open_connections(host, int(port), IDLE)
        busy = cpu_in_a_while()
        grown = server.rss_mib() - memory
        if closed := count_closed(connections):
            raise RuntimeError(f"hookd closed {closed} idle connections")
        for connection in connections:
            connection.close()
    report.title(f"REST: {IDLE:,} idle keep-alive connections")
    report.row(f"memory of {IDLE:,} idle connections", grown, "MiB", goal=GOAL_IDLE_MIB)
    report.row("CPU without connections", alone, "ms/s")
    report.row(f"CPU with {IDLE:,} idle connections", busy, "ms/s")
