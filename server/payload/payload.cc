#include "payload/payload.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <vector>

#include "hookd/v1/samples.h"
#include "payload/document_writer.h"
#include "payload/json_writer.h"

namespace hookd {
namespace {

// An EventType's number is its field's in Event, less this (event.proto).
constexpr int kFieldLessType = 10;

std::vector<v1::Event> ParseSamples() {
  std::vector<v1::Event> samples(v1::EventType_ARRAYSIZE);
  for (int type = 0; type < v1::EventType_ARRAYSIZE; ++type) {
    const auto json = v1::SampleEventJson(TypeName(static_cast<v1::EventType>(type)));
    // The samples are part of the program, and a test parses them.
    if (!json.empty() &&
        !google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &samples[type]).ok()) {
      std::abort();
    }
  }
  return samples;
}

}  // namespace

v1::EventType TypeOf(const v1::Event& event) {
  if (event.type_case() == v1::Event::TYPE_NOT_SET) return v1::EVENT_TYPE_UNSPECIFIED;
  return static_cast<v1::EventType>(event.type_case() - kFieldLessType);
}

std::string TypeName(v1::EventType type) {
  if (type == v1::EVENT_TYPE_UNSPECIFIED || !v1::EventType_IsValid(type)) return "";
  return v1::Event::descriptor()->FindFieldByNumber(type + kFieldLessType)->name();
}

std::string ToJson(const v1::Event& event) {
  JsonWriter json;
  json.BeginObject();
  WriteEvent(event, json);
  json.EndObject();
  return json.Take();
}

const v1::Event& Sample(v1::EventType type) {
  static const auto* samples = new std::vector<v1::Event>(ParseSamples());
  return samples->at(type);
}

}  // namespace hookd
