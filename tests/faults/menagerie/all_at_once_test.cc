// All kinds of misbehaving endpoint at once, with many webhooks each: what healthy webhooks feel of it, and
// what hookd takes of its machine.
//
// HOOKD_MENAGERIE_SECONDS says for how long (60). HOOKD_MENAGERIE_WEBHOOKS says how many webhooks each kind
// has (50), and HOOKD_MENAGERIE_HOURLY how many events each of them gets in an hour (72), beside its retries.
// All of it, the endpoints included, goes by the same cores: far more than the default measures those.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <regex>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/faults/menagerie/habitat.h"
#include "tests/faults/menagerie/http2_opt_in.h"
#include "tests/faults/menagerie/process_sample.h"

namespace hookd {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(180);

// What hookd may take, whatever its endpoints do: its own threads, attempts in flight and kept connections
// (limits::kMaxConcurrency) with room for callers and files, and memory.
constexpr int kMaxThreads = 40;
constexpr int kMaxDescriptors = 2048 + 500;
constexpr int64_t kMaxMemoryBytes = int64_t{256} << 20;
// What it may have more of once they are gone: a pool's idle threads, connections that healthy endpoints
// keep.
constexpr int kThreadsKept = 4;
constexpr int kDescriptorsKept = 40;

#ifdef HOOKD_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Events to each healthy webhook, and to each of the others, of which there are thousands.
constexpr double kPerSecond = kSanitized ? 5 : 20;
constexpr int kMisbehavingPerHour = 72;

int Setting(const char* name, int otherwise) {
  const char* const text = std::getenv(name);
  int value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

absl::Duration Percentile(const std::vector<absl::Duration>& sorted, double part) {
  return sorted.empty() ? absl::ZeroDuration()
                        : sorted[std::min(sorted.size() - 1, static_cast<size_t>(part * sorted.size()))];
}

std::string ToText(const ProcessSample& sample) {
  return absl::StrCat(sample.threads, " threads, ", sample.memory_bytes >> 20, " MiB, ", sample.descriptors,
                      " descriptors");
}

struct Latencies {
  absl::Duration p50, p99;
};

// What a bench reads, one line a load. Timings are printed, and asserted nowhere.
Latencies Report(const char* load, std::vector<absl::Duration> arrivals) {
  std::sort(arrivals.begin(), arrivals.end());
  const Latencies latencies = {Percentile(arrivals, 0.5), Percentile(arrivals, 0.99)};
  std::cout << "menagerie latency load=" << load << " arrivals=" << arrivals.size()
            << " p50_ms=" << absl::ToDoubleMilliseconds(latencies.p50)
            << " p99_ms=" << absl::ToDoubleMilliseconds(latencies.p99) << std::endl;
  return latencies;
}

// What healthy webhooks feel without others. Measured before and after what it is compared with, because the
// machine's other work comes and goes.
void EmitAlone(absl::Duration duration, Habitat& habitat, std::vector<absl::Duration>& latencies) {
  habitat.Emit(duration / 2, kPerSecond, 0);
  ASSERT_TRUE(habitat.WaitForAll(kPatience));
  const std::vector<absl::Duration> some = habitat.TakeLatencies();
  latencies.insert(latencies.end(), some.begin(), some.end());
}

void RunAllAtOnce(Habitat::Options options, bool http2) {
  const absl::Duration duration = absl::Seconds(Setting("HOOKD_MENAGERIE_SECONDS", 60));
  const int webhooks = Setting("HOOKD_MENAGERIE_WEBHOOKS", 50);
  const double misbehaving_per_second = Setting("HOOKD_MENAGERIE_HOURLY", kMisbehavingPerHour) / 3600.0;
  options.peers_in_background = true;
  const auto habitat = Habitat::Start(std::move(options));
  ASSERT_NE(habitat, nullptr);
  const pid_t pid = habitat->server().pid();

  std::vector<absl::Duration> alone;
  ASSERT_NO_FATAL_FAILURE(EmitAlone(std::min(duration, absl::Minutes(1)), *habitat, alone));
  const ProcessSample before = SampleProcess(pid);

  const char* const pattern = std::getenv("HOOKD_MENAGERIE_KINDS");
  std::vector<Kind> kinds;
  for (const Kind& kind : AllKinds()) {
    if (pattern == nullptr || std::regex_match(kind.name, std::regex(pattern))) kinds.push_back(kind);
  }
  if (Setting("HOOKD_MENAGERIE_CONTROL", 0) != 0) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      Kind well = ScriptedKind(absl::StrCat("well_", i),
                               {{PeerStep::Do::kReadRequest}, Send(kOk), {PeerStep::Do::kRepeat}});
      habitat->Add(well, webhooks);
    }
    habitat->Emit(duration, kPerSecond, misbehaving_per_second);
    ASSERT_TRUE(habitat->WaitForAll(kPatience));
    Report("beside_as_many_that_are_well", habitat->TakeLatencies());
    habitat->RemoveKinds();
  }
  for (const Kind& kind : kinds) habitat->Add(kind, webhooks);
  {
    const ProcessSampler sampler(pid);
    habitat->Emit(duration / 2, kPerSecond, misbehaving_per_second);
    habitat->DoMidway();
    habitat->Emit(duration / 2, kPerSecond, misbehaving_per_second);
    EXPECT_TRUE(habitat->WaitForAll(kPatience)) << habitat->DescribeMissing();
    const ProcessSample highest = sampler.highest();
    std::cout << "menagerie kinds=" << kinds.size() << " webhooks_each=" << webhooks << " healthy arrivals "
              << habitat->arrivals() << "/" << habitat->expected_arrivals()
              << "\n  before: " << ToText(before) << "\n  at most: " << ToText(highest) << std::endl;
    EXPECT_LT(highest.threads, kMaxThreads);
    EXPECT_LT(highest.descriptors, kMaxDescriptors);
    if (!kSanitized) EXPECT_LT(highest.memory_bytes, kMaxMemoryBytes);
  }
  const Latencies beside = Report("beside_all_kinds", habitat->TakeLatencies());
  habitat->CheckOutcomes(http2, false);

  habitat->RemoveKinds();
  ProcessSample after;
  const auto is_back = [&] {
    after = SampleProcess(pid);
    return after.descriptors > 0 && after.threads <= before.threads + kThreadsKept &&
           after.descriptors <= before.descriptors + kDescriptorsKept;
  };
  const absl::Time deadline = absl::Now() + kPatience;
  while (!is_back() && after.descriptors > 0 && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(100));
  std::cout << "  afterwards: " << ToText(after) << std::endl;
  EXPECT_GT(after.descriptors, 0) << "hookd has ended";
  EXPECT_LE(after.threads, before.threads + kThreadsKept);
  EXPECT_LE(after.descriptors, before.descriptors + kDescriptorsKept);
  ASSERT_NO_FATAL_FAILURE(EmitAlone(std::min(duration, absl::Minutes(1)), *habitat, alone));
  const Latencies without = Report("alone", std::move(alone));
  std::cout << "menagerie ratio p50=" << absl::FDivDuration(beside.p50, without.p50)
            << " p99=" << absl::FDivDuration(beside.p99, without.p99) << std::endl;
  std::cout << "  stopped in " << absl::FormatDuration(absl::Trunc(habitat->Stop(), absl::Milliseconds(10)))
            << std::endl;
}

TEST(AllAtOnceTest, HealthyWebhooksGetEveryEventBesideAllKinds) { RunAllAtOnce({}, false); }

TEST(AllAtOnceTest, HealthyWebhooksGetEveryEventBesideAllKindsWithHttp2) {
  const Http2OptIn& opt_in = GetHttp2OptIn();
  if (!opt_in.reason.empty()) GTEST_SKIP() << opt_in.reason;
  RunAllAtOnce({.flags = opt_in.flags, .environment = opt_in.environment}, true);
}

}  // namespace
}  // namespace hookd
