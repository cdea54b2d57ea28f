// The part of PostgresWrites for deliveries: outcomes and redeliveries.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "store/codec/attempt_codec.h"
#include "store/codec/header_codec.h"
#include "store/postgres/reads.h"
#include "store/postgres/writes.h"

namespace hookd {
namespace {

using Kind = PostgresArray::Kind;

// The columns of an outcome, in the order of u in the statement below.
struct OutcomeColumns {
  PostgresArray keys{Kind::kInts}, deliveries{Kind::kInts}, epochs{Kind::kInts}, states{Kind::kInts},
      statuses{Kind::kInts}, next_times{Kind::kInts}, errors{Kind::kTexts}, numbers{Kind::kInts},
      starts{Kind::kInts}, lookups{Kind::kInts}, connects{Kind::kInts}, tls{Kind::kInts}, firsts{Kind::kInts},
      totals{Kind::kInts}, requests{Kind::kBytes}, responses{Kind::kBytes}, bodies{Kind::kBytes},
      truncated{Kind::kInts}, error_classes{Kind::kInts}, details{Kind::kBytes};

  void Add(int64_t key, const Outcome& outcome) {
    keys.Add(key);
    deliveries.Add(outcome.delivery_key);
    epochs.Add(outcome.epoch);
    states.Add(static_cast<int64_t>(outcome.state));
    next_times.Add(ToMicros(outcome.next_attempt_time).value_or(0));
    errors.Add(absl::string_view(outcome.error));
    if (!outcome.attempt.has_value()) {
      for (PostgresArray* of_attempt : {&statuses, &numbers, &error_classes}) of_attempt->Add(int64_t{0});
      for (PostgresArray* of_attempt : {&starts, &lookups, &connects, &tls, &firsts, &totals, &requests,
                                        &responses, &bodies, &truncated, &details}) {
        of_attempt->AddNull();
      }
      return;
    }
    const Attempt& attempt = *outcome.attempt;
    statuses.Add(attempt.response_status);
    numbers.Add(attempt.number);
    starts.Add(absl::ToUnixMicros(attempt.start_time));
    lookups.Add(absl::ToInt64Microseconds(attempt.name_lookup));
    connects.Add(absl::ToInt64Microseconds(attempt.connect));
    tls.Add(absl::ToInt64Microseconds(attempt.tls));
    firsts.Add(absl::ToInt64Microseconds(attempt.first_byte));
    totals.Add(absl::ToInt64Microseconds(attempt.total));
    requests.Add(absl::string_view(EncodeHeaders(attempt.request_headers)));
    responses.Add(absl::string_view(EncodeHeaders(attempt.response_headers)));
    bodies.Add(absl::string_view(attempt.response_body));
    truncated.Add(int64_t{attempt.response_body_truncated});
    error_classes.Add(static_cast<int64_t>(attempt.error_class));
    details.Add(absl::string_view(EncodeDetails(attempt)));
  }
};

// $21 and $22 are the least and the greatest key of the deliveries, so that the planner excludes other days.
// Its statistics have no rows with current keys: it would scan all deliveries between them, and all outcomes
// for each of these. Therefore each outcome looks its delivery up, and the updated rows are named (and joined
// by hash: see PostgresStore::PrepareWriter). An outcome whose shard this slot ($23) does not hold with its
// epoch is not recorded; the transaction's lock on the slot keeps that from changing. The shards are read
// once, rather than for each outcome.
constexpr char kRecordOutcomes[] =
    "WITH recorded AS (INSERT INTO outcomes (key, delivery_key, previous, state, attempt_count, response_status, "
    "next_attempt_time, error, number, start_time, name_lookup, connect, tls, first_byte, total, request_headers, "
    "response_headers, response_body, response_body_truncated, error_class, details) "
    "SELECT u.key, d.key, d.last_outcome, u.state, CASE WHEN u.number > 0 THEN u.number ELSE d.attempt_count END, "
    "CASE WHEN u.number > 0 THEN u.response_status ELSE d.response_status END, u.next_attempt_time, u.error, "
    "u.number, u.start_time, u.name_lookup, u.connect, u.tls, u.first_byte, u.total, u.request_headers, "
    "u.response_headers, u.response_body, u.truncated <> 0, CASE WHEN u.number > 0 THEN u.error_class ELSE "
    "d.error_class END, u.details FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], "
    "$6::bigint[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], "
    "$14::bigint[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bigint[], $19::bigint[], $20::bytea[]) "
    "u (key, delivery_key, epoch, state, response_status, next_attempt_time, error, number, start_time, name_lookup, "
    "connect, tls, first_byte, total, request_headers, response_headers, response_body, truncated, error_class, "
    "details) CROSS JOIN LATERAL (SELECT key, webhook_key, last_outcome, attempt_count, response_status, error_class "
    "FROM deliveries WHERE key = u.delivery_key AND key BETWEEN $21 AND $22 LIMIT 1) d "
    "WHERE u.epoch = 0 OR (" HOOKD_POSTGRES_SHARD("d.webhook_key") ", u.epoch) IN "
    "(SELECT s.shard::bigint, s.epoch FROM shards s WHERE s.slot = $23 AND s.slot_epoch = $24) "
    "RETURNING key, delivery_key, state, attempt_count, response_status, next_attempt_time, error, error_class) "
    "UPDATE deliveries d SET state = r.state, error = r.error, attempt_count = r.attempt_count, "
    "response_status = r.response_status, error_class = r.error_class, next_attempt_time = r.next_attempt_time, "
    "last_outcome = r.key "
    "FROM recorded r WHERE d.key = r.delivery_key AND d.key = ANY ($2::bigint[]) RETURNING r.key";

}  // namespace

std::string postgres::RecordOutcomesSql() { return kRecordOutcomes; }

void PostgresWrites::QueueOutcomes() {
  recorded_deliveries_.clear();
  if (records_.empty()) return;
  OutcomeColumns columns;
  int64_t least = records_.front()->outcome.delivery_key, greatest = least;
  auto sent = std::make_shared<absl::flat_hash_map<int64_t, Record*>>();
  for (Record* record : records_) {
    record->key = TakeKeys(1);
    columns.Add(record->key, record->outcome);
    least = std::min(least, record->outcome.delivery_key);
    greatest = std::max(greatest, record->outcome.delivery_key);
    (*sent)[record->key] = record;
    records_sent_.push_back(record);
  }
  records_.clear();
  PostgresParameters parameters;
  for (const PostgresArray* column :
       {&columns.keys,     &columns.deliveries, &columns.epochs,        &columns.states,
        &columns.statuses, &columns.next_times, &columns.errors,        &columns.numbers,
        &columns.starts,   &columns.lookups,    &columns.connects,      &columns.tls,
        &columns.firsts,   &columns.totals,     &columns.requests,      &columns.responses,
        &columns.bodies,   &columns.truncated,  &columns.error_classes, &columns.details}) {
    parameters.Array(*column);
  }
  parameters.Int(least).Int(greatest).Int(slot_).Int(slot_generation_);
  Queue(postgres::RecordOutcomesSql(), std::move(parameters), [sent](const PostgresRows& rows) {
    for (int i = 0; i < rows.size(); ++i) sent->erase(rows.Int(i, 0));
    for (const auto& [key, refused] : *sent) refused->key = 0;
  });
}

WriteResult<std::vector<Delivery>> PostgresWrites::RetryDeliveries(const std::string& project,
                                                                   const std::vector<int64_t>& keys,
                                                                   absl::Time next_attempt_time) {
  std::vector<Delivery> retried;
  if (keys.empty()) return retried;
  const auto rows = Run(
      absl::StrCat(
          "UPDATE deliveries d SET state = 1, next_attempt_time = $1, earlier_attempt_count = attempt_count "
          "FROM webhooks w WHERE d.key = ANY ($2::bigint[]) AND d.state <> 1 AND "
          "d.project = (SELECT key FROM projects WHERE name = $3) AND w.key = d.webhook_key AND "
          "w.delete_time IS NULL RETURNING ",
          postgres::kDeliveryColumns),
      PostgresParameters().Int(absl::ToUnixMicros(next_attempt_time)).Ints(keys).Text(project));
  if (!rows.ok()) return rows.status();
  absl::flat_hash_map<int64_t, Delivery> changed;
  for (int i = 0; i < rows->size(); ++i) {
    Delivery delivery = postgres::ReadDelivery(*rows, i);
    changed[delivery.key] = std::move(delivery);
  }
  // In the order of the call, without repetitions.
  for (const int64_t key : keys) {
    auto found = changed.extract(key);
    if (!found) continue;
    retried.push_back(std::move(found.mapped()));
    if (!shards_->Holds(retried.back().webhook_key))
      notices_.WaitsAgain(project, retried.back().webhook_key, next_attempt_time);
  }
  return retried;
}

}  // namespace hookd
