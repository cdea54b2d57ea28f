#include "store/sqlite_reads.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "store/header_codec.h"
#include "store/sqlite_writes.h"

namespace hookd::sqlite {
namespace {

absl::Status NoSuch(absl::string_view kind, const std::string& project, int64_t key) {
  return absl::NotFoundError(absl::StrCat("there is no ", kind, " ", EncodeId(key), " in project ", project));
}

constexpr char kDeliveryColumns[] =
    "SELECT d.key, d.event_key, d.webhook_key, w.id, d.event_type, d.state, d.attempt_count, "
    "d.response_status, d.error, d.next_attempt_time, d.last_outcome "
    "FROM deliveries d ";
constexpr char kDeliveryWebhook[] = " LEFT JOIN webhooks w ON w.key = d.webhook_key ";

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
  delivery.next_attempt_time = ReadTime(row, 9);
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
  attempt.request_headers = DecodeHeaders(row.Text(9));
  attempt.response_headers = DecodeHeaders(row.Text(10));
  attempt.response_body = std::string(row.Text(11));
  attempt.response_body_truncated = row.Int(12) != 0;
  return attempt;
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

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(Database& database, const SecretBox& secrets) {
  const auto select =
      database.Prepare(absl::StrCat("SELECT ", kWebhookColumns, " WHERE w.delete_time IS NULL"));
  if (!select.ok()) return select.status();
  std::vector<Webhook> webhooks;
  absl::Status opened;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    auto webhook = ReadWebhook(row, secrets);
    if (webhook.ok()) {
      webhooks.push_back(*std::move(webhook));
    } else {
      opened = webhook.status();
    }
    return opened.ok();
  });
  if (!read.ok()) return read;
  if (!opened.ok()) return opened;
  return webhooks;
}

absl::StatusOr<int64_t> LastKey(Database& database) {
  int64_t last = 0;
  for (const char* sql : {"SELECT max(key) FROM tokens", "SELECT max(key) FROM events",
                          "SELECT max(key) FROM deliveries", "SELECT max(key) FROM webhooks",
                          "SELECT max(key) FROM outcomes", "SELECT max(revision) FROM webhooks"}) {
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

absl::StatusOr<Delivery> ReadDelivery(Database& database, int64_t key) {
  const auto select = database.Prepare(absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE d.key = ?"));
  if (!select.ok()) return select.status();
  const auto row = (*select)->Bind(1, key).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("there is no such delivery");
  Delivery delivery = ReadDelivery(**select);
  (*select)->Reset();
  return delivery;
}

absl::StatusOr<Delivery> GetDelivery(Database& database, const std::string& project, int64_t key) {
  const auto select =
      database.Prepare(absl::StrCat(kDeliveryColumns, kDeliveryWebhook,
                                    "JOIN projects p ON p.key = d.project WHERE d.key = ? AND p.name = ?"));
  if (!select.ok()) return select.status();
  const auto row = (*select)->Bind(1, key).BindText(2, project).Step();
  if (!row.ok()) return row.status();
  if (!*row) return NoSuch("delivery", project, key);
  Delivery delivery = ReadDelivery(**select);
  int64_t outcome = (*select)->Int(10);
  (*select)->Reset();
  const auto attempt = database.Prepare(
      "SELECT number, start_time, name_lookup, connect, tls, first_byte, total, response_status, error, "
      "request_headers, response_headers, response_body, response_body_truncated, previous FROM outcomes "
      "WHERE key = ?");
  if (!attempt.ok()) return attempt.status();
  while (outcome != 0) {
    const auto found = (*attempt)->Bind(1, outcome).Step();
    if (!found.ok()) return found.status();
    if (!*found) break;
    if ((*attempt)->Int(0) > 0) delivery.attempts.push_back(ReadAttempt(**attempt));
    outcome = (*attempt)->Int(13);
    (*attempt)->Reset();
  }
  std::reverse(delivery.attempts.begin(), delivery.attempts.end());
  return delivery;
}

namespace {

// The newest keys of what waits, by the index of that, which has it by webhook: those never attempted by
// their keys, of which each webhook gives a page at most; those to be attempted again, which are few, by
// their times.
std::string WaitingKeysSql(absl::string_view webhooks, absl::string_view event_type) {
  const auto of_webhook = [](absl::string_view d, absl::string_view next_attempt_time) {
    return absl::StrCat("deliveries ", d, " INDEXED BY deliveries_waiting WHERE ", d,
                        ".webhook_key = o.key AND ", d, ".state = 1 AND ", d, ".next_attempt_time ",
                        next_attempt_time);
  };
  return absl::StrCat(
      "SELECT d.key FROM webhooks o CROSS JOIN ", of_webhook("d", "IS NULL"), event_type, " AND o.", webhooks,
      " AND d.key BETWEEN max(?2, ifnull((SELECT d.key FROM ", of_webhook("d", "IS NULL"), event_type,
      " AND d.key BETWEEN ?2 AND ?3 ORDER BY d.key DESC LIMIT 1 OFFSET ?4 - 1), 0)) AND ?3 "
      "UNION ALL SELECT d.key FROM webhooks o CROSS JOIN ",
      of_webhook("d", "IS NOT NULL"), event_type, " AND o.", webhooks, " AND d.key BETWEEN ?2 AND ?3");
}

}  // namespace

// Parameters: 1 the project's name, or with a webhook its key; 2 least key, 3 greatest key, 4 limit, 5 event
// type, which occurs if the query has it. The state is written out, as a partial index is used for nothing
// else.
std::string ListDeliveriesSql(const DeliveryQuery& query) {
  constexpr char kOfProject[] = "project = (SELECT key FROM projects WHERE name = ?1)";
  const std::string owner = query.webhook_id.has_value() ? "webhook_key = ?1" : kOfProject;
  const std::string of_type = query.event_type.has_value() ? " AND d.event_type = ?5" : "";
  std::string rest = absl::StrCat(" AND d.key BETWEEN ?2 AND ?3", of_type);
  if (query.state.has_value()) absl::StrAppend(&rest, " AND d.state = ", static_cast<int>(*query.state));
  constexpr char kEnd[] = " ORDER BY d.key DESC LIMIT ?4";
  // The event's few are a range of keys: the + keeps SQLite from walking anything else.
  if (query.event_key.has_value()) {
    return absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE +d.", owner, rest, kEnd);
  }
  const auto of_index = [&](absl::string_view index, absl::string_view where) {
    return absl::StrCat(kDeliveryColumns, "INDEXED BY ", index, kDeliveryWebhook, "WHERE d.", where, rest,
                        kEnd);
  };
  const auto of_keys = [&](absl::string_view keys) {
    return absl::StrCat(kDeliveryColumns, kDeliveryWebhook, "WHERE d.key IN (", keys,
                        " ORDER BY 1 DESC LIMIT ?4) ORDER BY d.key DESC");
  };
  if (query.state == DeliveryState::kPending) {
    return of_keys(WaitingKeysSql(query.webhook_id.has_value() ? "key = ?1" : kOfProject, of_type));
  }
  if (query.state == DeliveryState::kFailed || query.state == DeliveryState::kCanceled) {
    return of_index(
        query.webhook_id.has_value() ? "deliveries_missed_by_webhook" : "deliveries_missed_by_project",
        owner);
  }
  if (query.event_type.has_value()) {
    return of_index(query.webhook_id.has_value() ? "deliveries_by_webhook" : "deliveries_by_project", owner);
  }
  // The index has the type before the key: its runs, one a type, are merged.
  std::string runs;
  for (int type = 1; type <= kLastEventType; ++type) {
    absl::StrAppend(&runs, type == 1 ? "" : " UNION ALL ", "SELECT d.key FROM deliveries d WHERE d.", owner,
                    " AND d.event_type = ", type, rest);
  }
  return of_keys(runs);
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

}  // namespace hookd::sqlite
