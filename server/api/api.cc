#include "api/api.h"

#include <cassert>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/status.h"
#include "base/status_macros.h"

namespace hookd {
namespace {

// One line of the table. Requires: the method exists. The generated code of every hookd.v1 service is linked.
template <typename Handler>
Method Line(const char* name, std::optional<Role> role, Handler handler) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("hookd.v1.", name));
  assert(descriptor != nullptr);
  return {.descriptor = descriptor,
          .request =
              google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor->input_type()),
          .role = role,
          .handler = std::move(handler)};
}

}  // namespace

Api::Api(const Parts& parts)
    : authentication_{.tokens = parts.tokens, .clock = parts.clock},
      feed_(parts.engine->feed()),
      event_feed_(parts.engine->event_feed()),
      tokens_(parts.tokens, parts.clock),
      projects_(parts.engine->projects(), &stats_),
      stats_(parts.engine->stats_reader()),
      webhooks_(parts.engine->webhooks(), parts.engine->listing(), parts.engine->tester(), &stats_,
                parts.egress, parts.clock),
      events_(parts.engine->acceptor(), {.store = parts.store,
                                         .feed = parts.engine->event_feed(),
                                         .clock = parts.clock,
                                         .retention = parts.engine->event_retention()}),
      deliveries_(parts.store, parts.engine->redelivery(), parts.engine->feed(), parts.clock),
      admin_(parts.store, parts.list_nodes, parts.read_server),
      methods_{
          Line("WebhookService.CreateWebhook", Role::kManage,
               Unary(&webhooks_, &WebhookService::CreateWebhook)),
          Line("WebhookService.GetWebhook", Role::kRead, Unary(&webhooks_, &WebhookService::GetWebhook)),
          Line("WebhookService.ListWebhooks", Role::kRead, Unary(&webhooks_, &WebhookService::ListWebhooks)),
          Line("WebhookService.UpdateWebhook", Role::kManage,
               Unary(&webhooks_, &WebhookService::UpdateWebhook)),
          Line("WebhookService.DeleteWebhook", Role::kManage,
               Unary(&webhooks_, &WebhookService::DeleteWebhook)),
          Line("WebhookService.EnableWebhook", Role::kManage,
               Unary(&webhooks_, &WebhookService::EnableWebhook)),
          Line("WebhookService.DisableWebhook", Role::kManage,
               Unary(&webhooks_, &WebhookService::DisableWebhook)),
          Line("WebhookService.RotateSigningSecret", Role::kManage,
               Unary(&webhooks_, &WebhookService::RotateSigningSecret)),
          Line("WebhookService.TestWebhook", Role::kManage, Unary(&webhooks_, &WebhookService::TestWebhook)),
          Line("WebhookService.GetWebhookStats", Role::kRead,
               Unary(&webhooks_, &WebhookService::GetWebhookStats)),
          Line("ProjectService.GetProject", Role::kRead, Unary(&projects_, &ProjectService::GetProject)),
          Line("ProjectService.ListProjects", Role::kRead, Unary(&projects_, &ProjectService::ListProjects)),
          Line("ProjectService.UpdateProject", Role::kManage,
               Unary(&projects_, &ProjectService::UpdateProject)),
          Line("ProjectService.DeleteProject", Role::kAdmin,
               Unary(&projects_, &ProjectService::DeleteProject)),
          Line("ProjectService.GetProjectStats", Role::kRead,
               Unary(&projects_, &ProjectService::GetProjectStats)),
          Line("EventService.EmitEvent", Role::kEmit, Unary(&events_, &EventService::EmitEvent)),
          Line("EventService.BatchEmitEvents", Role::kEmit, Unary(&events_, &EventService::BatchEmitEvents)),
          Line("EventService.StreamEvents", Role::kEmit,
               BidiStreaming(&events_, &EventService::StreamEvents)),
          Line("EventService.GetEvent", Role::kRead, Unary(&events_, &EventService::GetEvent)),
          Line("EventService.ListEvents", Role::kRead, Unary(&events_, &EventService::ListEvents)),
          Line("EventService.WatchEvents", Role::kRead,
               ServerStreaming(&events_, &EventService::WatchEvents)),
          Line("DeliveryService.GetDelivery", Role::kRead,
               Unary(&deliveries_, &DeliveryService::GetDelivery)),
          Line("DeliveryService.ListDeliveries", Role::kRead,
               Unary(&deliveries_, &DeliveryService::ListDeliveries)),
          Line("DeliveryService.ListAttempts", Role::kRead,
               Unary(&deliveries_, &DeliveryService::ListAttempts)),
          Line("DeliveryService.RetryDelivery", Role::kManage,
               Unary(&deliveries_, &DeliveryService::RetryDelivery)),
          Line("DeliveryService.RetryDeliveries", Role::kManage,
               Unary(&deliveries_, &DeliveryService::RetryDeliveries)),
          Line("DeliveryService.WatchDeliveries", Role::kRead,
               ServerStreaming(&deliveries_, &DeliveryService::WatchDeliveries)),
          Line("TokenService.CreateToken", Role::kAdmin, Unary(&tokens_, &TokenService::CreateToken)),
          Line("TokenService.GetToken", Role::kAdmin, Unary(&tokens_, &TokenService::GetToken)),
          Line("TokenService.GetCurrentToken", std::nullopt, Unary(&tokens_, &TokenService::GetCurrentToken)),
          Line("TokenService.ListTokens", Role::kAdmin, Unary(&tokens_, &TokenService::ListTokens)),
          Line("TokenService.DeleteToken", Role::kAdmin, Unary(&tokens_, &TokenService::DeleteToken)),
          Line("AdminService.Backup", Role::kAdmin, ServerStreaming(&admin_, &AdminService::Backup)),
          Line("AdminService.ListNodes", Role::kAdmin, Unary(&admin_, &AdminService::ListNodes)),
          Line("AdminService.GetServer", Role::kAdmin, Unary(&admin_, &AdminService::GetServer)),
      } {}

absl::StatusOr<CallerAccess> Api::Admit(const Method& method, const Caller& caller) const {
  auto access = CallerAccess::Admit(authentication_, caller, method.role);
  HOOKD_RETURN_IF_ERROR(WithDetails(access.status()));
  return access;
}

void Api::Call(const Method& method, const Caller& caller, Parse parse,
               const google::protobuf::Message& request, UnaryCall* call) const {
  const auto access = Admit(method, caller);
  if (!access.ok()) return call->Finish(access.status(), nullptr);
  if (const absl::Status parsed = parse(); !parsed.ok()) return call->Finish(parsed, nullptr);
  std::get<UnaryHandler>(method.handler)({.caller = caller, .access = *access}, request, call);
}

absl::StatusOr<std::shared_ptr<ResponseStream>> Api::OpenServerStream(
    const Method& method, const Caller& caller, Parse parse, const google::protobuf::Message& request,
    ResponseSink* sink) const {
  HOOKD_ASSIGN_OR_RETURN(const CallerAccess access, Admit(method, caller));
  HOOKD_RETURN_IF_ERROR(parse());
  auto stream =
      std::get<ServerStreamingHandler>(method.handler)({.caller = caller, .access = access}, request, sink);
  HOOKD_RETURN_IF_ERROR(WithDetails(stream.status()));
  return stream;
}

absl::StatusOr<std::shared_ptr<RequestStream>> Api::OpenBidiStream(const Method& method, const Caller& caller,
                                                                   RequestSource* source) const {
  HOOKD_ASSIGN_OR_RETURN(const CallerAccess access, Admit(method, caller));
  auto stream = std::get<BidiStreamingHandler>(method.handler)({.caller = caller, .access = access}, source);
  HOOKD_RETURN_IF_ERROR(WithDetails(stream.status()));
  return stream;
}

void Api::EndStreamsWithoutToken() {
  feed_->WakeAll();
  event_feed_->WakeAll();
  events_.EndStreamsWithoutToken();
}

}  // namespace hookd
