// hookd.v1.WebhookService (protos/hookd/v1/webhook_service.proto): parse, validate, one domain call, convert.
//
// Thread-safe; owns nothing it is given. No method blocks.
#ifndef HOOKD_RPC_WEBHOOK_SERVICE_H_
#define HOOKD_RPC_WEBHOOK_SERVICE_H_

#include "base/clock.h"
#include "base/limits.h"
#include "base/shares.h"
#include "delivery/tester.h"
#include "delivery/webhooks.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "http/egress_guard.h"
#include "rpc/caller_access.h"
#include "rpc/field_violations.h"

namespace hookd {

// Raw methods throughout; see unary_call.h.
using RawWebhookService = v1::WebhookService::WithRawCallbackMethod_CreateWebhook<
    v1::WebhookService::WithRawCallbackMethod_GetWebhook<
        v1::WebhookService::WithRawCallbackMethod_ListWebhooks<
            v1::WebhookService::WithRawCallbackMethod_UpdateWebhook<
                v1::WebhookService::WithRawCallbackMethod_DeleteWebhook<
                    v1::WebhookService::WithRawCallbackMethod_EnableWebhook<
                        v1::WebhookService::WithRawCallbackMethod_DisableWebhook<
                            v1::WebhookService::WithRawCallbackMethod_RotateSigningSecret<
                                v1::WebhookService::WithRawCallbackMethod_TestWebhook<
                                    v1::WebhookService::Service>>>>>>>>>;

class WebhookService : public RawWebhookService {
 public:
  // All must outlive the service and its calls.
  WebhookService(const Callers& callers, Webhooks* webhooks, Tester* tester, const EgressGuard* egress,
                 Clock* clock)
      : callers_(callers), webhooks_(webhooks), tester_(tester), egress_(egress), clock_(clock) {}

  grpc::ServerUnaryReactor* CreateWebhook(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetWebhook(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListWebhooks(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* UpdateWebhook(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* DeleteWebhook(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* EnableWebhook(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* DisableWebhook(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* RotateSigningSecret(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* TestWebhook(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;

 private:
  // Adds a violation if the URL, unless empty, leads where it may not.
  void CheckEgress(const std::string& url, FieldViolations& violations) const;

  // Enable and Disable. `Request` has `name` and `etag`.
  template <typename Request>
  grpc::ServerUnaryReactor* SetDisabled(bool disabled, grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request, grpc::ByteBuffer* response);

  const Callers callers_;
  Webhooks* const webhooks_;
  Tester* const tester_;
  Shares tests_{limits::kMaxConcurrentTests, "tests"};
  const EgressGuard* const egress_;
  Clock* const clock_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_WEBHOOK_SERVICE_H_
