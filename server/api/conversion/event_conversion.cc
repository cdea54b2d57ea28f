#include "api/conversion/event_conversion.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/resource_names.h"
#include "api/validation/event_validation.h"
#include "base/fingerprint.h"
#include "base/limits.h"
#include "payload/document_reader.h"
#include "payload/payload.h"

namespace hookd {

namespace {

// Requires: the event is valid, because the JSON writer requires it.
Acceptor::ValidEvent ToValidEvent(const v1::Event& event, absl::string_view path,
                                  std::shared_ptr<const TraceContext> trace, FieldViolations& violations) {
  Acceptor::ValidEvent valid;
  valid.type = TypeOf(event);
  valid.trace = std::move(trace);
  valid.json = std::make_shared<const std::string>(ToJson(event));
  if (valid.json->size() > limits::kMaxPayloadBytes) {
    violations.Add(path, absl::StrCat("is ", valid.json->size(), " bytes as JSON: at most ",
                                      limits::kMaxPayloadBytes, " are allowed"));
  }
  if (event.name().empty() && !event.has_emit_time() && event.document().empty() &&
      event.webhook_count() == 0) {
    valid.event = event.SerializeAsString();
  } else {
    v1::Event stored = event;
    stored.clear_name();
    stored.clear_emit_time();
    stored.clear_document();
    stored.clear_webhook_count();
    valid.event = stored.SerializeAsString();
  }
  return valid;
}

// Reads the event from its documented JSON, whose path is `path`.
Acceptor::ValidEvent ReadEventDocument(const std::string& document, absl::string_view path,
                                       std::shared_ptr<const TraceContext> trace,
                                       FieldViolations& violations) {
  if (document.size() > limits::kMaxPayloadBytes) {
    violations.Add(
        path, absl::StrCat("must be at most ", limits::kMaxPayloadBytes, " bytes, not ", document.size()));
    return {};
  }
  const auto refuse = [&](absl::string_view member, absl::string_view description) {
    const bool is_field = !member.empty() && member.front() != '[';
    violations.Add(violations.full() ? "" : absl::StrCat(path, is_field ? "." : "", member), description);
  };
  v1::Event event;
  if (!ReadDocument(document, event, refuse)) return {};
  const int before = violations.count();
  ValidateEvent(event, path, violations, EventForm::kDocument);
  if (violations.count() != before) return {};
  return ToValidEvent(event, path, std::move(trace), violations);
}

}  // namespace

Acceptor::ValidEvent ReadEvent(const v1::Event* event, const std::string& document,
                               absl::string_view path_prefix, std::shared_ptr<const TraceContext> trace,
                               FieldViolations& violations) {
  if (!document.empty()) {
    const std::string path = absl::StrCat(path_prefix, "document");
    if (event == nullptr) return ReadEventDocument(document, path, std::move(trace), violations);
    violations.Add(path, "must not be set together with event");
    return {};
  }
  const std::string path = absl::StrCat(path_prefix, "event");
  if (event == nullptr) {
    violations.Add(path, "is required, or document instead");
    return {};
  }
  const int before = violations.count();
  ValidateEvent(*event, path, violations);
  if (violations.count() != before) return {};
  return ToValidEvent(*event, path, std::move(trace), violations);
}

// Compares requests by their JSON, because a Struct is serialized in no fixed order, and so that an event and
// its document are the same.
std::optional<RequestId> RequestIdOf(const std::string& request_id, absl::string_view method,
                                     const std::vector<Acceptor::ValidEvent>& events) {
  if (request_id.empty()) return std::nullopt;
  std::string content(method);
  for (const Acceptor::ValidEvent& event : events) absl::StrAppend(&content, "\n", *event.json);
  return RequestId{.id = request_id, .fingerprint = Fingerprint(content)};
}

absl::Status ToProto(const std::string& project, const Event& event, v1::EventView view, v1::Event& proto) {
  if (!proto.ParseFromString(event.event)) return absl::DataLossError("the stored event is corrupt");
  // The document is of what was emitted: it has none of the fields below.
  if (view == v1::EVENT_VIEW_DOCUMENT) proto.set_document(ToJson(proto));
  proto.set_name(EventName(project, event.key));
  ToProto(event.emit_time, *proto.mutable_emit_time());
  proto.set_webhook_count(event.webhook_count);
  return absl::OkStatus();
}

void ToProto(const std::string& project, const AcceptedEvent& event, v1::EmitEventResponse& proto) {
  proto.set_event(EventName(project, event.key));
  proto.set_webhook_count(event.webhook_count);
  ToProto(event.emit_time, *proto.mutable_emit_time());
}

}  // namespace hookd
