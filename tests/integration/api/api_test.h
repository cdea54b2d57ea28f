// What the tests of the API have in common: a real hookd, a real receiver, and a client for the transport
// that is tested. Requests are written as text (google::protobuf::TextFormat).
//
// Not thread-safe.
#ifndef HOOKD_TESTS_INTEGRATION_API_API_TEST_H_
#define HOOKD_TESTS_INTEGRATION_API_API_TEST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/admin_service.pb.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/token_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/support/api_client.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {

enum class Transport { kGrpc, kHttp };

class ApiTestBase : public ::testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Seconds(30);

  // Starts hookd; the tests whose hookd has no flags need not.
  void Start(std::vector<std::string> flags = {});
  std::unique_ptr<ApiClient> MakeClient(Transport transport, const std::string& token = "");

  // A request of the method, from text.
  static std::unique_ptr<google::protobuf::Message> Request(absl::string_view method,
                                                            const std::string& text);
  template <typename Response>
  static absl::StatusOr<Response> CallBy(ApiClient& client, absl::string_view method,
                                         const std::string& text) {
    Response response;
    const absl::Status status = client.Call(method, *Request(method, text), &response);
    if (!status.ok()) return status;
    return response;
  }

  TempDir data_;
  HttpReceiver receiver_;
  std::unique_ptr<ServerProcess> server_;
};

// A test that runs over every transport.
class ApiTest : public ApiTestBase, public ::testing::WithParamInterface<Transport> {
 protected:
  // A client with the token, or without one.
  std::unique_ptr<ApiClient> Client(const std::string& token = "") { return MakeClient(GetParam(), token); }

  // Calls a method without a token.
  template <typename Response>
  absl::StatusOr<Response> Call(absl::string_view method, const std::string& text) {
    if (client_ == nullptr) client_ = Client();
    return CallBy<Response>(*client_, method, text);
  }
  // Likewise, and returns the error.
  absl::Status Fail(absl::string_view method, const std::string& text);

  // Calls that must succeed. The webhook, of project p, receives at `path`; `more` is further text.
  v1::Webhook CreateWebhook(const std::string& id, const std::string& path = "/",
                            const std::string& more = "event_types: EVENT_TYPE_SENT");
  v1::Webhook GetWebhook(const std::string& id);
  // Emits an event of type sent to project p.
  v1::EmitEventResponse Emit(const std::string& email = "steve@example.com");
  std::vector<v1::Delivery> ListDeliveries(const std::string& filter = "");
  // Waits until project p has so many deliveries that the filter selects, and returns them.
  std::vector<v1::Delivery> AwaitDeliveries(size_t count, const std::string& filter);

 private:
  std::unique_ptr<ApiClient> client_;
};

inline std::string TransportName(const ::testing::TestParamInfo<Transport>& info) {
  return info.param == Transport::kGrpc ? "Grpc" : "Http";
}

#define HOOKD_TEST_TRANSPORTS(test) \
  INSTANTIATE_TEST_SUITE_P(Over, test, ::testing::Values(Transport::kGrpc, Transport::kHttp), TransportName)

}  // namespace hookd

#endif  // HOOKD_TESTS_INTEGRATION_API_API_TEST_H_
