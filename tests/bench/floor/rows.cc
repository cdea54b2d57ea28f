// The floor of durability: the rows of an event, of its delivery and of what became of it, in a store that
// hookd has made, in transactions of so many events, each on disk before the next.
//   hookd_bench_floor_rows FILE EVENTS [EVENTS_A_TRANSACTION]
#include <sqlite3.h>

#include <cstdlib>
#include <string>

#include "tests/bench/floor/floor.h"

namespace {

sqlite3* database = nullptr;

void Check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  std::fprintf(stderr, "%s\n", sqlite3_errmsg(database));
  std::exit(1);
}

void Execute(const char* sql) { Check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr)); }

sqlite3_stmt* Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  Check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  return statement;
}

void Run(sqlite3_stmt* statement) {
  Check(sqlite3_step(statement));
  Check(sqlite3_reset(statement));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int64_t events = std::atoll(argv[2]);
  const int at_once = argc > 3 ? std::atoi(argv[3]) : 100;
  const std::string event = hookd::bench::FloorEvent().SerializeAsString();
  const std::string request_headers =
      "Content-Type: application/json\nUser-Agent: hookd/0.1.0\nWebhook-Id: 06cdtz3n80h40\n"
      "Webhook-Timestamp: 1700000000\nWebhook-Signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n";
  const std::string response_headers = "Content-Length: 0\n";
  Check(sqlite3_open(argv[1], &database));
  Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  sqlite3_stmt* insert_event =
      Prepare("INSERT INTO events (key, project, type, webhook_count, event) VALUES (?, 1, 1, 1, ?)");
  sqlite3_stmt* insert_delivery = Prepare(
      "INSERT INTO deliveries (key, event_key, webhook_key, project, event_type, state) "
      "VALUES (?, ?, 1, 1, 1, 1)");
  sqlite3_stmt* insert_outcome = Prepare(
      "INSERT INTO outcomes (key, delivery_key, state, attempt_count, response_status, error, number, "
      "start_time, "
      "name_lookup, connect, tls, first_byte, total, request_headers, response_headers, response_body, "
      "response_body_truncated) VALUES (?, ?, 2, 1, 200, '', 1, 1700000000000000, 0, 0, 0, 100, 110, ?, ?, "
      "x'', 0)");
  sqlite3_stmt* update_delivery = Prepare(
      "UPDATE deliveries SET state = 2, error = '', attempt_count = 1, response_status = 200, "
      "next_attempt_time = NULL, last_outcome = ? WHERE key = ?");
  sqlite3_bind_blob(insert_event, 2, event.data(), static_cast<int>(event.size()), SQLITE_STATIC);
  sqlite3_bind_blob(insert_outcome, 3, request_headers.data(), static_cast<int>(request_headers.size()),
                    SQLITE_STATIC);
  sqlite3_bind_blob(insert_outcome, 4, response_headers.data(), static_cast<int>(response_headers.size()),
                    SQLITE_STATIC);
  const double before = hookd::bench::CpuMicroseconds();
  for (int64_t next = 0, recorded = 0; recorded < events;) {
    Execute("BEGIN IMMEDIATE");
    const int64_t accepted_before = next;
    for (int i = 0; i < at_once && next < events; ++i, ++next) {
      sqlite3_bind_int64(insert_event, 1, next * 4 + 1);
      Run(insert_event);
      sqlite3_bind_int64(insert_delivery, 1, next * 4 + 2);
      sqlite3_bind_int64(insert_delivery, 2, next * 4 + 1);
      Run(insert_delivery);
    }
    for (; recorded < accepted_before; ++recorded) {
      sqlite3_bind_int64(insert_outcome, 1, recorded * 4 + 3);
      sqlite3_bind_int64(insert_outcome, 2, recorded * 4 + 2);
      Run(insert_outcome);
      sqlite3_bind_int64(update_delivery, 1, recorded * 4 + 3);
      sqlite3_bind_int64(update_delivery, 2, recorded * 4 + 2);
      Run(update_delivery);
    }
    Execute("COMMIT");
  }
  hookd::bench::PrintPerEvent(hookd::bench::CpuMicroseconds() - before, events);
}
