#include "openapi/json_maker.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

namespace hookd {

Json JsonMaker::Make(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) return Json(static_cast<int64_t>(value));
  return Json(value);
}

void JsonMaker::AddMembers(Json& object, Json members) {
  auto member = members.MemberBegin();
  for (rapidjson::SizeType left = members.MemberCount(); left > 0; --left, ++member)
    object.AddMember(member->name, member->value, allocator_);
}

Json JsonMaker::Parse(absl::string_view text) {
  rapidjson::Document document;
  if (document.Parse(text.data(), text.size()).HasParseError()) return Json();
  return Copy(document);
}

Json JsonMaker::Take(Definitions& definitions) {
  Json object(rapidjson::kObjectType);
  for (auto& [name, value] : definitions) Add(object, name, std::move(value));
  definitions.clear();
  return object;
}

std::string CompactJson(const Json& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::string IndentedJson(const Json& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  value.Accept(writer);
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace hookd
