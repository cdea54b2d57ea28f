#include "rpc/status.h"

#include <string>

#include "base/limits.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"
#include "rpc/field_violations.h"

namespace hookd {
namespace {

// The kind of a resource, by the collection in its name (AIP-123).
std::string ResourceType(absl::string_view resource) {
  if (resource.find("/webhooks/") != absl::string_view::npos) return "hookd.dev/Webhook";
  if (resource.find("tokens/") == 0) return "hookd.dev/Token";
  if (resource.find("/events/") != absl::string_view::npos) return "hookd.dev/Event";
  return "hookd.dev/Delivery";
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, absl::string_view resource) {
  if (status.ok()) return grpc::Status::OK;
  if (const auto field = FieldOf(status)) {
    FieldViolations violations;
    violations.Add(*field, status.message());
    return violations.ToStatus();
  }
  const auto code = static_cast<grpc::StatusCode>(status.code());  // the numbers are the same
  const std::string message(status.message());
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted: {
      if (resource.empty()) break;
      google::rpc::ResourceInfo info;
      info.set_resource_type(ResourceType(resource));
      info.set_resource_name(std::string(resource));
      info.set_description(message);
      details.add_details()->PackFrom(info);
      break;
    }
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable: {
      google::rpc::RetryInfo info;
      info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(limits::kRetryDelay));
      details.add_details()->PackFrom(info);
      break;
    }
    default:
      break;
  }
  return grpc::Status(code, message, details.SerializeAsString());
}

void ToProto(const grpc::Status& status, google::rpc::Status& proto) {
  // All our errors have the whole of it in their details, code and message too.
  if (!proto.ParseFromString(status.error_details())) proto.Clear();
  proto.set_code(status.error_code());
  proto.set_message(status.error_message());
}

}  // namespace hookd
