#include "store/postgres/reads.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "store/codec/answer_codec.h"
#include "store/codec/attempt_codec.h"
#include "store/codec/event_types_codec.h"
#include "store/codec/header_codec.h"
#include "store/codec/secret_codec.h"
#include "store/store_errors.h"

namespace hookd::postgres {
namespace {

constexpr char kFromDeliveries[] = " FROM deliveries d LEFT JOIN webhooks w ON w.key = d.webhook_key ";

Attempt ReadAttempt(const PostgresRows& rows) {
  Attempt attempt;
  attempt.number = static_cast<int>(rows.Int(0, 0));
  attempt.start_time = absl::FromUnixMicros(rows.Int(0, 1));
  attempt.name_lookup = absl::Microseconds(rows.Int(0, 2));
  attempt.connect = absl::Microseconds(rows.Int(0, 3));
  attempt.tls = absl::Microseconds(rows.Int(0, 4));
  attempt.first_byte = absl::Microseconds(rows.Int(0, 5));
  attempt.total = absl::Microseconds(rows.Int(0, 6));
  attempt.response_status = static_cast<int>(rows.Int(0, 7));
  attempt.error = std::string(rows.Text(0, 8));
  attempt.request_headers = DecodeHeaders(rows.Text(0, 9));
  attempt.response_headers = DecodeHeaders(rows.Text(0, 10));
  attempt.response_body = std::string(rows.Text(0, 11));
  attempt.response_body_truncated = rows.Int(0, 12) != 0;
  attempt.error_class = static_cast<ErrorClass>(rows.Int(0, 13));
  DecodeDetails(rows.Text(0, 14), attempt);
  return attempt;
}

}  // namespace

std::optional<absl::Time> ReadTimeOrZero(const PostgresRows& rows, int row, int column) {
  const int64_t micros = rows.Int(row, column);
  return micros == 0 ? std::nullopt : std::optional(absl::FromUnixMicros(micros));
}

absl::StatusOr<Webhook> ReadWebhook(const PostgresRows& rows, int row, const SecretBox& secrets, int column) {
  Webhook webhook;
  webhook.key = rows.Int(row, column);
  webhook.revision = rows.Int(row, column + 1);
  webhook.project = std::string(rows.Text(row, column + 2));
  webhook.project_key = rows.Int(row, column + 23);
  webhook.id = std::string(rows.Text(row, column + 3));
  webhook.url = std::string(rows.Text(row, column + 4));
  DecodeEventTypes(rows.Int(row, column + 5), webhook);
  webhook.disabled = rows.Int(row, column + 6) != 0;
  webhook.display_name = std::string(rows.Text(row, column + 7));
  webhook.timeout = absl::Milliseconds(rows.Int(row, column + 8));
  webhook.create_time = absl::FromUnixMicros(rows.Int(row, column + 9));
  webhook.update_time = absl::FromUnixMicros(rows.Int(row, column + 10));
  webhook.ordered = rows.Int(row, column + 11) != 0;
  webhook.max_concurrency = static_cast<int>(rows.Int(row, column + 12));
  if (!rows.IsNull(row, column + 13)) {
    webhook.rate_limit = RateLimit{.per_second = rows.Double(row, column + 13),
                                   .burst = static_cast<int>(rows.Int(row, column + 14))};
  }
  webhook.retry_policy = {.max_attempts = static_cast<int>(rows.Int(row, column + 15)),
                          .min_backoff = absl::Milliseconds(rows.Int(row, column + 16)),
                          .max_backoff = absl::Milliseconds(rows.Int(row, column + 17)),
                          .multiplier = rows.Double(row, column + 18)};
  webhook.disable_reason = static_cast<DisableReason>(rows.Int(row, column + 19));
  webhook.disable_time = ReadTime(rows, row, column + 20).value_or(absl::Time());
  webhook.failing_since = ReadTime(rows, row, column + 21);
  const auto opened = secrets.Open(rows.Text(row, column + 22), SecretsContext(webhook.key));
  if (!opened.ok()) return opened.status();
  if (!DecodeSecrets(*opened, webhook)) return SecretsDamaged();
  return webhook;
}

Delivery ReadDelivery(const PostgresRows& rows, int row) {
  Delivery delivery;
  delivery.key = rows.Int(row, 0);
  delivery.event_key = rows.Int(row, 1);
  delivery.webhook_key = rows.Int(row, 2);
  delivery.webhook_id = std::string(rows.Text(row, 3));
  delivery.event_type = static_cast<int>(rows.Int(row, 4));
  delivery.state = static_cast<DeliveryState>(rows.Int(row, 5));
  delivery.attempt_count = static_cast<int>(rows.Int(row, 6));
  delivery.response_status = static_cast<int>(rows.Int(row, 7));
  delivery.error = std::string(rows.Text(row, 8));
  delivery.next_attempt_time = ReadTimeOrZero(rows, row, 9);
  // An older hookd that shares the store leaves the class as it is.
  if (!delivery.error.empty()) delivery.error_class = static_cast<ErrorClass>(rows.Int(row, 11));
  return delivery;
}

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(PostgresConnection& connection, const SecretBox& secrets) {
  const auto rows =
      connection.Query(absl::StrCat("SELECT ", kWebhookColumns, " WHERE w.delete_time IS NULL"));
  if (!rows.ok()) return rows.status();
  std::vector<Webhook> webhooks;
  for (int i = 0; i < rows->size(); ++i) {
    auto webhook = ReadWebhook(*rows, i, secrets);
    if (!webhook.ok()) return webhook.status();
    webhooks.push_back(*std::move(webhook));
  }
  return webhooks;
}

absl::StatusOr<int64_t> LastKey(PostgresConnection& connection) {
  const auto last = connection.Query(
      "SELECT greatest((SELECT max(key) FROM tokens), (SELECT max(key) FROM events), (SELECT max(key) FROM "
      "deliveries), (SELECT max(key) FROM webhooks), (SELECT max(key) FROM outcomes), (SELECT max(revision) "
      "FROM webhooks), (SELECT max(position) FROM search_index))");
  if (!last.ok()) return last.status();
  return last->IsNull(0, 0) ? 0 : last->Int(0, 0);
}

absl::StatusOr<Store::Accepted> FindAccepted(PostgresConnection& connection, const std::string& project,
                                             const RequestId& request_id) {
  const auto rows = connection.Query(
      "SELECT r.fingerprint, r.answer FROM requests r JOIN projects p ON p.key = r.project "
      "WHERE p.name = $1 AND r.id = $2",
      PostgresParameters().Text(project).Bytes(absl::string_view(request_id.id)));
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return RequestIdNotFound();
  return FirstAnswer(request_id, rows->Text(0, 0), rows->Text(0, 1));
}

absl::StatusOr<Event> GetEvent(PostgresConnection& connection, const std::string& project, int64_t key) {
  const auto rows = connection.Query(
      "SELECT e.type, e.event, e.webhook_count FROM events e JOIN projects p ON p.key = e.project "
      "WHERE e.key = $1 AND p.name = $2",
      PostgresParameters().Int(key).Text(project));
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return EventNotFound(project, key);
  return Event{.key = key,
               .type = static_cast<int>(rows->Int(0, 0)),
               .event = std::string(rows->Text(0, 1)),
               .emit_time = TimeOfKey(key),
               .webhook_count = static_cast<int>(rows->Int(0, 2))};
}

absl::StatusOr<Delivery> GetDelivery(PostgresConnection& connection, const std::string& project,
                                     int64_t key) {
  const auto rows =
      connection.Query(absl::StrCat("SELECT ", kDeliveryColumns, kFromDeliveries,
                                    "JOIN projects p ON p.key = d.project WHERE d.key = $1 AND p.name = $2"),
                       PostgresParameters().Int(key).Text(project));
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return DeliveryNotFound(project, key);
  Delivery delivery = ReadDelivery(*rows, 0);
  int64_t outcome = rows->Int(0, 10);
  while (outcome != 0) {
    const auto found = connection.Query(
        "SELECT number, start_time, name_lookup, connect, tls, first_byte, total, response_status, error, "
        "request_headers, response_headers, response_body, response_body_truncated, error_class, details, "
        "previous FROM outcomes "
        "WHERE key = $1",
        PostgresParameters().Int(outcome));
    if (!found.ok()) return found.status();
    if (found->size() == 0) break;
    if (found->Int(0, 0) > 0) delivery.attempts.push_back(ReadAttempt(*found));
    outcome = found->Int(0, 15);
  }
  std::reverse(delivery.attempts.begin(), delivery.attempts.end());
  return delivery;
}

}  // namespace hookd::postgres
