#include "rpc/delivery_service.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "rpc/common_fields.h"
#include "rpc/delivery_conversion.h"
#include "rpc/filter.h"
#include "rpc/page.h"
#include "rpc/page_token.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"
#include "rpc/watch_deliveries.h"

namespace hookd {
namespace {

Redelivery::Selection ReadSelection(const v1::RetryDeliveriesRequest& retry, FieldViolations& violations) {
  Redelivery::Selection selection;
  selection.project = ReadParent(retry.parent(), violations);
  const ResourceName webhook = ReadWebhookName(retry.webhook(), "webhook", violations);
  if (violations.empty() && webhook.project != selection.project) {
    violations.Add("webhook", absl::StrCat("must be a webhook of ", retry.parent()));
  }
  selection.webhook_id = webhook.id;
  const int found = violations.count();
  if (retry.has_start_time()) selection.start = ReadTime(retry.start_time(), "start_time", violations);
  if (retry.has_end_time()) selection.end = ReadTime(retry.end_time(), "end_time", violations);
  if (violations.count() == found && selection.end <= selection.start) {
    violations.Add("end_time", "must be after start_time");
  }
  const EventTypes types = ReadEventTypes(retry.event_types(), "event_types", violations);
  for (size_t type = 0; type < types.size(); ++type) {
    if (types[type]) selection.event_types.push_back(static_cast<int>(type));
  }
  return selection;
}

// Answers `call`, whose request names the delivery, with it.
template <typename Call>
std::function<void(absl::StatusOr<Delivery>)> AnswerWithDelivery(Call* call, std::string project) {
  return [call, project = std::move(project),
          asked = call->request().name()](const absl::StatusOr<Delivery>& delivery) {
    if (!delivery.ok()) return call->Fail(ToGrpc(delivery.status(), asked));
    ToProto(project, *delivery, call->response());
    call->Answer();
  };
}

}  // namespace

DeliveryService::DeliveryService(const Callers& callers, Store* store, Redelivery* redelivery,
                                 OutcomeFeed* feed, Clock* clock)
    : callers_(callers),
      store_(store),
      redelivery_(redelivery),
      feed_(feed),
      clock_(clock),
      heartbeat_(clock->NewTimer([this] {
        feed_->WakeAll();
        heartbeat_->Set(clock_->Steady() + limits::kWatchHeartbeat / 2);
      })) {
  heartbeat_->Set(clock_->Steady() + limits::kWatchHeartbeat / 2);
}

grpc::ServerUnaryReactor* DeliveryService::GetDelivery(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::GetDeliveryRequest, v1::Delivery>;
  return Call::Start(callers_, Role::kRead, context, request, response, [this](Call* call) {
    FieldViolations violations;
    const KeyName name = ReadDeliveryName(call->request().name(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    store_->GetDelivery(name.project, name.key, AnswerWithDelivery(call, name.project));
  });
}

grpc::ServerUnaryReactor* DeliveryService::ListDeliveries(grpc::CallbackServerContext* context,
                                                          const grpc::ByteBuffer* request,
                                                          grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::ListDeliveriesRequest, v1::ListDeliveriesResponse>;
  return Call::Start(callers_, Role::kRead, context, request, response, [this](Call* call) {
    const v1::ListDeliveriesRequest& list = call->request();
    FieldViolations violations;
    DeliveryQuery query;
    query.project = ReadParent(list.parent(), violations);
    ReadDeliveryFilter(list.filter(), query, violations);
    const int size = ReadPageSize(list.page_size(), violations);
    const std::string fixed = absl::StrCat("ListDeliveries\n", query.project, "\n", list.filter());
    const auto cursor = ReadToken(fixed, list.page_token(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());

    // The cursor is the last delivery of the page before, or the last it looked at; what comes later has a
    // greater key, and is not seen.
    if (cursor.has_value()) {
      query.max_key = std::min(query.max_key.value_or(std::numeric_limits<int64_t>::max()),
                               DecodeId(*cursor).value_or(0) - 1);
    }
    // One more than the page tells whether there is another.
    query.limit = size + 1;
    store_->ListDeliveries(query,
                           [call, fixed, size, project = query.project](absl::StatusOr<DeliveryPage> page) {
                             if (!page.ok()) return call->Fail(ToGrpc(page.status()));
                             std::optional<int64_t> last = page->looked_to;
                             if (page->deliveries.size() > static_cast<size_t>(size)) {
                               page->deliveries.pop_back();
                               last = page->deliveries.back().key;
                             }
                             for (const Delivery& delivery : page->deliveries)
                               ToProto(project, delivery, *call->response().add_deliveries());
                             if (last.has_value())
                               call->response().set_next_page_token(MakePageToken(fixed, EncodeId(*last)));
                             call->Answer();
                           });
  });
}

grpc::ServerUnaryReactor* DeliveryService::ListAttempts(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::ListAttemptsRequest, v1::ListAttemptsResponse>;
  return Call::Start(callers_, Role::kRead, context, request, response, [this](Call* call) {
    const v1::ListAttemptsRequest& list = call->request();
    FieldViolations violations;
    const KeyName name = ReadDeliveryName(list.parent(), violations, "parent");
    const int size = ReadPageSize(list.page_size(), violations);
    const std::string query = absl::StrCat("ListAttempts\n", list.parent());
    const auto token = ReadToken(query, list.page_token(), violations);
    // The number of the last attempt of the page before.
    int after = 0;
    if (token.has_value() && !absl::SimpleAtoi(*token, &after)) after = 0;
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    store_->GetDelivery(
        name.project, name.key, [call, query, size, after](const absl::StatusOr<Delivery>& delivery) {
          if (!delivery.ok()) return call->Fail(ToGrpc(delivery.status(), call->request().parent()));
          // They are in the order of their numbers.
          const auto first = std::find_if(delivery->attempts.begin(), delivery->attempts.end(),
                                          [after](const Attempt& attempt) { return attempt.number > after; });
          const auto left = static_cast<size_t>(delivery->attempts.end() - first);
          const size_t count = FillPage(left, size, *call->response().mutable_attempts(),
                                        [first](size_t i, v1::Attempt& proto) { ToProto(first[i], proto); });
          if (count < left) {
            call->response().set_next_page_token(MakePageToken(query, absl::StrCat(first[count - 1].number)));
          }
          call->Answer();
        });
  });
}

grpc::ServerUnaryReactor* DeliveryService::RetryDelivery(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::RetryDeliveryRequest, v1::Delivery>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this](Call* call) {
    FieldViolations violations;
    const KeyName name = ReadDeliveryName(call->request().name(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    redelivery_->RetryOne(name.project, name.key, AnswerWithDelivery(call, name.project));
  });
}

grpc::ServerUnaryReactor* DeliveryService::RetryDeliveries(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::RetryDeliveriesRequest, v1::RetryDeliveriesResponse>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this, context](Call* call) {
    const v1::RetryDeliveriesRequest& retry = call->request();
    FieldViolations violations;
    Redelivery::Selection selection = ReadSelection(retry, violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    // The context is gRPC's, alive until the call is answered.
    redelivery_->RetryAll(
        std::move(selection), retry.validate_only(), [context] { return context->IsCancelled(); },
        [call, webhook = retry.webhook()](absl::StatusOr<int64_t> count) {
          if (!count.ok()) return call->Fail(ToGrpc(count.status(), webhook));
          call->response().set_delivery_count(*count);
          call->Answer();
        });
  });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* DeliveryService::WatchDeliveries(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return hookd::WatchDeliveries(callers_, *context, *request, store_, feed_, &watches_, clock_);
}

}  // namespace hookd
