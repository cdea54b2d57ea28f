#include "tests/bench/drive/setup.h"

#include <cstdio>
#include <cstdlib>
#include <semaphore>

#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookd::bench {

void CreateWebhooks(const Channels& channels, const std::string& project, const std::string& url,
                    v1::EventType type, int count) {
  constexpr int kAtOnce = 256;
  std::counting_semaphore<kAtOnce> room(kAtOnce);
  const auto stub = v1::WebhookService::NewStub(channels[0]);
  for (int i = 0; i < count; ++i) {
    struct Call {
      grpc::ClientContext context;
      v1::CreateWebhookRequest request;
      v1::Webhook response;
    };
    auto* call = new Call;
    call->request.set_parent(project);
    call->request.mutable_webhook()->set_url(url);
    call->request.mutable_webhook()->add_event_types(type);
    room.acquire();
    stub->async()->CreateWebhook(&call->context, &call->request, &call->response,
                                 [call, &room](const grpc::Status& status) {
                                   if (!status.ok()) {
                                     std::fprintf(stderr, "no webhook: %s\n", status.error_message().c_str());
                                     std::exit(1);
                                   }
                                   delete call;
                                   room.release();
                                 });
  }
  for (int i = 0; i < kAtOnce; ++i) room.acquire();
}

}  // namespace hookd::bench
