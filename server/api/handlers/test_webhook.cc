// The part of WebhookService that tests webhooks, stored or not.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/event_conversion.h"
#include "api/handlers/test_explanation.h"
#include "api/handlers/webhook_service.h"
#include "api/handlers/webhook_update.h"
#include "payload/payload.h"
#include "store/store_errors.h"

namespace hookd {

// What to send: the sample of a type, or an event of the caller's.
struct WebhookService::TestPayload {
  v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;  // of a sample: the first of the webhook, if unspecified
  std::shared_ptr<const std::string> event;         // as JSON; null for the sample

  static TestPayload Read(const v1::TestWebhookRequest& request, FieldViolations& violations);
};

WebhookService::TestPayload WebhookService::TestPayload::Read(const v1::TestWebhookRequest& request,
                                                              FieldViolations& violations) {
  TestPayload payload{.type = request.event_type(), .event = nullptr};
  const int before = violations.count();
  if (!v1::EventType_IsValid(payload.type)) {
    violations.Add("event_type",
                   absl::StrCat(int{payload.type}, " is not an event type: see hookd.v1.EventType"));
  }
  if (!request.has_event() && request.document().empty()) return payload;
  const Acceptor::ValidEvent event = ReadEvent(request.has_event() ? &request.event() : nullptr,
                                               request.document(), "", nullptr, violations);
  if (violations.count() != before) return payload;
  const auto type = static_cast<v1::EventType>(event.type);
  if (payload.type != v1::EVENT_TYPE_UNSPECIFIED && payload.type != type) {
    violations.Add("event_type",
                   absl::StrCat("is ", TypeName(payload.type), ", but the event is ", TypeName(type)));
  }
  return {.type = type, .event = event.json};
}

namespace {

v1::EventType FirstType(const Webhook& webhook) {
  size_t type = 1;
  while (type < webhook.event_types.size() - 1 && !webhook.event_types[type]) ++type;
  return static_cast<v1::EventType>(type);
}

// The fields of a webhook that is not stored. Its event types only say which sample to send, so that they may
// be missing if the request says what to send.
std::vector<WebhookField> FieldsToRead(const v1::TestWebhookRequest& request) {
  std::vector<WebhookField> fields = WebhookFields();
  const bool says_what = request.event_type() != v1::EVENT_TYPE_UNSPECIFIED || request.has_event() ||
                         !request.document().empty();
  if (says_what && request.webhook().event_types().empty()) {
    std::erase_if(fields,
                  [](const WebhookField& field) { return absl::string_view(field.name) == "event_types"; });
  }
  return fields;
}

// The changes to a stored webhook, as a request to update it.
v1::UpdateWebhookRequest ChangesOf(const v1::TestWebhookRequest& request) {
  v1::UpdateWebhookRequest update;
  *update.mutable_webhook() = request.webhook();
  update.mutable_webhook()->set_name(request.name());
  if (request.has_webhook()) *update.mutable_update_mask() = request.update_mask();
  return update;
}

}  // namespace

void WebhookService::TestWebhook(const CallContext& context, const v1::TestWebhookRequest& request,
                                 Reply<v1::TestWebhookResponse> reply) {
  const bool is_new = request.name().empty() && (request.has_webhook() || !request.parent().empty());
  return is_new ? TestNew(context, request, reply) : TestStored(context, request, reply);
}

void WebhookService::TestNew(const CallContext& context, const v1::TestWebhookRequest& request,
                             const Reply<v1::TestWebhookResponse>& reply) {
  FieldViolations violations;
  const std::string project = ReadParent(request.parent(), violations);
  if (!request.update_mask().paths().empty()) {
    violations.Add("update_mask", "must not be set without a name: no stored webhook is changed");
  }
  const TestPayload payload = TestPayload::Read(request, violations);
  Webhook webhook;
  SigningChoice signing;
  if (request.has_webhook()) {
    webhook = ReadNew(FieldsToRead(request), request.webhook(), signing, violations);
  } else {
    violations.Add("webhook", "is required without a name");
  }
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  webhook.project = project;
  webhook.signing_secrets = {signing.Secret()};
  SendTest(context, webhook, payload, reply);
}

void WebhookService::TestStored(const CallContext& context, const v1::TestWebhookRequest& request,
                                const Reply<v1::TestWebhookResponse>& reply) {
  FieldViolations violations;
  const ResourceName name = ReadWebhookName(request.name(), "name", violations);
  if (!request.parent().empty()) violations.Add("parent", "must not be set together with name");
  if (!request.update_mask().paths().empty() && !request.has_webhook()) {
    violations.Add("webhook", "is required with an update_mask");
  }
  if (!request.webhook().name().empty() && request.webhook().name() != request.name()) {
    violations.Add("webhook.name", "must be empty or equal to name");
  }
  const TestPayload payload = TestPayload::Read(request, violations);
  const v1::UpdateWebhookRequest changes = ChangesOf(request);
  if (!CheckUpdateSize(changes, violations)) return reply.Fail(violations.ToStatus());
  const auto stored = webhooks_->Get(name.project, name.id);
  auto edit = ReadEdit(changes, stored.get(), violations);
  if (!edit.ok()) return reply.Fail(edit.status(), request.name());
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  if (stored == nullptr) return reply.Fail(WebhookNotFound(name.project, name.id), request.name());
  Webhook webhook = *stored;
  const absl::Status edited = (*edit)(webhook);
  if (!edited.ok()) return reply.Fail(edited, request.name());
  SendTest(context, webhook, payload, reply);
}

void WebhookService::SendTest(const CallContext& context, const Webhook& webhook, const TestPayload& payload,
                              const Reply<v1::TestWebhookResponse>& reply) {
  const v1::EventType type = payload.type == v1::EVENT_TYPE_UNSPECIFIED ? FirstType(webhook) : payload.type;
  auto place = tests_.Take({absl::StrCat("projects/", webhook.project), context.access.Holder()});
  if (!place.ok()) return reply.Fail(place.status());
  auto body =
      payload.event != nullptr ? payload.event : std::make_shared<const std::string>(ToJson(Sample(type)));
  const auto trace = context.caller.Trace();
  const auto done = [reply, type, place = *std::move(place)](absl::StatusOr<Tester::Result> result) {
    if (!result.ok()) return reply.Fail(result.status());
    v1::TestWebhookResponse response;
    response.set_success(result->attempt.error.empty());
    response.set_message(ExplainTest(result->attempt));
    response.set_event_type(type);
    response.mutable_request()->set_url(result->request.url);
    for (const auto& [header, value] : result->request.headers) {
      (*response.mutable_request()->mutable_headers())[header] = value;
    }
    response.mutable_request()->set_body(*result->request.body);
    result->attempt.request_headers = std::move(result->request.headers);
    ToProto(result->attempt, *response.mutable_attempt());
    reply.Send(response);
  };
  tester_->Test(webhook, std::move(body), trace.get(), done);
}

}  // namespace hookd
