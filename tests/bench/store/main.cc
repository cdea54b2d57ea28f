// How much a store takes: hookd_bench_store sqlite|postgres|URL [events] [in_flight]. Accepts events with one
// delivery each, then records an outcome of each, as many at a time as callers and attempts are under way.
// `postgres` is a server of its own.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

constexpr size_t kEventBytes = 300;
constexpr int kWebhooks = 10;

// At most so many calls at a time.
class Window {
 public:
  explicit Window(int size) : free_(size), size_(size) {}
  void Enter() {
    absl::MutexLock lock(&mutex_);
    const auto some = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return free_ > 0; };
    mutex_.Await(absl::Condition(&some));
    --free_;
  }
  void Leave() {
    absl::MutexLock lock(&mutex_);
    ++free_;
  }
  void AwaitNone() {
    absl::MutexLock lock(&mutex_);
    const auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return free_ == size_; };
    mutex_.Await(absl::Condition(&all));
  }

 private:
  absl::Mutex mutex_;
  int free_ ABSL_GUARDED_BY(mutex_);
  const int size_;
};

std::unique_ptr<Store> Open(const std::string& engine, const std::string& folder, size_t& transactions) {
  const auto count = [&transactions](const CommitQueue::Commit& commit) {
    transactions += commit.status.ok();
  };
  if (engine == "sqlite")
    return SqliteStore::Create({.data_dir = folder, .clock = Clock::Real(), .on_commit = count}).value();
  const std::string url = engine == "postgres" ? PostgresServer::Shared().NewDatabase() : engine;
  return PostgresStore::Create({.url = url, .on_commit = count}).value();
}

void Measure(const char* what, int count, size_t& transactions, const std::function<void()>& work) {
  transactions = 0;
  const absl::Time begun = absl::Now();
  work();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begun);
  std::printf("%s: %.0f/s, %.0f in a transaction\n", what, count / seconds,
              static_cast<double>(count) / static_cast<double>(transactions));
  std::fflush(stdout);
}

void Run(const std::string& engine, int events, int in_flight) {
  const TempDir folder;
  size_t transactions = 0;
  const std::unique_ptr<Store> store = Open(engine, folder.path(), transactions);
  std::vector<int64_t> webhooks, deliveries(static_cast<size_t>(events));
  Window window(in_flight);
  for (int i = 0; i < kWebhooks; ++i) {
    Webhook webhook;
    webhook.project = "p";
    window.Enter();
    store->CreateWebhook(webhook, std::nullopt, [&](absl::StatusOr<Store::Created> created) {
      webhooks.push_back(created.value().webhook.key);
      window.Leave();
    });
  }
  window.AwaitNone();
  Measure("events", events, transactions, [&] {
    for (int i = 0; i < events; ++i) {
      window.Enter();
      store->AcceptEvents("p",
                          {{.type = 1 + i % 12,
                            .event = std::string(kEventBytes, 'e'),
                            .webhooks = {webhooks[i % kWebhooks]}}},
                          std::nullopt, [&, i](absl::StatusOr<Store::Accepted> accepted) {
                            deliveries[static_cast<size_t>(i)] = accepted.value().events[0].key + 1;
                            window.Leave();
                          });
    }
    window.AwaitNone();
  });
  Measure("outcomes", events, transactions, [&] {
    for (const int64_t delivery : deliveries) {
      window.Enter();
      Attempt attempt;
      attempt.start_time = absl::Now();
      attempt.response_status = 200;
      attempt.request_headers = {{"Webhook-Id", "0123456789abc"}, {"User-Agent", "hookd"}};
      attempt.response_headers = {{"Content-Length", "2"}};
      attempt.response_body = "ok";
      store->RecordOutcome({.delivery_key = delivery,
                            .state = DeliveryState::kDelivered,
                            .attempt = std::move(attempt),
                            .error = "",
                            .urgent = true},
                           [&](int64_t key) {
                             if (key == 0) std::abort();
                             window.Leave();
                           });
    }
    window.AwaitNone();
  });
}

}  // namespace
}  // namespace hookd

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  hookd::Run(argv[1], argc > 2 ? std::atoi(argv[2]) : 200'000, argc > 3 ? std::atoi(argv[3]) : 200);
}
