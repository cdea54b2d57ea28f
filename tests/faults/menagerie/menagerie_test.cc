// Each kind of misbehaving endpoint alone: twenty healthy webhooks get every event, and hookd stops in time.
#include <iomanip>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/faults/menagerie/habitat.h"
#include "tests/faults/menagerie/http2_opt_in.h"
#include "tests/faults/menagerie/process_sample.h"

namespace hookd {
namespace {

// Of each kind.
constexpr int kWebhooks = 5;
constexpr absl::Duration kHalf = absl::Seconds(1);  // of the time that a kind has
constexpr double kPerSecond = 20;                   // events to the healthy webhooks
constexpr double kMisbehavingPerSecond = 4;
constexpr absl::Duration kPatience = absl::Seconds(60);

void PrintRow(const std::string& kind, const std::string& healthy, const std::string& stop,
              const std::string& threads, const std::string& memory, const std::string& descriptors) {
  std::cout << std::left << std::setw(52) << kind << std::right << std::setw(12) << healthy << std::setw(9)
            << stop << std::setw(9) << threads << std::setw(9) << memory << std::setw(13) << descriptors
            << std::endl;
}

void PrintTitleOnce() {
  static const bool titled = [] {
    PrintRow("kind", "healthy", "stop, s", "threads", "RSS, MiB", "descriptors");
    return true;
  }();
  EXPECT_TRUE(titled);
}

void RunBesideHealthyWebhooks(const Kind& kind, Habitat::Options options, bool http2) {
  options.flags.insert(options.flags.end(), kind.flags.begin(), kind.flags.end());
  const auto habitat = Habitat::Start(std::move(options));
  ASSERT_NE(habitat, nullptr);
  habitat->Add(kind, kWebhooks);
  ProcessSample highest;
  {
    const ProcessSampler sampler(habitat->server().pid());
    habitat->Emit(kHalf, kPerSecond, kMisbehavingPerSecond);
    habitat->DoMidway();
    const absl::Time deadline = absl::Now() + kPatience;
    do {
      habitat->Emit(kHalf, kPerSecond, kMisbehavingPerSecond);
    } while (!habitat->IsSettled() && absl::Now() < deadline);
    EXPECT_TRUE(habitat->IsSettled()) << "requests never reached where they had to";
    EXPECT_TRUE(habitat->WaitForAll(kPatience)) << habitat->DescribeMissing();
    highest = sampler.highest();
  }
  const std::string arrivals = absl::StrCat(habitat->arrivals(), "/", habitat->expected_arrivals());
  habitat->CheckOutcomes(http2, true);
  const absl::Duration stop = habitat->Stop();
  PrintTitleOnce();
  PrintRow(kind.name, arrivals,
           absl::StrCat(absl::ToDoubleSeconds(absl::Trunc(stop, absl::Milliseconds(10)))),
           absl::StrCat(highest.threads), absl::StrCat(highest.memory_bytes >> 20),
           absl::StrCat(highest.descriptors));
}

struct MenagerieTest : ::testing::TestWithParam<Kind> {};

TEST_P(MenagerieTest, HealthyWebhooksGetEveryEventBesideOneThat) {
  RunBesideHealthyWebhooks(GetParam(), {}, false);
}

std::string NameOf(const ::testing::TestParamInfo<Kind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Alone, MenagerieTest, ::testing::ValuesIn(AllKinds()), &NameOf);

struct Http2MenagerieTest : ::testing::TestWithParam<Kind> {};

TEST_P(Http2MenagerieTest, HealthyWebhooksGetEveryEventBesideOneThat) {
  const Http2OptIn& opt_in = GetHttp2OptIn();
  if (!opt_in.reason.empty()) GTEST_SKIP() << opt_in.reason;
  RunBesideHealthyWebhooks(GetParam(), {.flags = opt_in.flags, .environment = opt_in.environment}, true);
}

INSTANTIATE_TEST_SUITE_P(AloneWithHttp2, Http2MenagerieTest, ::testing::ValuesIn(Http2Kinds()), &NameOf);

TEST(MenagerieSizeTest, HasAtLeastFortyKinds) { EXPECT_GE(AllKinds().size(), 40u); }

}  // namespace
}  // namespace hookd
