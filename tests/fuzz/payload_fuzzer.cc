// An event that passes validation is written as JSON that is JSON, valid UTF-8, and an object.
#include <set>
#include <string>

#include "api/validation/event_validation.h"
#include "api/validation/field_violations.h"
#include "base/utf8.h"
#include "hookd/v1/event.pb.h"
#include "payload/payload.h"
#include "rapidjson/document.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hookd::v1::Event event;
  if (!event.ParseFromArray(data, static_cast<int>(size))) return 0;
  hookd::FieldViolations violations;
  hookd::ValidateEvent(event, "event", violations);
  if (!violations.empty() || hookd::TypeOf(event) == hookd::v1::EVENT_TYPE_UNSPECIFIED) return 0;
  const std::string json = hookd::ToJson(event);
  HOOKD_PROMISE(hookd::ValidUtf8Length(json) == json.size());
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag>(json.data(),
                                                                                             json.size());
  HOOKD_PROMISE(!document.HasParseError());
  HOOKD_PROMISE(document.IsObject());
  // No key of an object stands twice: free-form ones cannot overwrite documented ones.
  std::set<std::string> keys;
  for (auto member = document.MemberBegin(); &*member != &*document.MemberEnd(); ++member) {
    HOOKD_PROMISE(keys.emplace(member->name.GetString(), member->name.GetStringLength()).second);
  }
  return 0;
}
