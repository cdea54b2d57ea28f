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

struct Load {
  absl::Duration duration;
  double per_second;            // events, to the healthy webhooks and to those of the black hole alike
  int webhooks;                 // of the black hole
  absl::Duration timeout;       // of these
  Retries retries;              // likewise
  bool looks_names_up = false;  // as many webhooks more, whose names do not exist and are looked up each time
};

// Beside twenty webhooks whose endpoints close after each answer.
void RunBesideABlackHole(const Load& load) {
  const auto habitat = Habitat::Start({.closing = Habitat::Closing::kAll});
  ASSERT_NE(habitat, nullptr);
  Kind black_hole = KindOf(TcpKinds(), "swallows_syns");
  black_hole.retries = load.retries;
  black_hole.timeout = load.timeout;
  habitat->Add(black_hole, load.webhooks);
  if (load.looks_names_up) habitat->Add(KindOf(DnsKinds(), "name_that_does_not_exist"), load.webhooks);
  habitat->Emit(load.duration, load.per_second, load.per_second);
  EXPECT_TRUE(habitat->WaitForAll(kPatience)) << habitat->DescribeMissing();
  std::cout << "beside a black hole: " << habitat->arrivals() << " of " << habitat->expected_arrivals()
            << " arrived\n";
  EXPECT_LT(habitat->Stop(), kStopLimit);
}

// Many webhooks, so that as many connections are given up as otherwise in some minutes; and a timeout beyond
// limits::kConnectTimeout, so that it is this that ends them.
TEST(BlackHoleTest, StopsNoOtherDeliveryWithinTwentySeconds) {
  RunBesideABlackHole({.duration = absl::Seconds(20),
                       .per_second = 20,
                       .webhooks = 20,
                       .timeout = absl::Seconds(10),
                       .retries = Retries::kQuick,
                       .looks_names_up = true});
}

// As it was found: 181 seconds were enough in each run.
TEST(SlowBlackHoleTest, StopsNoOtherDeliveryWithDefaultSettings) {
  RunBesideABlackHole({.duration = absl::Seconds(220),
                       .per_second = 1,
                       .webhooks = 1,
                       .timeout = absl::Seconds(5),
                       .retries = Retries::kDefault});
}

}  // namespace
}  // namespace hookd
