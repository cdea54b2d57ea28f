#include "tests/bench/drive/event_source.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "hookd/v1/event_service.pb.h"
#include "payload/payload.h"

namespace hookd::bench {
namespace {

// A number that occurs nowhere else in the samples.
constexpr int64_t kPlaceholder = 8'675'309'867'530;

}  // namespace

std::unique_ptr<EventSource> EventSource::Of(absl::string_view body) {
  if (body != "sent" && body != "bounced" && body != "document") return nullptr;
  auto source = absl::WrapUnique(new EventSource);
  source->event_ = Sample(body == "sent" ? v1::EVENT_TYPE_SENT : v1::EVENT_TYPE_BOUNCED);
  source->event_.clear_name();
  source->event_.clear_emit_time();
  v1::EmitEventRequest request;
  source->Fill(kPlaceholder, request);
  std::string json;
  if (body == "document") {
    json = ToJson(request.event());
    source->is_document_ = true;
  } else {
    (void)google::protobuf::util::MessageToJsonString(request, &json);
  }
  source->parts_ = absl::StrSplit(json, absl::StrCat(kPlaceholder));
  return source;
}

}  // namespace hookd::bench
