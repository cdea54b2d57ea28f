// Sealing the store's secrets anew, when it is opened with another key than they were sealed with.
#include <string>
#include <utility>
#include <vector>

#include "store/answer_codec.h"
#include "store/secret_codec.h"
#include "store/sqlite_reads.h"
#include "store/sqlite_writes.h"

namespace hookd {
namespace {

// Where a sealed secret stands: in a column `secrets`, beside the key of its webhook.
struct Place {
  const char* select;  // secrets, and what tells the webhook
  int64_t (*webhook_key)(const Statement& row);
  const char* update;  // 1: the new form, 2: the webhook's key, 3: the old form
};

constexpr Place kPlaces[] = {
    {.select = "SELECT secrets, key FROM webhooks WHERE secrets != x''",
     .webhook_key = [](const Statement& row) { return row.Int(1); },
     .update = "UPDATE webhooks SET secrets = ?1 WHERE key = ?2 AND secrets = ?3"},
    {.select = "SELECT secrets, answer FROM requests WHERE secrets IS NOT NULL",
     .webhook_key =
         [](const Statement& row) {
           const auto webhook = DecodeWebhookAnswer(row.Text(1));
           return webhook.has_value() ? webhook->key : 0;
         },
     .update =
         "UPDATE requests SET secrets = ?1 WHERE secrets IS NOT NULL AND secrets = ?3 AND ?2 IS NOT NULL"},
};

struct Resealed {
  int64_t webhook_key = 0;
  std::string before, after;
};

absl::StatusOr<std::vector<Resealed>> ResealStale(Database& database, const SecretBox& secrets,
                                                  const Place& place) {
  const auto select = database.Prepare(place.select);
  if (!select.ok()) return select.status();
  std::vector<Resealed> resealed;
  absl::Status opened;
  const absl::Status read = sqlite::ForEachRow(**select, [&](const Statement& row) {
    if (!secrets.IsStale(row.Text(0))) return true;
    const int64_t key = place.webhook_key(row);
    const auto secret = secrets.Open(row.Text(0), SecretsContext(key));
    opened = secret.status();
    if (!opened.ok()) return false;
    resealed.push_back({.webhook_key = key,
                        .before = std::string(row.Text(0)),
                        .after = secrets.Seal(*secret, SecretsContext(key))});
    return true;
  });
  if (!read.ok()) return read;
  if (!opened.ok()) return opened;
  return resealed;
}

// How many there were.
absl::StatusOr<size_t> ResealPlace(Database& database, const SecretBox& secrets, const Place& place) {
  const auto stale = ResealStale(database, secrets, place);
  if (!stale.ok()) return stale.status();
  const auto update = database.Prepare(place.update);
  if (!update.ok()) return update.status();
  for (const Resealed& each : *stale) {
    const absl::Status updated =
        (*update)->BindBlob(1, each.after).Bind(2, each.webhook_key).BindBlob(3, each.before).Run();
    if (!updated.ok()) return updated;
  }
  return stale->size();
}

}  // namespace

absl::Status ResealSecrets(Database& database, const SecretBox& secrets) {
  // What is replaced is overwritten with zeros, not left in the file.
  absl::Status status = database.Execute("PRAGMA secure_delete = ON; BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  size_t count = 0;
  for (const Place& place : kPlaces) {
    const auto resealed = ResealPlace(database, secrets, place);
    if (!resealed.ok()) {
      database.Execute("ROLLBACK").IgnoreError();
      return resealed.status();
    }
    count += *resealed;
  }
  status = database.Execute("COMMIT; PRAGMA secure_delete = OFF");
  // The old form may stand in the log too.
  if (status.ok() && count > 0) status = database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return status;
}

}  // namespace hookd
