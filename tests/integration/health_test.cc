// grpc.health.v1 of a real hookd.
#include "tests/support/health.h"

#include <sys/mount.h>

#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "tests/integration/watched_hookd.h"

namespace hookd {
namespace {

const char* const kServices[] = {"",
                                 "hookd.v1.ProjectService",
                                 "hookd.v1.WebhookService",
                                 "hookd.v1.EventService",
                                 "hookd.v1.DeliveryService",
                                 "hookd.v1.TokenService",
                                 "hookd.v1.AdminService"};

class HealthTest : public WatchedHookd {
 protected:
  // Whether it answers so for hookd as a whole and for each service.
  void ExpectEverywhere(const std::string& status) {
    for (const char* service : kServices) EXPECT_EQ(Health(service), status) << service;
  }
};

TEST_F(HealthTest, ServesOnceItHasSaidSo) {
  Start();
  ExpectEverywhere("SERVING");
  EXPECT_EQ(Health("no.such.Service"), "service name unknown");
}

TEST_F(HealthTest, DoesNotServeWhileItDrains) {
  Start({"--drain_timeout=1s"});
  // Something to wait for.
  receiver_.SetDefault({.hang = true});
  CreateWebhook("w", receiver_.Url("/"));
  Emit();
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  std::vector<std::unique_ptr<HealthWatch>> watches;
  for (const char* service : kServices) {
    watches.push_back(std::make_unique<HealthWatch>(server_->channel(), service));
    ASSERT_EQ(watches.back()->Next(), "SERVING");
  }
  std::thread stopping([this] { EXPECT_EQ(server_->Stop().exit_code, 0); });
  for (auto& watch : watches) {
    EXPECT_EQ(watch->Next(), "NOT_SERVING");
    watch.reset();
  }
  stopping.join();
}

TEST_F(HealthTest, DoesNotServeWhileTheStoreCannotBeWritten) {
  TempDir disk;
  if (mount("none", disk.path().c_str(), "tmpfs", 0, "size=16m") != 0) {
    GTEST_SKIP() << "mounting a file system takes rights that this user does not have";
  }
  Start({"--min_free_bytes=0"}, disk.path() + "/data");
  CreateWebhook("w", receiver_.Url("/"));
  HealthWatch watch(server_->channel());
  ASSERT_EQ(watch.Next(), "SERVING");
  {
    std::ofstream ballast(disk.path() + "/ballast");
    while (ballast << std::string(4096, 'x') << std::flush) {
    }
  }
  // What fits the file as it is, is still written.
  grpc::Status status;
  const absl::Time deadline = absl::Now() + kPatience;
  while (status.ok() && absl::Now() < deadline) {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    request.mutable_event()->mutable_sent()->mutable_user()->set_email(std::string(16'000, 'x'));
    v1::EmitEventResponse response;
    grpc::ClientContext context;
    status = events_->EmitEvent(&context, request, &response);
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(watch.Next(), "NOT_SERVING");

  // It notices by itself that there is room again.
  ASSERT_EQ(remove((disk.path() + "/ballast").c_str()), 0);
  EXPECT_EQ(watch.Next(), "SERVING");
  WaitForValue("hookd_store_writable", 1);
  server_.reset();
  umount2(disk.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace hookd
