#include "base/caller_descriptors.h"

#include <sys/resource.h>

#include "base/limits.h"
#include "base/tuning.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

// The division for a process that may open so many descriptors.
CallerDescriptors DivisionOf(rlim_t descriptors) {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit changed = before;
  changed.rlim_cur = descriptors;
  setrlimit(RLIMIT_NOFILE, &changed);
  const CallerDescriptors divided = DivideCallerDescriptors();
  setrlimit(RLIMIT_NOFILE, &before);
  return divided;
}

TEST(CallerDescriptorsTest, FewAreDividedBetweenGrpcAndHttp) {
  EXPECT_EQ(DivisionOf(1024).grpc_connections, 149);
  EXPECT_EQ(DivisionOf(1024).http_connections, 114);
}

TEST(CallerDescriptorsTest, HttpHasWhatGrpcDoesNotNeed) {
  EXPECT_EQ(DivisionOf(8192).grpc_connections, limits::kMaxConnections);
  EXPECT_EQ(DivisionOf(8192).http_connections, 1580);
}

TEST(CallerDescriptorsTest, AllCallersTogetherLeaveThoseOfDeliveriesAndTheRest) {
  for (const int all : {512, 1024, 2048, 4096, 6112, 8192}) {
    const CallerDescriptors divided = DivisionOf(static_cast<rlim_t>(all));
    const int grpc = divided.grpc_connections + ClosingConnections(divided.grpc_connections);
    const int for_deliveries = std::min(limits::kMaxConcurrency, all / 2);
    EXPECT_LE(2 * grpc + divided.http_connections, all - for_deliveries - tuning::kOtherDescriptors) << all;
  }
}

TEST(CallerDescriptorsTest, AFewConnectionsAreAlwaysServed) {
  EXPECT_EQ(DivisionOf(64).grpc_connections, 16);
  EXPECT_EQ(DivisionOf(64).http_connections, 16);
}

}  // namespace
}  // namespace hookd
