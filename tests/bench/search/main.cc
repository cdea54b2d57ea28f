// What the search index costs and how fast it answers:
//   hookd_bench_search fill|index|search|rows sqlite:FOLDER|postgres:URL [events]
//
// `fill` accepts events of e-mails of 1,000 campaigns: all are sent first, then all are delivered, opened and
// clicked, so that the events of one are far apart. `index` makes the index, and prints its CPU and size.
// `search` searches for each field with nothing of the embedded store's file in memory, and prints
// percentiles. `rows` makes the index that was not chosen, a row for each term of an event in a table of
// SQLite, from the same events.
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "api/conversion/event_content.h"
#include "hookd/v1/event.pb.h"
#include "store/postgres/postgres_store.h"
#include "store/search/terms.h"
#include "store/sqlite/sqlite_store.h"

namespace hookd {
namespace {

constexpr int kBatch = 1000;
constexpr int kCampaigns = 1000;
constexpr int kEventsAMessage = 4;
constexpr int kSearches = 200;

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename T>
T Await(const std::function<void(std::function<void(T)>)>& call) {
  std::promise<T> promise;
  call([&](T value) { promise.set_value(std::move(value)); });
  return promise.get_future().get();
}

std::string Folder(const std::string& where) { return std::string(absl::StripPrefix(where, "sqlite:")); }

std::unique_ptr<Store> Open(const std::string& where) {
  search::Indexer::Options search{.read_content = ReadEventContent};
  if (absl::StartsWith(where, "sqlite:")) {
    return SqliteStore::Create({.data_dir = Folder(where), .clock = Clock::Real(), .search = search}).value();
  }
  return PostgresStore::Create({.url = std::string(absl::StripPrefix(where, "postgres:")), .search = search})
      .value();
}

// What the events of a message have in common. Users get 5 messages each.
struct Subject {
  int64_t message, user, campaign;
};
Subject SubjectOf(int64_t event, int64_t events) {
  const int64_t messages = std::max<int64_t>(events / kEventsAMessage, 1);
  const int64_t message = event % messages;
  return {message, (message * 7919) % std::max<int64_t>(messages / 5, 1), message % kCampaigns};
}
// Its number from 0: sent, delivered, opened, clicked.
int KindOf(int64_t event, int64_t events) {
  const int64_t messages = std::max<int64_t>(events / kEventsAMessage, 1);
  return static_cast<int>(std::min<int64_t>(event / messages, kEventsAMessage - 1));
}
std::string Email(int64_t user) { return absl::StrCat("user", user, "@example.com"); }
std::string MessageId(int64_t message) { return absl::StrCat("<", message, ".20261130@mail.example.com>"); }

std::string MakeEvent(int64_t number, int64_t events) {
  const Subject subject = SubjectOf(number, events);
  v1::Event event;
  const auto fill = [&](auto& type) {
    type.mutable_user()->mutable_id()->set_number(subject.user);
    type.mutable_user()->set_email(Email(subject.user));
    type.mutable_campaign()->mutable_id()->set_number(subject.campaign);
    type.mutable_campaign()->set_name(absl::StrCat("Campaign ", subject.campaign));
    type.mutable_campaign()->set_type("transactional");
    type.mutable_campaign()->set_subject("Your order is being processed!");
    type.mutable_campaign()->set_permalink("http://app.example.com/view/1/341d64944577ac1f70f560e37db54a25");
    type.set_message_id(MessageId(subject.message));
  };
  switch (KindOf(number, events)) {
    case 0:
      fill(*event.mutable_sent());
      break;
    case 1:
      fill(*event.mutable_delivered());
      break;
    case 2:
      fill(*event.mutable_opened());
      break;
    default:
      fill(*event.mutable_clicked());
  }
  return event.SerializeAsString();
}

void Fill(Store& store, int64_t events) {
  for (int64_t first = 0; first < events; first += kBatch) {
    std::vector<NewEvent> batch;
    for (int64_t i = first; i < std::min(first + kBatch, events); ++i) {
      batch.push_back({.type = 1 + KindOf(i, events), .event = MakeEvent(i, events)});
    }
    const auto accepted = Await<absl::StatusOr<Store::Accepted>>(
        [&](auto done) { store.AcceptEvents("p", std::move(batch), std::nullopt, done); });
    if (!accepted.ok()) std::abort();
  }
}

void Index(Store& store, int64_t events) {
  const double cpu = CpuSeconds();
  const absl::Time begun = absl::Now();
  const int64_t bytes = store.figures().value_or(Store::Figures()).bytes;
  while (Await<absl::StatusOr<bool>>([&](auto done) { store.IndexEvents(done); }).value()) {
  }
  const int64_t grown = store.figures().value_or(Store::Figures()).bytes - bytes;
  std::printf("index: %.2f us CPU an event, %.1f s, file grown by %.1f bytes an event\n",
              (CpuSeconds() - cpu) * 1e6 / static_cast<double>(events),
              absl::ToDoubleSeconds(absl::Now() - begun),
              static_cast<double>(grown) / static_cast<double>(events));
}

// The kernel forgets what it has of the store's files; for PostgreSQL, of all files, which needs root.
// PostgreSQL's own cache remains: start it with `shared_buffers = 1MB`.
void DropCache(const std::string& where) {
  if (!absl::StartsWith(where, "sqlite:")) {
    const int file = open("/proc/sys/vm/drop_caches", O_WRONLY);
    if (file < 0 || write(file, "1", 1) != 1) std::fprintf(stderr, "the kernel's cache stays\n");
    close(file);
    return;
  }
  const std::string folder = Folder(where);
  DIR* const files = opendir(folder.c_str());
  if (files == nullptr) return;
  while (const dirent* entry = readdir(files)) {
    const int file = open(absl::StrCat(folder, "/", entry->d_name).c_str(), O_RDONLY);
    if (file < 0) continue;
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
  closedir(files);
}

void Search(const std::string& where, int64_t events) {
  std::mt19937_64 random(1);
  std::unique_ptr<Store> store = Open(where);
  struct Field {
    const char* name;
    std::function<std::vector<ContentKey>(const Subject&)> keys;
  };
  const auto key = [](ContentField field, bool is_number, std::string value) {
    return ContentKey{.field = field, .is_number = is_number, .value = std::move(value)};
  };
  const std::vector<Field> fields = {
      {"user.id",
       [&](const Subject& s) { return std::vector{key(ContentField::kUserId, true, absl::StrCat(s.user))}; }},
      {"user.email",
       [&](const Subject& s) { return std::vector{key(ContentField::kUserEmail, false, Email(s.user))}; }},
      {"message_id",
       [&](const Subject& s) {
         return std::vector{key(ContentField::kMessageId, false, MessageId(s.message))};
       }},
      {"campaign.id",
       [&](const Subject& s) {
         return std::vector{key(ContentField::kCampaignId, true, absl::StrCat(s.campaign))};
       }},
      {"campaign.name",
       [&](const Subject& s) {
         return std::vector{key(ContentField::kCampaignName, false, absl::StrCat("Campaign ", s.campaign))};
       }},
      {"user.id and campaign.id",
       [&](const Subject& s) {
         return std::vector{key(ContentField::kUserId, true, absl::StrCat(s.user)),
                            key(ContentField::kCampaignId, true, absl::StrCat(s.campaign))};
       }},
      {"nothing", [&](const Subject&) { return std::vector{key(ContentField::kUserId, false, "nobody")}; }}};
  for (const Field& field : fields) {
    std::vector<double> times;
    size_t found = 0, pages_left = 0;
    for (int i = 0; i < kSearches; ++i) {
      // A new process, too, has nothing in memory.
      if (i % 20 == 0) store = (store.reset(), Open(where));
      DropCache(where);
      EventQuery query;
      query.project = "p";
      query.limit = 51;
      query.content =
          field.keys(SubjectOf(static_cast<int64_t>(random() % static_cast<uint64_t>(events)), events));
      const absl::Time begun = absl::Now();
      const auto page =
          Await<absl::StatusOr<EventPage>>([&](auto done) { store->ListEvents(query, done); }).value();
      times.push_back(absl::ToDoubleMilliseconds(absl::Now() - begun));
      found += page.events.size();
      pages_left += page.examined_to.has_value() ? 1 : 0;
    }
    std::sort(times.begin(), times.end());
    std::printf("%-24s p50 %7.2f ms   p99 %7.2f ms   max %7.2f ms   %.1f found, %zu short pages\n",
                field.name, times[times.size() / 2], times[times.size() * 99 / 100], times.back(),
                static_cast<double>(found) / kSearches, pages_left);
    std::fflush(stdout);
  }
}

void Check(int code, sqlite3* database) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  std::fprintf(stderr, "%s\n", sqlite3_errmsg(database));
  std::abort();
}

// The other design: a B-tree of (term, key), filled in transactions of a run's events.
void Rows(const std::string& where, int64_t events) {
  const std::string path = absl::StrCat(Folder(where), "/rows.db");
  unlink(path.c_str());
  sqlite3 *database = nullptr, *source = nullptr;
  Check(sqlite3_open(path.c_str(), &database), database);
  Check(sqlite3_exec(
            database,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE terms (term INTEGER, key "
            "INTEGER, PRIMARY KEY (term, key)) WITHOUT ROWID",
            nullptr, nullptr, nullptr),
        database);
  Check(sqlite3_open_v2(absl::StrCat(Folder(where), "/hookd.db").c_str(), &source, SQLITE_OPEN_READONLY,
                        nullptr),
        source);
  sqlite3_stmt *select = nullptr, *insert = nullptr;
  Check(sqlite3_prepare_v2(source, "SELECT key, project, type, event FROM events ORDER BY key", -1, &select,
                           nullptr),
        source);
  Check(sqlite3_prepare_v2(database, "INSERT OR IGNORE INTO terms VALUES (?, ?)", -1, &insert, nullptr),
        database);
  const search::Terms terms({.first = 1, .second = 2});
  const double cpu = CpuSeconds();
  const absl::Time begun = absl::Now();
  std::vector<std::pair<uint64_t, int64_t>> run;
  const auto write = [&] {
    std::sort(run.begin(), run.end());
    Check(sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr), database);
    for (const auto& [term, key] : run) {
      sqlite3_bind_int64(insert, 1, static_cast<int64_t>(term));
      sqlite3_bind_int64(insert, 2, key);
      Check(sqlite3_step(insert), database);
      sqlite3_reset(insert);
    }
    Check(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr), database);
    run.clear();
  };
  int64_t count = 0;
  while (sqlite3_step(select) == SQLITE_ROW) {
    const int64_t key = sqlite3_column_int64(select, 0), project = sqlite3_column_int64(select, 1);
    run.emplace_back(terms.Project(project), key);
    run.emplace_back(terms.Type(project, sqlite3_column_int(select, 2)), key);
    const absl::string_view event(static_cast<const char*>(sqlite3_column_blob(select, 3)),
                                  static_cast<size_t>(sqlite3_column_bytes(select, 3)));
    ReadEventContent(event, [&](ContentField field, bool is_number, absl::string_view value) {
      run.emplace_back(terms.Content(project, field, is_number, value), key);
    });
    if (++count % tuning::kSearchRunEvents == 0) write();
  }
  write();
  Check(sqlite3_exec(database, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr), database);
  const int file = open(path.c_str(), O_RDONLY);
  const int64_t bytes = lseek(file, 0, SEEK_END);
  close(file);
  std::printf("rows: %.2f us CPU an event, %.1f s, %.1f bytes an event\n",
              (CpuSeconds() - cpu) * 1e6 / static_cast<double>(events),
              absl::ToDoubleSeconds(absl::Now() - begun),
              static_cast<double>(bytes) / static_cast<double>(events));
  sqlite3_finalize(select);
  sqlite3_finalize(insert);
  sqlite3_close(source);
  sqlite3_close(database);
}

void Run(const std::string& what, const std::string& where, int64_t events) {
  if (what == "fill") return Fill(*Open(where), events);
  if (what == "index") return Index(*Open(where), events);
  if (what == "search") return Search(where, events);
  if (what == "rows") return Rows(where, events);
  std::fprintf(stderr, "unknown: %s\n", what.c_str());
  std::exit(2);
}

}  // namespace
}  // namespace hookd

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  hookd::Run(argv[1], argv[2], argc > 3 ? std::atoll(argv[3]) : 1'000'000);
}
