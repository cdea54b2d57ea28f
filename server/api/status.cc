#include "api/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "api/validation/field_violations.h"
#include "base/limits.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"

namespace hookd {
namespace {

constexpr absl::string_view kTypeUrlPrefix = "type.googleapis.com/";

// The type of a resource (AIP-123), from the collection in its name.
std::string ResourceType(absl::string_view resource) {
  if (resource.find("/webhooks/") != absl::string_view::npos) return "hookd.dev/Webhook";
  if (resource.find("tokens/") == 0) return "hookd.dev/Token";
  if (resource.find("/events/") != absl::string_view::npos) return "hookd.dev/Event";
  if (resource.find("/deliveries/") != absl::string_view::npos) return "hookd.dev/Delivery";
  return "hookd.dev/Project";
}

bool HasDetails(const absl::Status& status) {
  bool found = false;
  status.ForEachPayload([&found](absl::string_view type, const absl::Cord&) {
    found = found || absl::StartsWith(type, kTypeUrlPrefix);
  });
  return found;
}

}  // namespace

void AddDetail(absl::Status& status, const google::protobuf::Message& detail) {
  status.SetPayload(absl::StrCat(kTypeUrlPrefix, detail.GetTypeName()),
                    absl::Cord(detail.SerializeAsString()));
}

absl::Status WithDetails(const absl::Status& status, absl::string_view resource) {
  if (status.ok() || HasDetails(status)) return status;
  if (const auto field = FieldOf(status)) {
    FieldViolations violations;
    violations.Add(*field, status.message());
    return violations.ToStatus();
  }
  absl::Status detailed = status;
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted: {
      if (resource.empty()) break;
      google::rpc::ResourceInfo info;
      info.set_resource_type(ResourceType(resource));
      info.set_resource_name(std::string(resource));
      info.set_description(std::string(status.message()));
      AddDetail(detailed, info);
      break;
    }
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable: {
      google::rpc::RetryInfo info;
      info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(limits::kRetryDelay));
      AddDetail(detailed, info);
      break;
    }
    default:
      break;
  }
  return detailed;
}

void ToProto(const absl::Status& status, google::rpc::Status& proto) {
  proto.Clear();
  proto.set_code(static_cast<int>(status.code()));  // the same numbers as google.rpc.Code
  proto.set_message(std::string(status.message()));
  status.ForEachPayload([&proto](absl::string_view type, const absl::Cord& value) {
    if (!absl::StartsWith(type, kTypeUrlPrefix)) return;
    google::protobuf::Any& detail = *proto.add_details();
    detail.set_type_url(std::string(type));
    detail.set_value(std::string(value));
  });
}

}  // namespace hookd
