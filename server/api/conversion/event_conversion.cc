#include "api/conversion/event_conversion.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/resource_names.h"
#include "api/validation/event_validation.h"
#include "base/fingerprint.h"
#include "base/limits.h"
#include "payload/payload.h"

namespace hookd {

Acceptor::ValidEvent ReadEvent(const v1::Event* event, absl::string_view path,
                               std::shared_ptr<const TraceContext> trace, FieldViolations& violations) {
  if (event == nullptr) {
    violations.Add(path, "is required");
    return {};
  }
  const int before = violations.count();
  ValidateEvent(*event, path, violations);
  // The JSON writers require a valid event.
  if (violations.count() != before) return {};

  Acceptor::ValidEvent valid;
  valid.type = TypeOf(*event);
  valid.trace = std::move(trace);
  valid.json = std::make_shared<const std::string>(ToJson(*event));
  if (valid.json->size() > limits::kMaxPayloadBytes) {
    violations.Add(path, absl::StrCat("is ", valid.json->size(), " bytes as JSON: at most ",
                                      limits::kMaxPayloadBytes, " are allowed"));
  }
  if (event->name().empty() && !event->has_emit_time()) {
    valid.event = event->SerializeAsString();
  } else {
    v1::Event stored = *event;
    stored.clear_name();
    stored.clear_emit_time();
    valid.event = stored.SerializeAsString();
  }
  return valid;
}

// Compares requests by their JSON, because a Struct is serialized in no fixed order.
std::optional<RequestId> RequestIdOf(const std::string& request_id, absl::string_view method,
                                     const std::vector<Acceptor::ValidEvent>& events) {
  if (request_id.empty()) return std::nullopt;
  std::string content(method);
  for (const Acceptor::ValidEvent& event : events) absl::StrAppend(&content, "\n", *event.json);
  return RequestId{.id = request_id, .fingerprint = Fingerprint(content)};
}

void ToProto(const std::string& project, const AcceptedEvent& event, v1::EmitEventResponse& proto) {
  proto.set_event(EventName(project, event.key));
  proto.set_webhook_count(event.webhook_count);
  ToProto(event.emit_time, *proto.mutable_emit_time());
}

}  // namespace hookd
