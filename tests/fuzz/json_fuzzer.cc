// Whatever the body of a request is, it is read or refused by path; and what is read is written and read
// again as the same, with protobuf's own reader, too.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <vector>

#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/fuzz/fuzzing.h"
#include "web/json/json_reader.h"
#include "web/json/json_writer.h"
#include "web/json/query_parameters.h"

namespace {

// Written as text, so that NaN is equal to NaN.
std::string Json(const google::protobuf::Message& message) {
  std::string json;
  hookd::WriteJson(message, json);
  return json;
}

template <typename Message>
void Check(absl::string_view json) {
  Message message, again, by_protobuf;
  std::vector<std::string> present;
  const absl::Status status = hookd::ReadJson(json, "body", message, &present);
  if (!status.ok()) {
    HOOKD_PROMISE(absl::IsInvalidArgument(status));
    return;
  }
  const std::string written = Json(message);
  HOOKD_PROMISE(hookd::ReadJson(written, "", again, nullptr).ok());
  HOOKD_PROMISE(Json(again) == written);
  HOOKD_PROMISE(google::protobuf::util::JsonStringToMessage(written, &by_protobuf).ok());
  HOOKD_PROMISE(Json(by_protobuf) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = FuzzText(data, size);
  Check<hookd::v1::EmitEventRequest>(text);
  Check<hookd::v1::BatchEmitEventsRequest>(text);
  Check<hookd::v1::Webhook>(text);
  hookd::v1::UpdateWebhookRequest request;
  const absl::Status status = hookd::ReadQueryParameters(text, {"webhook.name"}, request);
  HOOKD_PROMISE(status.ok() || absl::IsInvalidArgument(status));
  HOOKD_PROMISE(request.webhook().name().empty());
  return 0;
}
