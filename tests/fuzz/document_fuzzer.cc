// A document that is read is written as JSON that is read as the same event; one that is not has a reason.
#include <string>

#include "absl/strings/string_view.h"
#include "base/utf8.h"
#include "hookd/v1/event.pb.h"
#include "payload/document_reader.h"
#include "payload/payload.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  int reasons = 0;
  const auto refuse = [&reasons](absl::string_view path, absl::string_view description) {
    ++reasons;
    HOOKD_PROMISE(hookd::ValidUtf8Length(path) == path.size());
    HOOKD_PROMISE(hookd::ValidUtf8Length(description) == description.size());
    HOOKD_PROMISE(!description.empty());
  };
  hookd::v1::Event event;
  const bool read = hookd::ReadDocument(FuzzText(data, size), event, refuse);
  HOOKD_PROMISE(read == (reasons == 0));
  if (!read) return 0;
  HOOKD_PROMISE(hookd::TypeOf(event) != hookd::v1::EVENT_TYPE_UNSPECIFIED);
  const std::string json = hookd::ToJson(event);
  HOOKD_PROMISE(hookd::ReadDocument(json, event, refuse));
  HOOKD_PROMISE(hookd::ToJson(event) == json);
  return 0;
}
