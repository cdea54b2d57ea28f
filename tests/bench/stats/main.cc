// How long reads of statistics take: hookd_bench_stats sqlite|postgres|URL [webhooks] [deliveries]. Fills a
// store with a week of counts of that many deliveries (10 million by default, of 1,000 webhooks), evenly
// spread, then reads the week of a webhook and of the project at steps of an hour and of 15 minutes. Also
// prints the size of the counts. `postgres` is a server of its own.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "delivery/statistics/statistics.h"
#include "delivery/statistics/stats_reader.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/stats/stats_codec.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

constexpr int64_t kHours = 7 * 24;
constexpr int kReads = 200;

std::unique_ptr<Store> Open(const std::string& engine, const std::string& folder) {
  if (engine == "sqlite") return SqliteStore::Create({.data_dir = folder, .clock = Clock::Real()}).value();
  return PostgresStore::Create(
             {.url = engine == "postgres" ? PostgresServer::Shared().NewDatabase() : engine})
      .value();
}

StatsWritten Write(Store& store, const StatsBatch& batch) {
  StatsWritten result;
  absl::Notification done;
  store.WriteStats([&batch](const StatsSession&) { return std::make_shared<const StatsBatch>(batch); },
                   [&](absl::StatusOr<StatsWritten> written) {
                     result = written.value();
                     done.Notify();
                   });
  done.WaitForNotification();
  return result;
}

// The counts of a minute with so many deliveries, whose latencies differ.
StatsCounts CountsOf(int64_t deliveries, uint32_t& seed) {
  StatsCounts counts;
  counts[StatsCount::kEventsAccepted] = counts[StatsCount::kEventsMatched] =
      static_cast<uint64_t>(deliveries);
  for (int64_t i = 0; i < deliveries; ++i) {
    seed = seed * 1664525 + 1013904223;
    const bool fails = seed % 100 == 0;
    ++counts[fails ? StatsCount::kFailed : StatsCount::kDelivered];
    ++counts[fails ? StatsCount::k5xx : StatsCount::k2xx];
    counts.latency.Add(absl::Microseconds(2000 + (seed >> 12) % 200'000));
  }
  return counts;
}

StatsRow RowOf(const StatsOwner& owner, int64_t hour, int64_t deliveries, uint32_t& seed) {
  StatsRow row{.owner = owner, .hour = hour, .minutes = {}};
  for (int minute = 0; minute < kMinutesPerHour; ++minute) {
    const int64_t part = deliveries * (minute + 1) / kMinutesPerHour - deliveries * minute / kMinutesPerHour;
    if (part > 0) row.minutes.push_back({.minute = minute, .counts = CountsOf(part, seed)});
  }
  return row;
}

void Read(const StatsReader& reader, const char* what, const StatsOwner& owner, absl::Duration step) {
  const absl::Time end = absl::UnixEpoch() + absl::Ceil(absl::Now() - absl::UnixEpoch(), absl::Hours(1));
  std::vector<double> milliseconds;
  uint64_t deliveries = 0;
  for (int i = 0; i < kReads; ++i) {
    const absl::Time begun = absl::Now();
    absl::Notification done;
    reader.Read({.owner = owner, .start = end - absl::Hours(kHours), .end = end, .step = step},
                [&](auto points) {
                  deliveries = 0;
                  for (const StatsCounts& point : points.value().points)
                    deliveries += point[StatsCount::kDelivered] + point[StatsCount::kFailed];
                  done.Notify();
                });
    done.WaitForNotification();
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - begun));
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("%-28s p50 %6.2f ms, p99 %6.2f ms, max %6.2f ms (%llu deliveries)\n", what,
              milliseconds[kReads / 2], milliseconds[kReads * 99 / 100], milliseconds.back(),
              static_cast<unsigned long long>(deliveries));
}

void Run(const std::string& engine, int webhooks, int64_t deliveries) {
  const TempDir folder;
  const std::unique_ptr<Store> store = Open(engine, folder.path());
  std::vector<StatsOwner> owners = {{.webhook_key = 0, .project = "p"}};
  for (int i = 0; i < webhooks; ++i) {
    Webhook webhook{.project = "p", .url = "http://127.0.0.1:1/"};
    absl::Notification done;
    store->CreateWebhook(webhook, std::nullopt, [&](auto created) {
      owners.push_back({.webhook_key = created.value().webhook.key, .project = ""});
      done.Notify();
    });
    done.WaitForNotification();
  }
  const StatsLog log = *Write(*store, {.begin = true}).begun;
  const int64_t now = HourOf(absl::Now());
  const int64_t per_hour = deliveries / kHours;
  StatsBatch batch{.log = log.id, .positions = log.positions};
  size_t bytes = 0, rows = 0;
  uint32_t seed = 21;
  const absl::Time begun = absl::Now();
  for (int64_t hour = now - kHours + 1; hour <= now; ++hour) {
    batch.rows.clear();
    for (const StatsOwner& owner : owners) {
      const int64_t part = owner.webhook_key == 0 ? per_hour : per_hour / webhooks;
      batch.rows.push_back(RowOf(owner, hour, part, seed));
      bytes += EncodeMinutes(batch.rows.back().minutes).size();
    }
    rows += batch.rows.size();
    if (!Write(*store, batch).written) std::abort();
    ++batch.version;
  }
  std::printf("%s: %zu rows of %zu bytes in %.1f s\n", engine.c_str(), rows, bytes / rows,
              absl::ToDoubleSeconds(absl::Now() - begun));
  Metrics metrics;
  Statistics statistics({.store = store.get(), .clock = Clock::Real(), .metrics = &metrics});
  const StatsReader reader(store.get(), &statistics, Clock::Real(), &metrics);
  Read(reader, "webhook, a week by 1 h", owners[1], absl::Hours(1));
  Read(reader, "project, a week by 1 h", owners[0], absl::Hours(1));
  Read(reader, "webhook, a week by 15 min", owners[1], absl::Minutes(15));
  Read(reader, "project, a week by 15 min", owners[0], absl::Minutes(15));
}

}  // namespace
}  // namespace hookd

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  hookd::Run(argv[1], argc > 2 ? std::atoi(argv[2]) : 1000, argc > 3 ? std::atoll(argv[3]) : 10'000'000);
}
