#include "store/postgres/writes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/limits.h"
#include "store/codec/answer_codec.h"
#include "store/codec/header_codec.h"
#include "store/postgres/reads.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

using Kind = PostgresArray::Kind;

// From then until the next time that keys can distinguish.
absl::Duration UntilNextKeyTime(absl::Time now) {
  return TimeOfKey(FirstKeyAt(now)) + absl::Milliseconds(1) - now;
}

// The rows of a statement, column by column.
struct EventRows {
  static constexpr char kInsert[] =
      "INSERT INTO events (key, project, type, webhook_count, event, traceparent, tracestate) SELECT * FROM "
      "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::text[], $7::text[])";

  void Add(int64_t key, int64_t project, const NewEvent& event) {
    ++count;
    keys.Add(key);
    projects.Add(project);
    types.Add(event.type);
    webhook_counts.Add(static_cast<int64_t>(event.webhooks.size()));
    events.Add(absl::string_view(event.event));
    if (event.trace == nullptr) {
      parents.AddNull();
      states.AddNull();
    } else {
      parents.Add(absl::string_view(event.trace->parent));
      states.Add(absl::string_view(event.trace->state));
    }
  }
  PostgresParameters Parameters() const {
    PostgresParameters parameters;
    for (const PostgresArray* column :
         {&keys, &projects, &types, &webhook_counts, &events, &parents, &states}) {
      parameters.Array(*column);
    }
    return parameters;
  }

  int count = 0;
  PostgresArray keys{Kind::kInts}, projects{Kind::kInts}, types{Kind::kInts}, webhook_counts{Kind::kInts},
      events{Kind::kBytes}, parents{Kind::kTexts}, states{Kind::kTexts};
};

struct DeliveryRows {
  static constexpr char kInsert[] =
      "INSERT INTO deliveries (key, event_key, webhook_key, project, event_type, state) SELECT *, 1 FROM "
      "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])";

  void Add(int64_t key, int64_t event_key, int64_t webhook, int64_t project, int type) {
    ++count;
    keys.Add(key);
    event_keys.Add(event_key);
    webhooks.Add(webhook);
    projects.Add(project);
    types.Add(type);
  }
  PostgresParameters Parameters() const {
    PostgresParameters parameters;
    for (const PostgresArray* column : {&keys, &event_keys, &webhooks, &projects, &types}) {
      parameters.Array(*column);
    }
    return parameters;
  }

  int count = 0;
  PostgresArray keys{Kind::kInts}, event_keys{Kind::kInts}, webhooks{Kind::kInts}, projects{Kind::kInts},
      types{Kind::kInts};
};

// The answers to calls with a request id. The statement's last parameter is the time.
struct AnswerRows {
  static constexpr char kInsert[] =
      "INSERT INTO requests (project, id, fingerprint, answer, time) SELECT *, $5 FROM "
      "unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[])";

  void Add(int64_t project, const RequestId& request_id, absl::string_view answer) {
    ++count;
    projects.Add(project);
    ids.Add(absl::string_view(request_id.id));
    fingerprints.Add(absl::string_view(request_id.fingerprint));
    answers.Add(answer);
  }
  PostgresParameters Parameters() const {
    PostgresParameters parameters;
    for (const PostgresArray* column : {&projects, &ids, &fingerprints, &answers}) parameters.Array(*column);
    return parameters;
  }

  int count = 0;
  PostgresArray projects{Kind::kInts}, ids{Kind::kBytes}, fingerprints{Kind::kBytes}, answers{Kind::kBytes};
};

}  // namespace

absl::Status PostgresWrites::LostSlot() {
  return absl::UnavailableError("this process's lease on the store expired: it is taking a new slot");
}

absl::Status PostgresWrites::Begin() {
  const auto connection = session_->Get();
  if (!connection.ok()) return connection.status();
  connection_ = *connection;
  if (node_->lease().slot < 0) return LostSlot();
  return absl::OkStatus();
}

void PostgresWrites::Rollback() {
  for (Record* record : records_sent_) {
    if (committing_) record->maybe_key = record->key;
  }
  if (begun_ && !connection_->broken()) connection_->Execute("ROLLBACK").IgnoreError();
  begun_ = committing_ = false;
  accepts_.clear();
  records_.clear();
  records_sent_.clear();
  recorded_deliveries_.clear();
  on_rows_.clear();
  notices_.Take();
  accepted_ = false;
  // What the transaction created may not exist.
  project_keys_.clear();
  partitions_.Forget();
}

absl::Status PostgresWrites::Commit() {
  absl::Status status = QueueGathered();
  if (!status.ok() || !begun_) return status;
  Queue("COMMIT");
  // After the transaction, in the same round trip: NOTIFY within it would make all others wait for its
  // commit.
  const std::vector<std::string> texts = notices_.Take();
  if (!texts.empty()) {
    Queue("SELECT pg_notify($1, text) FROM unnest($2::text[]) text",
          PostgresParameters().Text(shards_->channel()).Texts(texts));
  }
  committing_ = true;
  connection_->TakeWarning();
  status = SendQueued();
  // An error from the server is an answer.
  if (!status.ok()) committing_ = connection_->broken();
  if (!status.ok()) return status;
  if (connection_->TakeWarning()) {
    connection_->GiveUp();
    return absl::UnavailableError(
        "the store's PostgreSQL could not replicate a commit to its standby: check both servers");
  }
  begun_ = committing_ = false;
  const bool accepted = std::exchange(accepted_, false);
  records_sent_.clear();
  // A caller that gets the answer may call another process, whose keys are greater only at a later time.
  if (accepted && clock_ == nullptr)
    absl::SleepFor(now_read_ + UntilNextKeyTime(now_) - Clock::Real()->Steady());
  return absl::OkStatus();
}

absl::Status PostgresWrites::TryWrite() {
  return Run("SELECT version FROM schema_version FOR UPDATE").status();
}

absl::Status PostgresWrites::AcceptEvents(Accept* accept) {
  accepts_.push_back(accept);
  return absl::OkStatus();
}

absl::Status PostgresWrites::RecordOutcome(Record* record) {
  // A statement changes a delivery once.
  if (!recorded_deliveries_.insert(record->outcome.delivery_key).second) {
    const absl::Status flushed = Flush();
    if (!flushed.ok()) return flushed;
    recorded_deliveries_.insert(record->outcome.delivery_key);
  }
  records_.push_back(record);
  return absl::OkStatus();
}

void PostgresWrites::SkipKeysTo(int64_t key) {
  int64_t before = skip_keys_to_.load();
  while (before < key && !skip_keys_to_.compare_exchange_weak(before, key)) {
  }
}

int64_t PostgresWrites::TakeKeys(int64_t count) {
  keys_.SkipTo(skip_keys_to_.load());
  return keys_.Take(now_, count);
}

void PostgresWrites::Queue(const std::string& sql, PostgresParameters parameters, OnRows on_rows) {
  connection_->Queue(sql, std::move(parameters));
  on_rows_.push_back(std::move(on_rows));
}

absl::Status PostgresWrites::SendQueued() {
  const auto on_rows = std::exchange(on_rows_, {});
  const auto results = connection_->Run();
  if (!results.ok()) return results.status();
  for (size_t i = 0; i < on_rows.size(); ++i) {
    if (on_rows[i]) on_rows[i]((*results)[i]);
  }
  return absl::OkStatus();
}

absl::Status PostgresWrites::QueueGathered() {
  if (accepts_.empty() && records_.empty()) return absl::OkStatus();
  const absl::Status looked = BeginAndRead();
  if (!looked.ok()) return looked;
  QueueEvents();
  QueueOutcomes();
  return absl::OkStatus();
}

absl::Status PostgresWrites::Flush() {
  absl::Status status = QueueGathered();
  if (status.ok() && !begun_) status = BeginAndRead();
  if (status.ok() && !on_rows_.empty()) status = SendQueued();
  return status;
}

absl::StatusOr<PostgresRows> PostgresWrites::Run(const std::string& sql, PostgresParameters parameters) {
  const absl::Status flushed = Flush();
  if (!flushed.ok()) return flushed;
  return connection_->Query(sql, std::move(parameters));
}

bool PostgresWrites::IsAnswered(Accept& accept) {
  for (const NewEvent& event : accept.events) {
    if (static_cast<int64_t>(event.webhooks.size()) <= limits::kMaxWebhooksPerEvent) continue;
    accept.answer = absl::FailedPreconditionError(
        absl::StrCat("the event goes to ", event.webhooks.size(), " webhooks; the limit is ",
                     limits::kMaxWebhooksPerEvent, ": divide its project"));
    return true;
  }
  if (!accept.request_id.has_value()) return false;
  const auto known = known_.find({accept.project, accept.request_id->id});
  if (known == known_.end()) return false;
  accept.answer = FirstAnswer(*accept.request_id, known->second.fingerprint, known->second.bytes);
  return true;
}

void PostgresWrites::QueueEvents() {
  EventRows events;
  DeliveryRows deliveries;
  AnswerRows answers;
  for (Accept* accept : std::exchange(accepts_, {})) {
    if (IsAnswered(*accept)) continue;
    const int64_t project = project_keys_.at(accept->project);
    Store::Accepted accepted;
    accepted.project_key = project;
    accepted.events.reserve(accept->events.size());
    for (const NewEvent& event : accept->events) {
      const auto count = static_cast<int64_t>(event.webhooks.size());
      const int64_t key = TakeKeys(1 + count);
      events.Add(key, project, event);
      int64_t delivery_key = key;
      for (const int64_t webhook : event.webhooks) {
        deliveries.Add(++delivery_key, key, webhook, project, event.type);
        if (!shards_->Holds(webhook)) notices_.Arrived(accept->project, webhook, delivery_key);
      }
      accepted.events.push_back(
          {.key = key, .emit_time = TimeOfKey(key), .webhook_count = static_cast<int>(count)});
    }
    if (accept->request_id.has_value()) {
      const std::string answer = EncodeAnswer(accepted.events);
      answers.Add(project, *accept->request_id, answer);
      known_[{accept->project, accept->request_id->id}] = {.bytes = answer,
                                                           .fingerprint = accept->request_id->fingerprint};
    }
    accept->answer = std::move(accepted);
  }
  accepted_ |= events.count > 0;
  if (events.count > 0) Queue(EventRows::kInsert, events.Parameters());
  if (deliveries.count > 0) Queue(DeliveryRows::kInsert, deliveries.Parameters());
  if (answers.count == 0) return;
  Queue(AnswerRows::kInsert, answers.Parameters().Int(absl::ToUnixMicros(now_)));
  QueueRequestExpiry(answers.count);
}

void PostgresWrites::QueueRequestExpiry(int kept) {
  Queue(
      "DELETE FROM requests WHERE (project, id) IN (SELECT project, id FROM requests WHERE time < $1 "
      "ORDER BY time LIMIT $2 FOR UPDATE SKIP LOCKED)",
      PostgresParameters()
          .Int(absl::ToUnixMicros(now_ - limits::kRequestIdLifetime))
          .Int(int64_t{kept} * kExpiredAnswersPerKept));
}

}  // namespace hookd
