// hookd.v1.WebhookService (protos/hookd/v1/webhook_service.proto): validate, one domain call, convert.
//
// Thread-safe; owns none of the objects it is given. No handler blocks; each replies once, on any thread.
#ifndef HOOKD_API_HANDLERS_WEBHOOK_SERVICE_H_
#define HOOKD_API_HANDLERS_WEBHOOK_SERVICE_H_

#include <string>

#include "api/call.h"
#include "api/handlers/stats_reads.h"
#include "api/validation/field_violations.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/shares.h"
#include "delivery/tester.h"
#include "delivery/webhooks.h"
#include "google/protobuf/empty.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "http/egress_guard.h"

namespace hookd {

class WebhookService {
 public:
  // All must outlive the service and its calls.
  WebhookService(Webhooks* webhooks, Tester* tester, StatsReads* stats, const EgressGuard* egress, Clock* clock)
      : webhooks_(webhooks), tester_(tester), stats_(stats), egress_(egress), clock_(clock) {}

  void CreateWebhook(const CallContext& context, const v1::CreateWebhookRequest& request,
                     Reply<v1::Webhook> reply);
  void GetWebhook(const CallContext& context, const v1::GetWebhookRequest& request, Reply<v1::Webhook> reply);
  void ListWebhooks(const CallContext& context, const v1::ListWebhooksRequest& request,
                    Reply<v1::ListWebhooksResponse> reply);
  void UpdateWebhook(const CallContext& context, const v1::UpdateWebhookRequest& request,
                     Reply<v1::Webhook> reply);
  void DeleteWebhook(const CallContext& context, const v1::DeleteWebhookRequest& request,
                     Reply<google::protobuf::Empty> reply);
  void EnableWebhook(const CallContext& context, const v1::EnableWebhookRequest& request,
                     Reply<v1::Webhook> reply);
  void DisableWebhook(const CallContext& context, const v1::DisableWebhookRequest& request,
                      Reply<v1::Webhook> reply);
  void RotateSigningSecret(const CallContext& context, const v1::RotateSigningSecretRequest& request,
                           Reply<v1::Webhook> reply);
  void TestWebhook(const CallContext& context, const v1::TestWebhookRequest& request,
                   Reply<v1::TestWebhookResponse> reply);
  void GetWebhookStats(const CallContext& context, const v1::GetWebhookStatsRequest& request,
                       Reply<v1::Stats> reply);

 private:
  // Adds a violation unless the URL is empty or allowed by the egress guard.
  void CheckEgress(const std::string& url, FieldViolations& violations) const;

  // Implements Enable and Disable. `Request` has the fields `name` and `etag`.
  template <typename Request>
  void SetDisabled(bool disabled, const Request& request, Reply<v1::Webhook> reply);

  Webhooks* const webhooks_;
  Tester* const tester_;
  StatsReads* const stats_;
  Shares tests_{limits::kMaxConcurrentTests, "tests"};
  const EgressGuard* const egress_;
  Clock* const clock_;
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_WEBHOOK_SERVICE_H_
