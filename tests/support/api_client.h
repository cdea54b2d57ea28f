// A caller of the API that does not depend on the transport, so that one test can check several transports.
//
// Neither client uses any of hookd's own code: requests and responses are converted by Protocol Buffers, gRPC
// and cpp-httplib. Blocks; an object is for one thread.
#ifndef HOOKD_TESTS_SUPPORT_API_CLIENT_H_
#define HOOKD_TESTS_SUPPORT_API_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/server_process.h"

namespace hookd {

class ApiClient {
 public:
  // A stream of responses. The destructor cancels it.
  class Stream {
   public:
    virtual ~Stream() = default;
    // Waits for the next response; returns false at the end of the stream.
    virtual bool Read(google::protobuf::Message* response) = 0;
    // Cancels the stream: Read returns false soon.
    virtual void Cancel() = 0;
    // Waits for the end and returns the status of the stream. Call it after Read has returned false.
    virtual absl::Status Finish() = 0;
  };

  virtual ~ApiClient() = default;

  // Calls a unary method, such as "WebhookService.CreateWebhook". An error has its details as payloads, by
  // their type URLs.
  virtual absl::Status Call(absl::string_view method, const google::protobuf::Message& request,
                            google::protobuf::Message* response) = 0;

  // Calls a method that returns a stream. An error is returned by Finish.
  virtual std::unique_ptr<Stream> Open(absl::string_view method,
                                       const google::protobuf::Message& request) = 0;
};

// Both clients send `token` unless it is empty.
std::unique_ptr<ApiClient> MakeGrpcApiClient(std::shared_ptr<grpc::Channel> channel,
                                             const std::string& token = "");
// Also checks that the HTTP status of every error is that of its code, as google/rpc/code.proto maps them,
// and that 401 has a challenge.
std::unique_ptr<ApiClient> MakeHttpApiClient(int port, const std::string& token = "");

// The descriptor of a method of hookd.v1, such as "WebhookService.CreateWebhook".
const google::protobuf::MethodDescriptor& FindApiMethod(absl::string_view method);

// Converts between a status and a google.rpc.Status.
absl::Status FromProto(const google::rpc::Status& proto);

// The detail of that type in an error; an empty message if it has none.
template <typename Detail>
Detail FindDetail(const absl::Status& error) {
  Detail detail;
  const auto payload =
      error.GetPayload("type.googleapis.com/" + std::string(Detail::descriptor()->full_name()));
  if (payload.has_value()) detail.ParseFromString(std::string(*payload));
  return detail;
}

// The violations of a BadRequest, each as "field: description".
std::vector<std::string> FindViolations(const absl::Status& error);
// Their fields alone.
std::vector<std::string> FindFields(const absl::Status& error);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_API_CLIENT_H_
