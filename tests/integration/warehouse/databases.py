"""The databases that the program writes to, as tests read them."""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

import duckdb
import psycopg

QUERY = "SELECT event, CAST(document AS VARCHAR), user_id, CAST(emit_time AS VARCHAR) FROM hookd_events ORDER BY event"


class DuckDbFile:
    def __init__(self, folder):
        self.target = os.path.join(folder, "events.duckdb")

    def rows(self):
        with duckdb.connect(self.target) as connection:
            return connection.execute(QUERY).fetchall()

    def execute(self, sql):
        with duckdb.connect(self.target) as connection:
            connection.execute(sql)


class PostgresDatabase:
    def __init__(self, server, name):
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        self.target = server.url(name)

    def rows(self):
        with psycopg.connect(self.target) as connection:
            return connection.execute(QUERY).fetchall()

    def execute(self, sql):
        with psycopg.connect(self.target) as connection:
            connection.execute(sql)


class PostgresServer:
    """A server of its own, with trust on loopback; it ends with the object's close."""

    def __init__(self):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not programs:
            raise FileNotFoundError("PostgreSQL is not installed")
        self._folder = tempfile.mkdtemp(prefix="hookd-warehouse-")
        user = None
        if os.getuid() == 0:  # whom PostgreSQL refuses
            user = "postgres"
            os.chown(self._folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        data = os.path.join(self._folder, "data")
        subprocess.run(
            [programs[-1] + "/initdb", "--pgdata=" + data, "--auth=trust", "--username=hookd", "--encoding=UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, user=user, cwd="/",
        )  # fmt: skip
        self._process = subprocess.Popen(
            [programs[-1] + "/postgres", "-D", data, "-p", str(self._port), "-k", self._folder,
             "-c", "listen_addresses=127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user, cwd="/",
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.Error:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def url(self, database):
        return f"postgresql://hookd@127.0.0.1:{self._port}/{database}"

    def close(self):
        self._process.send_signal(3)  # at once
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
