#include "api/handlers/delivery_service.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/delivery_filter.h"
#include "api/conversion/page.h"
#include "api/conversion/page_token.h"
#include "api/conversion/resource_names.h"
#include "api/handlers/delivery_watch.h"
#include "base/ids.h"
#include "payload/payload.h"
#include "store/delivery_sql.h"

namespace hookd {
namespace {

Redelivery::Selection ReadSelection(const v1::RetryDeliveriesRequest& retry, FieldViolations& violations) {
  Redelivery::Selection selection;
  selection.project = ReadParent(retry.parent(), violations);
  if (!retry.webhook().empty()) {
    const ResourceName webhook = ReadWebhookName(retry.webhook(), "webhook", violations);
    if (violations.empty() && webhook.project != selection.project) {
      violations.Add("webhook", absl::StrCat("must be a webhook of ", retry.parent()));
    }
    selection.webhook_id = webhook.id;
  } else if (retry.filter().empty()) {
    violations.Add("webhook", "is required unless filter is set");
  }
  selection.filter = ReadDeliveryFilter(retry.filter(), selection.project, violations, &selection.content);
  if (!HasOrIsEmpty(selection.filter.states, DeliveryState::kFailed) &&
      !HasOrIsEmpty(selection.filter.states, DeliveryState::kCanceled)) {
    violations.Add("filter",
                   "must not exclude FAILED and CANCELED: deliveries of other states are not redelivered");
  }
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

// Sends the delivery called `name`, or the error, as the reply of a call.
std::function<void(absl::StatusOr<Delivery>)> ReplyWithDelivery(Reply<v1::Delivery> reply,
                                                                std::string project, std::string name) {
  return [reply, project = std::move(project),
          name = std::move(name)](const absl::StatusOr<Delivery>& delivery) {
    if (!delivery.ok()) return reply.Fail(delivery.status(), name);
    v1::Delivery response;
    ToProto(project, *delivery, response);
    reply.Send(response);
  };
}

}  // namespace

DeliveryService::DeliveryService(Store* store, Redelivery* redelivery, OutcomeFeed* feed, Clock* clock)
    : store_(store), redelivery_(redelivery), feed_(feed), clock_(clock), heartbeat_(clock->NewTimer([this] {
        feed_->WakeAll();
        heartbeat_->Set(clock_->Steady() + limits::kWatchHeartbeat / 2);
      })) {
  heartbeat_->Set(clock_->Steady() + limits::kWatchHeartbeat / 2);
}

void DeliveryService::GetDelivery(const CallContext&, const v1::GetDeliveryRequest& request,
                                  Reply<v1::Delivery> reply) {
  FieldViolations violations;
  const KeyName name = ReadDeliveryName(request.name(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  store_->GetDelivery(name.project, name.key,
                      [store = store_, reply, project = name.project,
                       name = request.name()](const absl::StatusOr<Delivery>& delivery) {
                        if (!delivery.ok()) return reply.Fail(delivery.status(), name);
                        auto response = std::make_shared<v1::Delivery>();
                        ToProto(project, *delivery, *response);
                        // Without a body if the event was deleted since, or cannot be read.
                        store->GetEvent(project, delivery->event_key,
                                        [reply, response](const absl::StatusOr<Event>& event) {
                                          v1::Event sent;
                                          if (event.ok() && sent.ParseFromString(event->event)) {
                                            response->set_request_body(ToJson(sent));
                                          }
                                          reply.Send(*response);
                                        });
                      });
}

absl::StatusOr<Shares::Place> DeliveryService::TakeSearch(const CallContext& context,
                                                          const std::string& project) {
  return searches_.Take({ProjectName(project), context.access.Holder()});
}

void DeliveryService::ListDeliveries(const CallContext& context, const v1::ListDeliveriesRequest& request,
                                     Reply<v1::ListDeliveriesResponse> reply) {
  FieldViolations violations;
  DeliveryQuery query;
  query.project = ReadParent(request.parent(), violations);
  query.filter = ReadDeliveryFilter(request.filter(), query.project, violations, &query.content);
  const int size = ReadPageSize(request.page_size(), violations);
  const std::string fixed = absl::StrCat("ListDeliveries\n", query.project, "\n", request.filter());
  const auto cursor = ReadToken(fixed, request.page_token(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  absl::StatusOr<Shares::Place> place = Shares::Place();
  if (!query.content.empty() || ExaminesMany(query.filter)) place = TakeSearch(context, query.project);
  if (!place.ok()) return reply.Fail(place.status());

  // The cursor is the last delivery that the previous page listed or examined. Deliveries created since then
  // have greater keys and are not listed.
  if (cursor.has_value()) {
    std::optional<int64_t>& max_key = query.filter.max_key;
    max_key =
        std::min(max_key.value_or(std::numeric_limits<int64_t>::max()), DecodeId(*cursor).value_or(0) - 1);
  }
  // One more than the page size shows whether there is another page.
  query.limit = size + 1;
  store_->ListDeliveries(query, [reply, fixed, size, project = query.project,
                                 place = *std::move(place)](absl::StatusOr<DeliveryPage> page) {
    if (!page.ok()) return reply.Fail(page.status());
    v1::ListDeliveriesResponse response;
    std::optional<int64_t> last = page->examined_to;
    if (page->deliveries.size() > static_cast<size_t>(size)) {
      page->deliveries.pop_back();
      last = page->deliveries.back().key;
    }
    for (const Delivery& delivery : page->deliveries) ToProto(project, delivery, *response.add_deliveries());
    if (last.has_value()) response.set_next_page_token(MakePageToken(fixed, EncodeId(*last)));
    reply.Send(response);
  });
}

void DeliveryService::ListAttempts(const CallContext&, const v1::ListAttemptsRequest& request,
                                   Reply<v1::ListAttemptsResponse> reply) {
  FieldViolations violations;
  const KeyName name = ReadDeliveryName(request.parent(), violations, "parent");
  const int size = ReadPageSize(request.page_size(), violations);
  const std::string query = absl::StrCat("ListAttempts\n", request.parent());
  const auto token = ReadToken(query, request.page_token(), violations);
  // The number of the last attempt on the previous page.
  int after = 0;
  if (token.has_value() && !absl::SimpleAtoi(*token, &after)) after = 0;
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  store_->GetDelivery(
      name.project, name.key,
      [reply, query, size, after, parent = request.parent()](const absl::StatusOr<Delivery>& delivery) {
        if (!delivery.ok()) return reply.Fail(delivery.status(), parent);
        v1::ListAttemptsResponse response;
        // The attempts are in the order of their numbers.
        const auto first = std::find_if(delivery->attempts.begin(), delivery->attempts.end(),
                                        [after](const Attempt& attempt) { return attempt.number > after; });
        const auto left = static_cast<size_t>(delivery->attempts.end() - first);
        const size_t count = FillPage(left, size, *response.mutable_attempts(),
                                      [first](size_t i, v1::Attempt& proto) { ToProto(first[i], proto); });
        if (count < left) {
          response.set_next_page_token(MakePageToken(query, absl::StrCat(first[count - 1].number)));
        }
        reply.Send(response);
      });
}

void DeliveryService::RetryDelivery(const CallContext&, const v1::RetryDeliveryRequest& request,
                                    Reply<v1::Delivery> reply) {
  FieldViolations violations;
  const KeyName name = ReadDeliveryName(request.name(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  redelivery_->RetryOne(name.project, name.key, ReplyWithDelivery(reply, name.project, request.name()));
}

void DeliveryService::RetryDeliveries(const CallContext& context, const v1::RetryDeliveriesRequest& request,
                                      Reply<v1::RetryDeliveriesResponse> reply) {
  FieldViolations violations;
  Redelivery::Selection selection = ReadSelection(request, violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  // With a filter, a call can examine all deliveries of the project.
  absl::StatusOr<Shares::Place> place = Shares::Place();
  if (!request.filter().empty()) place = TakeSearch(context, selection.project);
  if (!place.ok()) return reply.Fail(place.status());
  redelivery_->RetryAll(
      std::move(selection), request.validate_only(), [reply] { return reply.Cancelled(); },
      [reply, webhook = request.webhook(),
       place = *std::move(place)](const absl::StatusOr<Redelivery::Result>& result) {
        if (!result.ok()) return reply.Fail(result.status(), webhook);
        v1::RetryDeliveriesResponse response;
        response.set_delivery_count(result->redelivered);
        response.set_skipped_count(result->skipped);
        reply.Send(response);
      });
}

absl::StatusOr<std::shared_ptr<ResponseStream>> DeliveryService::WatchDeliveries(
    const CallContext& context, const v1::WatchDeliveriesRequest& request, ResponseSink* sink) {
  return DeliveryWatch::Create(context.access, request,
                               {.store = store_, .feed = feed_, .places = &watches_, .clock = clock_}, sink);
}

}  // namespace hookd
