// A real hookd that is watched: its metrics, its health, its log. Calls that must succeed.
//
// Not thread-safe.
#ifndef HOOKD_TESTS_INTEGRATION_WATCHED_HOOKD_H_
#define HOOKD_TESTS_INTEGRATION_WATCHED_HOOKD_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/health.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {

// One line of a scrape: hookd_attempts_total{outcome="2xx"} 3
struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

class WatchedHookd : public ::testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Seconds(30);
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  void Start(std::vector<std::string> flags = {}, const std::string& data_dir = "");

  std::string Scrape();
  std::vector<Sample> Samples();
  // The sum of the samples of that name, of those with the label's value if one is given.
  double Value(const std::string& name, const std::string& label = "", const std::string& value = "");
  // Waits until it is at least that.
  void WaitForValue(const std::string& name, double least, const std::string& label = "",
                    const std::string& value = "");

  // Of project p, for events of type sent; with a retry policy if `max_attempts` says so.
  v1::Webhook CreateWebhook(const std::string& id, const std::string& url, int max_attempts = 1);
  std::string Emit(const std::string& email = "steve@example.com", const Metadata& metadata = {});
  // The deliveries of an event, with their attempts.
  std::vector<v1::Delivery> Deliveries(const std::string& event);

  // Of grpc.health.v1: "SERVING", "NOT_SERVING" or what went wrong.
  std::string Health(const std::string& service = "");

  TempDir data_;
  HttpReceiver receiver_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<v1::WebhookService::Stub> webhooks_;
  std::unique_ptr<v1::EventService::Stub> events_;
  std::unique_ptr<v1::DeliveryService::Stub> deliveries_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_INTEGRATION_WATCHED_HOOKD_H_
