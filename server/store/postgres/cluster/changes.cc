#include "store/postgres/cluster/changes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/log.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/reads.h"

namespace hookd {
namespace {

// The longest time between the time of a key and its commit: how long a writer waits for the server, and the
// server for an idle writer.
constexpr absl::Duration kLatest = absl::Seconds(10);

// The time that is nearly always enough.
constexpr absl::Duration kUsual = absl::Seconds(1);

// Between two reads of outcomes that were committed late.
constexpr absl::Duration kLateOutcomes = absl::Seconds(2);

// The most deliveries that one read reports. There are more only in a backlog, which the holder knows.
constexpr int kMaxArrivals = 10'000;

int64_t ToKey(absl::Time time) { return FirstKeyAt(time); }

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresChanges>> PostgresChanges::Create(PostgresConnection& connection,
                                                                         const SecretBox* secrets) {
  std::unique_ptr<PostgresChanges> changes(new PostgresChanges(secrets));
  const auto begin = connection.Query("SELECT " HOOKD_POSTGRES_NOW ", count FROM token_changes");
  if (!begin.ok()) return begin.status();
  changes->now_ = changes->configured_ = absl::FromUnixMicros(begin->Int(0, 0));
  changes->token_changes_ = begin->Int(0, 1);
  changes->soon_key_ = changes->late_key_ = ToKey(changes->now_ - kLatest);
  const auto tokens = postgres::LoadTokens(connection);
  if (!tokens.ok()) return tokens.status();
  for (const Token& token : *tokens) changes->tokens_[token.key] = token.id;
  return changes;
}

absl::Status PostgresChanges::LookAtConfiguration(PostgresConnection& connection,
                                                  Cluster::Listener& listener) {
  const int64_t since = oldest_revision();
  connection.Queue("SELECT " HOOKD_POSTGRES_NOW ", count FROM token_changes");
  connection.Queue(absl::StrCat("SELECT w.delete_time, ", postgres::kWebhookColumns,
                                " WHERE w.revision > $1 ORDER BY w.revision"),
                   std::move(PostgresParameters().Int(since)));
  const auto results = connection.Run();
  if (!results.ok()) return results.status();
  const PostgresRows& webhooks = (*results)[1];
  for (int i = 0; i < webhooks.size(); ++i) {
    auto webhook = postgres::ReadWebhook(webhooks, i, *secrets_, /*column=*/1);
    if (!webhook.ok()) {
      LogError("changed webhook cannot be read", {{"error", webhook.status().message()}});
      continue;
    }
    int64_t& reported = revisions_[webhook->key];
    if (reported == webhook->revision) continue;
    reported = webhook->revision;
    reported_.emplace_back(webhook->key, reported);
    webhooks.IsNull(i, 0) ? listener.OnWebhookChanged(*webhook) : listener.OnWebhookDeleted(webhook->key);
  }
  absl::erase_if(revisions_, [since](const auto& reported) { return reported.second <= since; });
  if ((*results)[0].Int(0, 1) != token_changes_) {
    const absl::Status looked = LookAtTokens(connection, listener);
    if (!looked.ok()) return looked;
    token_changes_ = (*results)[0].Int(0, 1);
  }
  now_ = configured_ = absl::FromUnixMicros((*results)[0].Int(0, 0));
  return absl::OkStatus();
}

int64_t PostgresChanges::oldest_revision() const { return ToKey(configured_ - kLatest); }

absl::Status PostgresChanges::LookAtTokens(PostgresConnection& connection, Cluster::Listener& listener) {
  const auto tokens = postgres::LoadTokens(connection);
  if (!tokens.ok()) return tokens.status();
  std::map<int64_t, std::string> there;
  for (const Token& token : *tokens) there[token.key] = token.id;
  // Deletions first: a new token may have the id of a deleted one.
  for (const auto& [key, id] : tokens_) {
    if (!there.contains(key)) listener.OnTokenDeleted(key);
  }
  for (const Token& token : *tokens) {
    if (!tokens_.contains(token.key)) listener.OnTokenCreated(token);
  }
  tokens_ = std::move(there);
  return absl::OkStatus();
}

absl::Status PostgresChanges::LookAtArrivals(PostgresConnection& connection,
                                             const std::vector<int64_t>& shards,
                                             Cluster::Listener& listener) {
  struct Look {
    int64_t* from;
    int64_t until;
  };
  for (const Look& look : {Look{&soon_key_, ToKey(now_ - kUsual)}, Look{&late_key_, ToKey(now_ - kLatest)}}) {
    if (look.until <= *look.from) continue;
    const auto rows = connection.Query(
        "SELECT d.key, d.webhook_key, p.name FROM (SELECT key, webhook_key, project FROM deliveries WHERE key >= $1 "
        "AND key < $2 AND state = 1 AND next_attempt_time = 0 AND " HOOKD_POSTGRES_SHARD(
            "webhook_key") " = ANY ($3::bigint[]) ORDER BY key LIMIT $4) d JOIN projects p ON p.key = d.project "
        "ORDER BY d.key",
        std::move(PostgresParameters().Int(*look.from).Int(look.until).Ints(shards).Int(kMaxArrivals)));
    if (!rows.ok()) return rows.status();
    absl::flat_hash_map<int64_t, Cluster::Arrival> by_webhook;
    for (int i = 0; i < rows->size(); ++i) {
      Cluster::Arrival& arrival = by_webhook[rows->Int(i, 1)];
      arrival.webhook_key = rows->Int(i, 1);
      arrival.project = std::string(rows->Text(i, 2));
      arrival.keys.push_back(rows->Int(i, 0));
    }
    std::vector<Cluster::Arrival> arrivals;
    for (auto& [key, arrival] : by_webhook) arrivals.push_back(std::move(arrival));
    if (!arrivals.empty()) listener.OnArrived(arrivals);
    *look.from = rows->size() < kMaxArrivals ? look.until : rows->Int(rows->size() - 1, 0) + 1;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> PostgresChanges::NewOutcomes(PostgresConnection& connection, int slot,
                                                                  absl::Time from) {
  const auto rows = connection.Query(
      "SELECT key FROM outcomes WHERE key >= $1 AND " HOOKD_POSTGRES_SLOT_OF_KEY("key") " <> $2",
      std::move(PostgresParameters().Int(ToKey(from)).Int(slot)));
  if (!rows.ok()) return rows.status();
  std::vector<int64_t> keys;
  for (int i = 0; i < rows->size(); ++i) {
    if (!seen_outcomes_.contains(rows->Int(i, 0))) keys.push_back(rows->Int(i, 0));
  }
  return keys;
}

absl::Status PostgresChanges::BeginOutcomes(PostgresConnection& connection, int slot) {
  seen_outcomes_.clear();
  const auto now = connection.Query("SELECT " HOOKD_POSTGRES_NOW);
  if (!now.ok()) return now.status();
  now_ = outcomes_ = all_outcomes_ = absl::FromUnixMicros(now->Int(0, 0));
  const auto there = NewOutcomes(connection, slot, now_ - kLatest);
  if (!there.ok()) return there.status();
  seen_outcomes_.insert(there->begin(), there->end());
  return absl::OkStatus();
}

absl::Status PostgresChanges::LookAtOutcomes(PostgresConnection& connection, int slot,
                                             Cluster::Listener& listener) {
  const bool all = now_ - all_outcomes_ >= kLateOutcomes;
  const absl::Time looked = now_;
  const auto keys = NewOutcomes(connection, slot, all ? all_outcomes_ - kLatest : outcomes_ - kUsual);
  if (!keys.ok()) return keys.status();
  if (!keys->empty()) {
    const auto outcomes = postgres::ReadTheseOutcomes(connection, *keys);
    if (!outcomes.ok()) return outcomes.status();
    for (const auto& [project, outcome] : *outcomes) listener.OnOutcome(project, outcome);
    seen_outcomes_.insert(keys->begin(), keys->end());
  }
  outcomes_ = looked;
  if (all) all_outcomes_ = looked;
  seen_outcomes_.erase(seen_outcomes_.begin(), seen_outcomes_.lower_bound(ToKey(all_outcomes_ - kLatest)));
  return absl::OkStatus();
}

}  // namespace hookd
