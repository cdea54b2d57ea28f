#include "rpc/event_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "rpc/caller_trace.h"
#include "rpc/common_fields.h"
#include "rpc/delivery_conversion.h"
#include "rpc/emitting.h"
#include "rpc/intake_pace.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"

namespace hookd {

grpc::ServerUnaryReactor* EventService::EmitEvent(grpc::CallbackServerContext* context,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::EmitEventRequest, v1::EmitEventResponse>;
  return Call::Start(callers_, Role::kEmit, context, request, response, [this, context](Call* call) {
    const v1::EmitEventRequest& emit = call->request();
    FieldViolations violations;
    const std::string project = ReadParent(emit.parent(), violations);
    std::vector<Acceptor::ValidEvent> events;
    events.push_back(
        ReadEvent(emit.has_event() ? &emit.event() : nullptr, "event", CallerTrace(*context), violations));
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
                        ToProto(project, accepted->front(), call->response());
                        call->Answer();
                      });
    PaceIntake();
  });
}

grpc::ServerUnaryReactor* EventService::BatchEmitEvents(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::BatchEmitEventsRequest, v1::BatchEmitEventsResponse>;
  return Call::Start(callers_, Role::kEmit, context, request, response, [this, context](Call* call) {
    const v1::BatchEmitEventsRequest& batch = call->request();
    FieldViolations violations;
    const std::string project = ReadParent(batch.parent(), violations);
    CheckRequestId(batch.request_id(), violations);
    if (batch.requests().empty() || batch.requests_size() > limits::kMaxBatchSize) {
      violations.Add("requests", absl::StrCat("must be 1 to ", limits::kMaxBatchSize, " events, not ",
                                              batch.requests_size()));
    }
    const auto trace = CallerTrace(*context);
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
      events.push_back(
          ReadEvent(each.has_event() ? &each.event() : nullptr, path + "event", trace, violations));
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
                          ToProto(project, event, *call->response().add_responses());
                        }
                        call->Answer();
                      });
  });
}

EventStreams::Reactor* EventService::StreamEvents(grpc::CallbackServerContext* context) {
  return streams_.Start(*context);
}

grpc::ServerUnaryReactor* EventService::GetEvent(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::GetEventRequest, v1::Event>;
  return Call::Start(callers_, Role::kRead, context, request, response, [this](Call* call) {
    FieldViolations violations;
    const KeyName name = ReadEventName(call->request().name(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    store_->GetEvent(name.project, name.key,
                     [call, asked = call->request().name()](absl::StatusOr<Event> event) {
                       if (!event.ok()) return call->Fail(ToGrpc(event.status(), asked));
                       if (!call->response().ParseFromString(event->event)) {
                         return call->Fail(ToGrpc(absl::DataLossError("the stored event is damaged"), asked));
                       }
                       call->response().set_name(asked);
                       ToProto(event->emit_time, *call->response().mutable_emit_time());
                       call->Answer();
                     });
  });
}

}  // namespace hookd
