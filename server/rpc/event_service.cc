#include "rpc/event_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/fingerprint.h"
#include "base/limits.h"
#include "payload/payload.h"
#include "rpc/common_fields.h"
#include "rpc/delivery_conversion.h"
#include "rpc/event_validation.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"

namespace hookd {
namespace {

// The event of a request, checked and written; it stands at `path`.
Acceptor::ValidEvent ReadEvent(const v1::EmitEventRequest& request, const std::string& path,
                               FieldViolations& violations) {
  if (!request.has_event()) {
    violations.Add(path, "is required");
    return {};
  }
  const int before = violations.count();
  ValidateEvent(request.event(), path, violations);
  // What is not valid may be what a writer must not be given.
  if (violations.count() != before) return {};

  Acceptor::ValidEvent event;
  event.type = TypeOf(request.event());
  event.json = std::make_shared<const std::string>(ToJson(request.event()));
  if (event.json->size() > limits::kMaxPayloadBytes) {
    violations.Add(path, absl::StrCat("is ", event.json->size(), " bytes as JSON: at most ",
                                      limits::kMaxPayloadBytes, " are taken"));
  }
  if (request.event().name().empty() && !request.event().has_emit_time()) {
    event.event = request.event().SerializeAsString();
  } else {
    v1::Event stored = request.event();
    stored.clear_name();
    stored.clear_emit_time();
    event.event = stored.SerializeAsString();
  }
  return event;
}

// What makes two requests the same: their JSON, as a Struct is serialised in no fixed order.
std::optional<RequestId> RequestIdOf(const std::string& request_id, absl::string_view method,
                                     const std::vector<Acceptor::ValidEvent>& events) {
  if (request_id.empty()) return std::nullopt;
  std::string content(method);
  for (const Acceptor::ValidEvent& event : events) absl::StrAppend(&content, "\n", *event.json);
  return RequestId{.id = request_id, .fingerprint = Fingerprint(content)};
}

void AnswerFor(const std::string& project, const AcceptedEvent& event, v1::EmitEventResponse& proto) {
  proto.set_event(EventName(project, event.key));
  proto.set_webhook_count(event.webhook_count);
  ToProto(event.emit_time, *proto.mutable_emit_time());
}

}  // namespace

grpc::ServerUnaryReactor* EventService::EmitEvent(grpc::CallbackServerContext*,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::EmitEventRequest, v1::EmitEventResponse>;
  return Call::Start(request, response, [this](Call* call) {
    const v1::EmitEventRequest& emit = call->request();
    FieldViolations violations;
    const std::string project = ReadParent(emit.parent(), violations);
    std::vector<Acceptor::ValidEvent> events;
    events.push_back(ReadEvent(emit, "event", violations));
    CheckRequestId(emit.request_id(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());

    if (emit.validate_only()) {
      call->response().set_webhook_count(acceptor_->CountWebhooks(project, events[0].type));
      return call->Answer();
    }
    auto request_id = RequestIdOf(emit.request_id(), "EmitEvent", events);
    acceptor_->Accept(project, std::move(events), std::move(request_id),
                      [call, project](absl::StatusOr<std::vector<AcceptedEvent>> accepted) {
                        if (!accepted.ok()) return call->Fail(ToGrpc(accepted.status()));
                        AnswerFor(project, accepted->front(), call->response());
                        call->Answer();
                      });
  });
}

grpc::ServerUnaryReactor* EventService::BatchEmitEvents(grpc::CallbackServerContext*,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::BatchEmitEventsRequest, v1::BatchEmitEventsResponse>;
  return Call::Start(request, response, [this](Call* call) {
    const v1::BatchEmitEventsRequest& batch = call->request();
    FieldViolations violations;
    const std::string project = ReadParent(batch.parent(), violations);
    CheckRequestId(batch.request_id(), violations);
    if (batch.requests().empty() || batch.requests_size() > limits::kMaxBatchSize) {
      violations.Add("requests", absl::StrCat("must be 1 to ", limits::kMaxBatchSize, " events, not ",
                                              batch.requests_size()));
    }
    std::vector<Acceptor::ValidEvent> events;
    for (int i = 0; i < std::min(batch.requests_size(), limits::kMaxBatchSize); ++i) {
      const v1::EmitEventRequest& each = batch.requests(i);
      const std::string path = absl::StrCat("requests[", i, "].");
      if (!each.parent().empty() && each.parent() != batch.parent()) {
        violations.Add(path + "parent", "must be empty or equal to the batch's parent");
      }
      if (!each.request_id().empty())
        violations.Add(path + "request_id", "must not be set: the batch has one");
      if (each.validate_only()) violations.Add(path + "validate_only", "must not be set: the batch has one");
      events.push_back(ReadEvent(each, path + "event", violations));
    }
    if (!violations.empty()) return call->Fail(violations.ToStatus());

    if (batch.validate_only()) {
      for (const Acceptor::ValidEvent& event : events) {
        call->response().add_responses()->set_webhook_count(acceptor_->CountWebhooks(project, event.type));
      }
      return call->Answer();
    }
    auto request_id = RequestIdOf(batch.request_id(), "BatchEmitEvents", events);
    acceptor_->Accept(project, std::move(events), std::move(request_id),
                      [call, project](absl::StatusOr<std::vector<AcceptedEvent>> accepted) {
                        if (!accepted.ok()) return call->Fail(ToGrpc(accepted.status()));
                        for (const AcceptedEvent& event : *accepted) {
                          AnswerFor(project, event, *call->response().add_responses());
                        }
                        call->Answer();
                      });
  });
}

grpc::ServerUnaryReactor* EventService::GetEvent(grpc::CallbackServerContext*,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::GetEventRequest, v1::Event>;
  return Call::Start(request, response, [this](Call* call) {
    FieldViolations violations;
    const KeyName name = ReadEventName(call->request().name(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    store_->GetEvent(name.project, name.key, [call](absl::StatusOr<Event> event) {
      if (!event.ok()) return call->Fail(ToGrpc(event.status(), call->request().name()));
      if (!call->response().ParseFromString(event->event)) {
        return call->Fail(ToGrpc(absl::DataLossError("the stored event is damaged"), call->request().name()));
      }
      call->response().set_name(call->request().name());
      ToProto(event->emit_time, *call->response().mutable_emit_time());
      call->Answer();
    });
  });
}

}  // namespace hookd
