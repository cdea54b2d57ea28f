// One host that drops packets, with default settings, beside endpoints that close after each answer.
//
// Before hookd had an HTTP client of its own this stopped every delivery: libcurl 7.88 to 8.1 closes a socket
// that never connected without saying so, and its descriptor was used again by the next name lookup.
#include <cstdlib>
#include <iostream>

#include "gtest/gtest.h"
#include "tests/faults/menagerie/habitat.h"

namespace hookd {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

Kind KindOf(const std::vector<Kind>& kinds, const std::string& name) {
  for (const Kind& kind : kinds) {
    if (kind.name == name) return kind;
  }
  ADD_FAILURE() << "no kind " << name;
  return kinds[0];
}

// Events a second to twenty webhooks whose endpoints close after each answer, and as many to the black hole.
void RunBesideABlackHole(absl::Duration duration, double per_second, absl::Duration timeout,
                         Retries retries) {
  const auto habitat = Habitat::Start({.closing = Habitat::Closing::kAll});
  ASSERT_NE(habitat, nullptr);
  Kind black_hole = KindOf(TcpKinds(), "swallows_syns");
  black_hole.retries = retries;
  black_hole.timeout = timeout;
  habitat->Add(black_hole, 1);
  habitat->Emit(duration, per_second, per_second);
  EXPECT_TRUE(habitat->WaitForAll(kPatience)) << habitat->DescribeMissing();
  std::cout << "beside a black hole: " << habitat->arrivals() << " of " << habitat->expected_arrivals()
            << " arrived\n";
  EXPECT_LT(habitat->Stop(), kStopLimit);
}

TEST(BlackHoleTest, StopsNoOtherDeliveryWithinTwentySeconds) {
  RunBesideABlackHole(absl::Seconds(20), 20, absl::Milliseconds(500), Retries::kQuick);
}

// As it was found: 181 seconds were enough in each run.
TEST(SlowBlackHoleTest, StopsNoOtherDeliveryWithDefaultSettings) {
  RunBesideABlackHole(absl::Seconds(220), 1, absl::Seconds(5), Retries::kDefault);
}

}  // namespace
}  // namespace hookd
