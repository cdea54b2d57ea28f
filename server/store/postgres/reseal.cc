// Seals the store's secrets again when it is opened with a new key.
#include "store/postgres/reseal.h"

#include <utility>

#include "base/limits.h"
#include "store/codec/answer_codec.h"
#include "store/codec/secret_codec.h"

namespace hookd {
namespace {

// Where sealed secrets are: in a column `secrets`. Rows are locked, so that one of several processes seals
// them.
struct Place {
  const char* select;  // secrets, what identifies the webhook, and for an answer its project and id
  bool answer;         // whether the second column is a first answer, rather than the webhook's key
  const char* update;  // $1: the new form; then the columns of `select` from the third on
};

constexpr Place kPlaces[] = {
    {.select = "SELECT secrets, key FROM webhooks WHERE secrets <> '' ORDER BY key FOR UPDATE",
     .answer = false,
     .update = "UPDATE webhooks SET secrets = $1 WHERE key = $2"},
    {.select =
         "SELECT secrets, answer, project, id FROM requests WHERE secrets IS NOT NULL ORDER BY project, id "
         "FOR UPDATE",
     .answer = true,
     .update = "UPDATE requests SET secrets = $1 WHERE project = $2 AND id = $3"},
};

absl::Status ResealPlace(PostgresConnection& connection, const SecretBox& secrets, const Place& place) {
  const auto rows = connection.Query(place.select, {}, limits::kMigrationPatience);
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) {
    if (!secrets.IsStale(rows->Text(i, 0))) continue;
    int64_t key = 0;
    if (!place.answer) {
      key = rows->Int(i, 1);
    } else if (const auto webhook = DecodeWebhookAnswer(rows->Text(i, 1))) {
      key = webhook->key;
    }
    const auto secret = secrets.Open(rows->Text(i, 0), SecretsContext(key));
    if (!secret.ok()) return secret.status();
    PostgresParameters parameters;
    parameters.Bytes(absl::string_view(secrets.Seal(*secret, SecretsContext(key))));
    if (place.answer) {
      parameters.Int(rows->Int(i, 2)).Bytes(rows->Text(i, 3));
    } else {
      parameters.Int(key);
    }
    const auto updated = connection.Query(place.update, std::move(parameters));
    if (!updated.ok()) return updated.status();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ResealSecrets(PostgresConnection& connection, const SecretBox& secrets) {
  absl::Status status = connection.Execute("BEGIN");
  for (const Place& place : kPlaces) {
    if (status.ok()) status = ResealPlace(connection, secrets, place);
  }
  if (status.ok()) return connection.Execute("COMMIT");
  connection.Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace hookd
