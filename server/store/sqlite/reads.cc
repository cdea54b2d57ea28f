#include "store/sqlite/reads.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "store/codec/answer_codec.h"
#include "store/codec/attempt_codec.h"
#include "store/codec/header_codec.h"
#include "store/sqlite/writes.h"
#include "store/store_errors.h"

namespace hookd::sqlite {
namespace {

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
  attempt.error_class = static_cast<ErrorClass>(row.Int(13));
  DecodeDetails(row.Text(14), attempt);
  return attempt;
}

}  // namespace

const char kDeliveryColumns[] =
    "SELECT d.key, d.event_key, d.webhook_key, w.id, d.event_type, d.state, d.attempt_count, "
    "d.response_status, d.error, d.next_attempt_time, d.last_outcome, d.error_class "
    "FROM deliveries d ";
const char kDeliveryWebhook[] = " LEFT JOIN webhooks w ON w.key = d.webhook_key ";

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
  delivery.error_class = static_cast<ErrorClass>(row.Int(11));
  return delivery;
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
  for (const char* sql :
       {"SELECT max(key) FROM tokens", "SELECT max(key) FROM events", "SELECT max(key) FROM deliveries",
        "SELECT max(key) FROM webhooks", "SELECT max(key) FROM outcomes",
        "SELECT max(revision) FROM webhooks", "SELECT max(position) FROM search_index",
        "SELECT max(counted_to) FROM stats_logs", "SELECT max(end_key) FROM stats_logs"}) {
    const auto key = database.QueryInt(sql);
    if (!key.ok()) return key.status();
    last = std::max(last, *key);
  }
  return last;
}

absl::StatusOr<Store::Accepted> FindAccepted(Database& database, const std::string& project,
                                             const RequestId& request_id) {
  const auto select = database.Prepare(
      "SELECT r.fingerprint, r.answer FROM requests r JOIN projects p ON p.key = r.project "
      "WHERE p.name = ? AND r.id = ?");
  if (!select.ok()) return select.status();
  const auto row = (*select)->BindText(1, project).BindText(2, request_id.id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return RequestIdNotFound();
  auto accepted = FirstAnswer(request_id, (*select)->Text(0), (*select)->Text(1));
  (*select)->Reset();
  return accepted;
}

absl::StatusOr<Event> GetEvent(Database& database, const std::string& project, int64_t key) {
  const auto select = database.Prepare(
      "SELECT e.type, e.event, e.webhook_count FROM events e JOIN projects p ON p.key = e.project "
      "WHERE e.key = ? AND p.name = ?");
  if (!select.ok()) return select.status();
  const auto row = (*select)->Bind(1, key).BindText(2, project).Step();
  if (!row.ok()) return row.status();
  if (!*row) return EventNotFound(project, key);
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
  if (!*row) return absl::NotFoundError(absl::StrCat("delivery ", EncodeId(key), " not found"));
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
  if (!*row) return DeliveryNotFound(project, key);
  Delivery delivery = ReadDelivery(**select);
  int64_t outcome = (*select)->Int(10);
  (*select)->Reset();
  const auto attempt = database.Prepare(
      "SELECT number, start_time, name_lookup, connect, tls, first_byte, total, response_status, error, "
      "request_headers, response_headers, response_body, response_body_truncated, error_class, details, "
      "previous FROM outcomes "
      "WHERE key = ?");
  if (!attempt.ok()) return attempt.status();
  while (outcome != 0) {
    const auto found = (*attempt)->Bind(1, outcome).Step();
    if (!found.ok()) return found.status();
    if (!*found) break;
    if ((*attempt)->Int(0) > 0) delivery.attempts.push_back(ReadAttempt(**attempt));
    outcome = (*attempt)->Int(15);
    (*attempt)->Reset();
  }
  std::reverse(delivery.attempts.begin(), delivery.attempts.end());
  return delivery;
}

}  // namespace hookd::sqlite
