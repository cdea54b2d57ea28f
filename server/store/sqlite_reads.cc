#include "store/sqlite_reads.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "store/sqlite_writes.h"

namespace hookd::sqlite {
namespace {

absl::Status NoSuch(absl::string_view kind, const std::string& project, int64_t key) {
  return absl::NotFoundError(absl::StrCat("there is no ", kind, " ", EncodeId(key), " in project ", project));
}

constexpr char kDeliveryColumns[] =
    "SELECT d.key, d.event_key, d.webhook_key, w.id, d.event_type, d.state, d.attempt_count, "
    "d.response_status, "
    "d.error FROM deliveries d LEFT JOIN webhooks w ON w.key = d.webhook_key ";

Delivery ReadDelivery(const Statement& row) {
  Delivery delivery;
  delivery.key = row.Int(0);
  delivery.event_key = row.Int(1);
  delivery.webhook_key = row.Int(2);
  delivery.webhook_id = std::string(row.Text(3));
  delivery.event_type = static_cast<int>(row.Int(4));
  delivery.state = static_cast<DeliveryState>(row.Int(5));
  delivery.attempt_count = static_cast<int>(row.Int(6));
  delivery.response_status = static_cast<int>(row.Int(7));
  delivery.error = std::string(row.Text(8));
  return delivery;
}

Attempt ReadAttempt(const Statement& row) {
  Attempt attempt;
  attempt.number = static_cast<int>(row.Int(0));
  attempt.start_time = absl::FromUnixMicros(row.Int(1));
  attempt.name_lookup = absl::Microseconds(row.Int(2));
  attempt.connect = absl::Microseconds(row.Int(3));
  attempt.tls = absl::Microseconds(row.Int(4));
  attempt.first_byte = absl::Microseconds(row.Int(5));
  attempt.total = absl::Microseconds(row.Int(6));
  attempt.response_status = static_cast<int>(row.Int(7));
  attempt.error = std::string(row.Text(8));
  attempt.response_body = std::string(row.Text(9));
  attempt.response_body_truncated = row.Int(10) != 0;
  return attempt;
}

// Calls `take` for each row; the statement is reset afterwards, however it ends.
template <typename Take>
absl::Status ForEachRow(Statement& statement, Take take) {
  while (true) {
    const auto row = statement.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    if (!take(statement)) {
      statement.Reset();
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<std::vector<int64_t>> WebhooksThatHadId(Database& database, const std::string& project,
                                                       const std::string& id) {
  const auto select = database.Prepare(
      "SELECT w.key FROM webhooks w JOIN projects p ON p.key = w.project WHERE p.name = ? AND w.id = ?");
  if (!select.ok()) return select.status();
  (*select)->BindText(1, project).BindText(2, id);
  std::vector<int64_t> keys;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    keys.push_back(row.Int(0));
    return true;
  });
  if (!read.ok()) return read;
  return keys;
}

}  // namespace

const char kReadWaitingSql[] =
    "SELECT d.key, d.event_key, d.attempt_count, d.event_type, e.event FROM deliveries d "
    "JOIN events e ON e.key = d.event_key WHERE d.webhook_key = ? AND d.state = 1 AND d.key > ? "
    "ORDER BY d.key LIMIT ?";

// Leaps from one webhook to the next in the index, whatever waits for each.
const char kWebhooksWithWaitingSql[] =
    "WITH RECURSIVE waiting (webhook) AS ("
    "SELECT min(webhook_key) FROM deliveries WHERE state = 1 UNION ALL "
    "SELECT (SELECT min(webhook_key) FROM deliveries WHERE state = 1 AND webhook_key > webhook) FROM waiting "
    "WHERE webhook IS NOT NULL) SELECT webhook FROM waiting WHERE webhook IS NOT NULL";

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(Database& database) {
  const auto select =
      database.Prepare(absl::StrCat("SELECT ", kWebhookColumns, " WHERE w.delete_time IS NULL"));
  if (!select.ok()) return select.status();
  std::vector<Webhook> webhooks;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    webhooks.push_back(ReadWebhook(row));
    return true;
  });
  if (!read.ok()) return read;
  return webhooks;
}

absl::StatusOr<std::vector<int64_t>> LoadWebhooksWithWaiting(Database& database) {
  const auto select = database.Prepare(kWebhooksWithWaitingSql);
  if (!select.ok()) return select.status();
  std::vector<int64_t> keys;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    keys.push_back(row.Int(0));
    return true;
  });
  if (!read.ok()) return read;
  return keys;
}

absl::StatusOr<int64_t> LastKey(Database& database) {
  int64_t last = 0;
  for (const char* sql : {"SELECT max(key) FROM events", "SELECT max(key) FROM deliveries",
                          "SELECT max(key) FROM webhooks", "SELECT max(revision) FROM webhooks"}) {
    const auto key = database.QueryInt(sql);
    if (!key.ok()) return key.status();
    last = std::max(last, *key);
  }
  return last;
}

absl::StatusOr<Event> GetEvent(Database& database, const std::string& project, int64_t key) {
  const auto select = database.Prepare(
      "SELECT e.type, e.event, e.webhook_count FROM events e JOIN projects p ON p.key = e.project "
      "WHERE e.key = ? AND p.name = ?");
  if (!select.ok()) return select.status();
  const auto row = (*select)->Bind(1, key).BindText(2, project).Step();
  if (!row.ok()) return row.status();
  if (!*row) return NoSuch("event", project, key);
  Event event{.key = key,
              .type = static_cast<int>((*select)->Int(0)),
              .event = std::string((*select)->Text(1)),
              .emit_time = TimeOfKey(key),
              .webhook_count = static_cast<int>((*select)->Int(2))};
  (*select)->Reset();
  return event;
}

absl::StatusOr<Delivery> GetDelivery(Database& database, const std::string& project, int64_t key) {
  const auto select = database.Prepare(
      absl::StrCat(kDeliveryColumns, "JOIN projects p ON p.key = d.project WHERE d.key = ? AND p.name = ?"));
  if (!select.ok()) return select.status();
  const auto row = (*select)->Bind(1, key).BindText(2, project).Step();
  if (!row.ok()) return row.status();
  if (!*row) return NoSuch("delivery", project, key);
  Delivery delivery = ReadDelivery(**select);
  (*select)->Reset();
  const auto attempts = database.Prepare(
      "SELECT number, start_time, name_lookup, connect, tls, first_byte, total, response_status, error, "
      "response_body, "
      "response_body_truncated FROM attempts WHERE delivery_key = ? ORDER BY number");
  if (!attempts.ok()) return attempts.status();
  (*attempts)->Bind(1, key);
  const absl::Status read = ForEachRow(**attempts, [&](const Statement& attempt) {
    delivery.attempts.push_back(ReadAttempt(attempt));
    return true;
  });
  if (!read.ok()) return read;
  return delivery;
}

// Parameters: 1 the project's name, or with a webhook its key; 2 least key, 3 greatest key, 4 limit, 5 event
// type, which occurs if the query has it. The state is written out, as a partial index is used for nothing
// else.
std::string ListDeliveriesSql(const DeliveryQuery& query) {
  std::string sql = kDeliveryColumns;
  if (query.webhook_id.has_value()) {
    absl::StrAppend(&sql, "WHERE d.webhook_key = ?1");
  } else {
    // The + keeps SQLite from walking the whole project's deliveries instead of the event's few.
    absl::StrAppend(&sql, "WHERE ", query.event_key.has_value() ? "+" : "",
                    "d.project = (SELECT key FROM projects WHERE name = ?1)");
  }
  absl::StrAppend(&sql, " AND d.key BETWEEN ?2 AND ?3");
  if (query.event_type.has_value()) absl::StrAppend(&sql, " AND d.event_type = ?5");
  if (query.state.has_value()) absl::StrAppend(&sql, " AND d.state = ", static_cast<int>(*query.state));
  absl::StrAppend(&sql, " ORDER BY d.key DESC LIMIT ?4");
  return sql;
}

absl::StatusOr<std::vector<Delivery>> ListDeliveries(Database& database, const DeliveryQuery& query) {
  int64_t min_key = query.min_key.value_or(0);
  int64_t max_key = query.max_key.value_or(std::numeric_limits<int64_t>::max());
  if (query.event_key.has_value()) {
    // The deliveries of an event are the keys that follow its own.
    const auto event = GetEvent(database, query.project, *query.event_key);
    if (absl::IsNotFound(event.status())) return std::vector<Delivery>();
    if (!event.ok()) return event.status();
    min_key = std::max(min_key, event->key + 1);
    max_key = std::min(max_key, event->key + event->webhook_count);
  }
  const auto select = database.Prepare(ListDeliveriesSql(query));
  if (!select.ok()) return select.status();
  std::vector<Delivery> page;
  const auto read_page = [&] {
    (*select)->Bind(2, min_key).Bind(3, max_key).Bind(4, query.limit);
    if (query.event_type.has_value()) (*select)->Bind(5, *query.event_type);
    return ForEachRow(**select, [&](const Statement& row) {
      page.push_back(ReadDelivery(row));
      return true;
    });
  };
  if (!query.webhook_id.has_value()) {
    (*select)->BindText(1, query.project);
    const absl::Status read = read_page();
    if (!read.ok()) return read;
    return page;
  }
  // A page of each webhook that has or had the id, mostly one, and of all these the newest.
  const auto keys = WebhooksThatHadId(database, query.project, *query.webhook_id);
  if (!keys.ok()) return keys.status();
  for (int64_t key : *keys) {
    (*select)->Bind(1, key);
    const absl::Status read = read_page();
    if (!read.ok()) return read;
  }
  std::sort(page.begin(), page.end(), [](const Delivery& a, const Delivery& b) { return a.key > b.key; });
  if (page.size() > static_cast<size_t>(query.limit)) page.resize(static_cast<size_t>(query.limit));
  return page;
}

absl::StatusOr<std::vector<WaitingDelivery>> ReadWaiting(Database& database, int64_t webhook_key,
                                                         int64_t after_key, int limit, size_t max_bytes) {
  const auto select = database.Prepare(kReadWaitingSql);
  if (!select.ok()) return select.status();
  (*select)->Bind(1, webhook_key).Bind(2, after_key).Bind(3, limit);
  std::vector<WaitingDelivery> waiting;
  size_t bytes = 0;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    waiting.push_back({.key = row.Int(0),
                       .event_key = row.Int(1),
                       .attempt_count = static_cast<int>(row.Int(2)),
                       .event_type = static_cast<int>(row.Int(3)),
                       .event = std::string(row.Text(4))});
    bytes += waiting.back().event.size();
    return bytes < max_bytes;
  });
  if (!read.ok()) return read;
  return waiting;
}

}  // namespace hookd::sqlite
