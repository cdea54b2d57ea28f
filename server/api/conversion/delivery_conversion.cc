#include "api/conversion/delivery_conversion.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/conversion/page.h"
#include "api/conversion/resource_names.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace hookd {

static_assert(kLastEventType == v1::EventType_MAX);
static_assert(static_cast<int>(AttemptTrigger::kTest) == v1::AttemptTrigger_MAX);

namespace {

// An endpoint may send any bytes, but strings in the API are valid UTF-8.
void ToProto(const HttpHeaders& headers, google::protobuf::RepeatedPtrField<v1::HttpHeader>& proto) {
  for (const auto& [name, value] : headers) {
    v1::HttpHeader& header = *proto.Add();
    header.set_name(ReplaceInvalidUtf8(name));
    header.set_value(ReplaceInvalidUtf8(value));
  }
}

// Adds the first attempt and as many of the newest attempts as fit.
void AddAttempts(const std::vector<Attempt>& attempts,
                 google::protobuf::RepeatedPtrField<v1::Attempt>& proto) {
  FillPage(attempts.size(), limits::kMaxAttemptsOfDelivery, proto,
           [&attempts](size_t i, v1::Attempt& attempt) {
             ToProto(i == 0 ? attempts.front() : attempts[attempts.size() - i], attempt);
           });
  if (!proto.empty()) std::reverse(proto.begin() + 1, proto.end());
}

}  // namespace

void ToProto(absl::Time time, google::protobuf::Timestamp& proto) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void ToProto(absl::Duration duration, google::protobuf::Duration& proto) {
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

void ToProto(const Attempt& attempt, v1::Attempt& proto) {
  proto.set_number(attempt.number);
  ToProto(attempt.start_time, *proto.mutable_start_time());
  ToProto(attempt.name_lookup, *proto.mutable_name_lookup_duration());
  ToProto(attempt.connect, *proto.mutable_connect_duration());
  ToProto(attempt.tls, *proto.mutable_tls_duration());
  ToProto(attempt.first_byte, *proto.mutable_first_byte_duration());
  ToProto(attempt.total, *proto.mutable_total_duration());
  proto.set_response_status(attempt.response_status);
  proto.set_error(attempt.error);
  proto.set_response_body(attempt.response_body);
  proto.set_response_body_truncated(attempt.response_body_truncated);
  ToProto(attempt.request_headers, *proto.mutable_request_headers());
  ToProto(attempt.response_headers, *proto.mutable_response_headers());
  proto.set_url(attempt.url);
  proto.set_remote_address(attempt.remote_address);
  proto.set_http_version(attempt.http_version);
  proto.set_trigger(static_cast<v1::AttemptTrigger>(attempt.trigger));
  if (!attempt.node.empty()) proto.set_node(absl::StrCat("nodes/", attempt.node));
  if (attempt.retry_after > absl::ZeroDuration()) ToProto(attempt.retry_after, *proto.mutable_retry_after());
  proto.set_error_class(static_cast<v1::ErrorClass>(attempt.error_class));
}

void ToProto(const std::string& project, const Delivery& delivery, v1::Delivery& proto) {
  proto.set_name(DeliveryName(project, delivery.key));
  proto.set_event(EventName(project, delivery.event_key));
  proto.set_webhook(WebhookName(project, delivery.webhook_id));
  proto.set_event_type(static_cast<v1::EventType>(delivery.event_type));
  proto.set_state(static_cast<v1::DeliveryState>(delivery.state));
  ToProto(TimeOfKey(delivery.key), *proto.mutable_create_time());
  proto.set_attempt_count(delivery.attempt_count);
  proto.set_response_status(delivery.response_status);
  proto.set_error(delivery.error);
  proto.set_error_class(static_cast<v1::ErrorClass>(delivery.error_class));
  if (delivery.next_attempt_time.has_value()) {
    ToProto(*delivery.next_attempt_time, *proto.mutable_next_attempt_time());
  }
  AddAttempts(delivery.attempts, *proto.mutable_attempts());
}

}  // namespace hookd
