#include "api/handlers/event_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/event_conversion.h"
#include "base/limits.h"

namespace hookd {
namespace {

void CheckView(v1::EventView view, FieldViolations& violations) {
  if (!v1::EventView_IsValid(view)) violations.Add("view", "is not a view");
}

}  // namespace

void EventService::EmitEvent(const CallContext& context, const v1::EmitEventRequest& request,
                             Reply<v1::EmitEventResponse> reply) {
  FieldViolations violations;
  const std::string project = ReadParent(request.parent(), violations);
  std::vector<Acceptor::ValidEvent> events;
  events.push_back(ReadEvent(request.has_event() ? &request.event() : nullptr, request.document(), "",
                             context.caller.Trace(), violations));
  CheckRequestId(request.request_id(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());

  if (request.validate_only()) {
    v1::EmitEventResponse response;
    response.set_webhook_count(acceptor_->CountWebhooks(project, events[0].type));
    return reply.Send(response);
  }
  auto request_id = RequestIdOf(request.request_id(), "EmitEvent", events);
  acceptor_->Accept(project, std::move(events), std::move(request_id),
                    [reply, project](const absl::StatusOr<Store::Accepted>& accepted) {
                      if (!accepted.ok()) return reply.Fail(accepted.status());
                      v1::EmitEventResponse response;
                      ToProto(project, accepted->events.front(), response);
                      reply.Send(response);
                    });
}

void EventService::BatchEmitEvents(const CallContext& context, const v1::BatchEmitEventsRequest& request,
                                   Reply<v1::BatchEmitEventsResponse> reply) {
  FieldViolations violations;
  const std::string project = ReadParent(request.parent(), violations);
  CheckRequestId(request.request_id(), violations);
  if (request.requests().empty() || request.requests_size() > limits::kMaxBatchSize) {
    violations.Add("requests", absl::StrCat("must be 1 to ", limits::kMaxBatchSize, " events, not ",
                                            request.requests_size()));
  }
  const auto trace = context.caller.Trace();
  std::vector<Acceptor::ValidEvent> events;
  for (int i = 0; i < std::min(request.requests_size(), limits::kMaxBatchSize); ++i) {
    const v1::EmitEventRequest& entry = request.requests(i);
    const std::string path = absl::StrCat("requests[", i, "].");
    if (!entry.parent().empty() && entry.parent() != request.parent()) {
      violations.Add(path + "parent", "must be empty or equal to the batch's parent");
    }
    if (!entry.request_id().empty())
      violations.Add(path + "request_id", "must not be set: the batch has one");
    if (entry.validate_only()) violations.Add(path + "validate_only", "must not be set: the batch has one");
    events.push_back(
        ReadEvent(entry.has_event() ? &entry.event() : nullptr, entry.document(), path, trace, violations));
  }
  if (!violations.empty()) return reply.Fail(violations.ToStatus());

  if (request.validate_only()) {
    v1::BatchEmitEventsResponse response;
    for (const Acceptor::ValidEvent& event : events) {
      response.add_responses()->set_webhook_count(acceptor_->CountWebhooks(project, event.type));
    }
    return reply.Send(response);
  }
  auto request_id = RequestIdOf(request.request_id(), "BatchEmitEvents", events);
  acceptor_->Accept(project, std::move(events), std::move(request_id),
                    [reply, project](const absl::StatusOr<Store::Accepted>& accepted) {
                      if (!accepted.ok()) return reply.Fail(accepted.status());
                      v1::BatchEmitEventsResponse response;
                      for (const AcceptedEvent& event : accepted->events) {
                        ToProto(project, event, *response.add_responses());
                      }
                      reply.Send(response);
                    });
}

absl::StatusOr<std::shared_ptr<RequestStream>> EventService::StreamEvents(const CallContext& context,
                                                                          RequestSource* source) {
  return streams_.Open(context, source);
}

void EventService::GetEvent(const CallContext&, const v1::GetEventRequest& request, Reply<v1::Event> reply) {
  FieldViolations violations;
  const KeyName event_name = ReadEventName(request.name(), violations);
  CheckView(request.view(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  store_->GetEvent(event_name.project, event_name.key,
                   [reply, project = event_name.project, name = request.name(),
                    view = request.view()](const absl::StatusOr<Event>& event) {
                     if (!event.ok()) return reply.Fail(event.status(), name);
                     v1::Event response;
                     const absl::Status converted = ToProto(project, *event, view, response);
                     if (!converted.ok()) return reply.Fail(converted, name);
                     reply.Send(response);
                   });
}

}  // namespace hookd
