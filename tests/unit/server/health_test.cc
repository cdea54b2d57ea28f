#include "health.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

struct HealthTest : ::testing::Test {
  // Returns whether hookd serves as a whole. Checks that every service has the same status.
  bool Serves() {
    EXPECT_THAT(statuses, ElementsAre(Pair("", health.serving()), Pair("a.A", health.serving()),
                                      Pair("b.B", health.serving()), Pair("e.E", health.serving())));
    return health.serving();
  }

  void Subscribe() {
    health.Subscribe([this](const std::string& service, bool serving) { statuses[service] = serving; });
  }

  std::map<std::string, bool> statuses;
  Health health{"e.E", {"a.A", "b.B"}};
};

TEST_F(HealthTest, DoesNotServeBeforeWhatWaitedIsTakenUp) {
  Subscribe();
  EXPECT_FALSE(Serves());
  health.SetRecovered();
  EXPECT_TRUE(Serves());
}

TEST_F(HealthTest, DoesNotServeWhileTheStoreCannotBeWritten) {
  Subscribe();
  health.SetRecovered();
  health.SetWritable(false);
  EXPECT_FALSE(Serves());
  EXPECT_FALSE(health.writable());
  health.SetWritable(true);
  EXPECT_TRUE(Serves());
}

TEST_F(HealthTest, WithoutRoomOnlyTheServicesThatTakeNoEventsServe) {
  health.SetHasRoom(false);
  Subscribe();
  health.SetRecovered();
  EXPECT_FALSE(health.serving());
  EXPECT_TRUE(health.writable());
  EXPECT_THAT(statuses,
              ElementsAre(Pair("", false), Pair("a.A", true), Pair("b.B", true), Pair("e.E", false)));
  health.SetHasRoom(true);
  EXPECT_TRUE(Serves());
}

TEST_F(HealthTest, AStoreThatCannotBeWrittenBeforeRecoveryEndsIsStillNotServedAfter) {
  health.SetWritable(false);
  Subscribe();
  health.SetRecovered();
  EXPECT_FALSE(Serves());
}

TEST_F(HealthTest, DoesNotServeWhileTheHttpClientIsUnableToSend) {
  EXPECT_TRUE(health.sending());
  Subscribe();
  health.SetRecovered();
  health.SetSending(false);
  EXPECT_FALSE(Serves());
  EXPECT_FALSE(health.sending());
  EXPECT_TRUE(health.writable());
  health.SetSending(true);
  EXPECT_TRUE(Serves());
}

TEST_F(HealthTest, AbleToSendAgainItServesOnlyIfTheStoreCanBeWrittenToo) {
  Subscribe();
  health.SetRecovered();
  health.SetSending(false);
  health.SetWritable(false);
  health.SetSending(true);
  EXPECT_FALSE(Serves());
  health.SetWritable(true);
  EXPECT_TRUE(Serves());
}

TEST_F(HealthTest, DoesNotServeOnceItDrainsWhateverComes) {
  Subscribe();
  health.SetRecovered();
  health.SetDraining();
  EXPECT_FALSE(Serves());
  health.SetWritable(false);
  health.SetWritable(true);
  health.SetSending(false);
  health.SetSending(true);
  EXPECT_FALSE(Serves());
}

TEST_F(HealthTest, NobodyIsToldBeforeThereIsSomebody) {
  health.SetWritable(false);
  EXPECT_THAT(statuses, IsEmpty());
}

}  // namespace
}  // namespace hookd
