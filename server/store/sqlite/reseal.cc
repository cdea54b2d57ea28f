// Seals the store's secrets again when it is opened with a new key.
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "store/codec/answer_codec.h"
#include "store/codec/secret_codec.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/store_room.h"
#include "store/sqlite/writes.h"

namespace hookd {
namespace {

// Where sealed secrets are: in a column `secrets`, in a row with the key of their webhook.
struct Place {
  const char* select;  // secrets, and what identifies the webhook
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

absl::Status ResealPlace(Database& database, const SecretBox& secrets, const Place& place) {
  const auto stale = ResealStale(database, secrets, place);
  if (!stale.ok()) return stale.status();
  const auto update = database.Prepare(place.update);
  if (!update.ok()) return update.status();
  for (const Resealed& each : *stale) {
    const absl::Status updated =
        (*update)->BindBlob(1, each.after).Bind(2, each.webhook_key).BindBlob(3, each.before).Run();
    if (!updated.ok()) return updated;
  }
  return absl::OkStatus();
}

// The key that sealed every secret in the file, free pages included; empty if there is none.
absl::StatusOr<std::string> ScrubbedFor(Database& database) {
  const auto select = database.Prepare("SELECT key_id FROM scrubbed");
  if (!select.ok()) return select.status();
  std::string key_id;
  const absl::Status read = sqlite::ForEachRow(**select, [&](const Statement& row) {
    key_id = std::string(row.Text(0));
    return true;
  });
  if (!read.ok()) return read;
  return key_id;
}

// Seals stale secrets again, in one transaction. Without a key, free pages may contain anything.
absl::Status Reseal(Database& database, const SecretBox& secrets) {
  absl::Status status = database.Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  for (const Place& place : kPlaces) {
    status = ResealPlace(database, secrets, place);
    if (!status.ok()) break;
  }
  if (status.ok() && !secrets.encrypts()) status = database.Execute("DELETE FROM scrubbed");
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok() && database.InTransaction()) database.Execute("ROLLBACK").IgnoreError();
  return status;
}

// While it exists, SQLite's temporary files are in this directory, not in /tmp: they are as large as the
// store. Affects the whole process, while a store is opened.
class TemporaryFilesIn {
 public:
  explicit TemporaryFilesIn(const std::string& folder) {
    sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
  }
  ~TemporaryFilesIn() {
    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = nullptr;
  }
  TemporaryFilesIn(const TemporaryFilesIn&) = delete;
  TemporaryFilesIn& operator=(const TemporaryFilesIn&) = delete;
};

// Calls back once a second, and at once, while the database is busy with a statement.
class Progress {
 public:
  // Both must outlive it.
  Progress(Database& database, const std::function<void()>& on_progress)
      : connection_(database.connection()), on_progress_(on_progress) {
    if (on_progress_ == nullptr) return;
    constexpr int kInstructions = 10'000;  // of SQLite's virtual machine: about a millisecond
    sqlite3_progress_handler(
        connection_, kInstructions,
        [](void* self) {
          static_cast<Progress*>(self)->Tell();
          return 0;
        },
        this);
  }
  ~Progress() { sqlite3_progress_handler(connection_, 0, nullptr, nullptr); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void Tell() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::seconds(1);
    on_progress_();
  }

  sqlite3* const connection_;
  const std::function<void()>& on_progress_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::time_point::min();
};

// Copies the log into the file, and truncates it.
absl::Status EmptyLog(Database& database) {
  const auto busy = database.QueryInt("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy.ok()) return busy.status();
  if (*busy == 0) return absl::OkStatus();
  return absl::UnavailableError(
      "old forms of encrypted secrets remain in the store's log while another program reads the store: stop "
      "it, and restart hookd");
}

// Rewrites the file without old rows, which free pages, and free bytes of pages in use, still contain. Needed
// only after a change of the key; takes as long as a copy of the file.
//
// False if the disk has no room for that; the next start tries again.
absl::StatusOr<bool> Scrub(Database& database, const std::function<int64_t()>& free_bytes,
                           const std::function<void()>& on_progress) {
  const auto pages = database.QueryInt("PRAGMA page_count");
  if (!pages.ok()) return pages.status();
  const auto unused = database.QueryInt("PRAGMA freelist_count");
  if (!unused.ok()) return unused.status();
  const auto page_size = database.QueryInt("PRAGMA page_size");
  if (!page_size.ok()) return page_size.status();
  const std::string path = sqlite3_db_filename(database.connection(), nullptr);
  // The content is written to a temporary file and to the log.
  const int64_t needed = 2 * (*pages - *unused) * *page_size;
  const int64_t free = free_bytes ? free_bytes() : StoreRoom::FreeBytes(path);
  if (free < needed) {
    LogWarning("old forms of encrypted secrets may be in free pages of the store: no room to rewrite it",
               {{"store", path}, {"needed_bytes", needed}, {"free_bytes", free}});
    return false;
  }
  LogInfo("secrets encrypted: rewriting the store to remove their old forms",
          {{"bytes", (*pages - *unused) * *page_size}});
  const TemporaryFilesIn folder(std::filesystem::path(path).parent_path().string());
  // Lets a file of an older version shrink from then on.
  const Progress progress(database, on_progress);
  const absl::Status rewritten = database.Execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  if (!rewritten.ok()) return rewritten;
  const absl::Status emptied = EmptyLog(database);
  if (!emptied.ok()) return emptied;
  return true;
}

}  // namespace

absl::Status ResealSecrets(Database& database, const SecretBox& secrets,
                           const std::function<int64_t()>& free_bytes,
                           const std::function<void()>& on_progress) {
  absl::Status status = Reseal(database, secrets);
  if (!status.ok() || !secrets.encrypts()) return status;
  const auto scrubbed = ScrubbedFor(database);
  if (!scrubbed.ok()) return scrubbed.status();
  if (*scrubbed == secrets.key_id()) return absl::OkStatus();
  const auto rewritten = Scrub(database, free_bytes, on_progress);
  if (!rewritten.ok() || !*rewritten) return rewritten.status();
  // Last, so that after a crash everything is repeated.
  status = database.Execute("BEGIN IMMEDIATE; DELETE FROM scrubbed");
  if (!status.ok()) return status;
  const auto insert = database.Prepare("INSERT INTO scrubbed (key_id) VALUES (?)");
  if (!insert.ok()) return insert.status();
  const std::string key_id = secrets.key_id();
  status = (*insert)->BindBlob(1, key_id).Run();
  if (status.ok()) status = database.Execute("COMMIT");
  if (status.ok()) LogInfo("store rewritten: no old form of a secret is left in it");
  return status;
}

}  // namespace hookd
