#include "tests/bench/drive/ledger.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/bench/sink/sink.h"

namespace hookd::bench {

std::string LatencyJson(std::vector<int64_t> times) {
  if (times.empty()) return "null";
  std::sort(times.begin(), times.end());
  const auto percentile = [&times](double share) {
    const auto at = static_cast<size_t>(share * static_cast<double>(times.size() - 1));
    return static_cast<double>(times[at]) / 1000;
  };
  constexpr int kBuckets = 60;  // to 10 s
  std::vector<int64_t> buckets(kBuckets);
  for (const int64_t time : times) {
    const double decades = std::log10(std::max<double>(static_cast<double>(time) / 10'000, 1));
    ++buckets[std::min<size_t>(kBuckets - 1, static_cast<size_t>(decades * 10))];
  }
  return absl::StrCat("{\"p50\":", percentile(0.5), ",\"p99\":", percentile(0.99),
                      ",\"p99.9\":", percentile(0.999), ",\"max\":", percentile(1),
                      ",\"count\":", times.size(), ",\"buckets\":[", absl::StrJoin(buckets, ","), "]}");
}

Ledger::Ledger(int64_t first, int64_t events, int arrivals, int64_t in_flight, int64_t lead)
    : first_(first),
      events_(events),
      arrivals_(arrivals),
      lead_(lead),
      entries_(new Entry[static_cast<size_t>(events)]),
      room_(in_flight) {}

Ledger::Entry* Ledger::Find(int64_t number) {
  const int64_t at = number - first_;
  return at >= 0 && at < events_ ? &entries_[static_cast<size_t>(at)] : nullptr;
}

bool Ledger::TryBegin(int64_t number, int64_t due) {
  if (!room_.try_acquire()) return false;
  Entry& entry = *Find(number);
  entry.due = due;
  entry.left.store(1 + arrivals_, std::memory_order_release);
  begun_.fetch_add(1);
  return true;
}

void Ledger::WaitForRoom() {
  room_.acquire();
  room_.release();
}

void Ledger::Acknowledge(int64_t number) {
  Entry* entry = Find(number);
  if (entry == nullptr) return;
  entry->acknowledged.store(NowNanoseconds(), std::memory_order_relaxed);
  Tick(*entry);
}

void Ledger::Arrive(int64_t number) {
  Entry* entry = Find(number);
  if (entry == nullptr) return;
  entry->arrived.store(NowNanoseconds(), std::memory_order_relaxed);
  Tick(*entry);
}

void Ledger::Tick(Entry& entry) {
  if (entry.left.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  ended_.fetch_add(1);
  room_.release();
}

bool Ledger::WaitForAll() {
  int64_t seen = -1;
  for (auto since = NowNanoseconds(); ended_ < begun_;
       std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
    if (ended_ != seen) since = NowNanoseconds();
    seen = ended_;
    if (NowNanoseconds() - since > int64_t{30'000'000'000}) return false;
  }
  return true;
}

std::string Ledger::TimesJson(std::atomic<int64_t> Entry::*when) const {
  std::vector<int64_t> times;
  for (int64_t i = lead_; i < begun_; ++i) {
    const Entry& entry = entries_[static_cast<size_t>(i)];
    if (entry.*when > 0) times.push_back(entry.*when - entry.due);
  }
  return LatencyJson(std::move(times));
}

}  // namespace hookd::bench
