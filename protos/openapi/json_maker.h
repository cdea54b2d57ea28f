// Makes JSON values that share one allocator, and writes them as text.
//
// Not thread-safe. Values are valid for the lifetime of their maker.
#ifndef HOOKD_OPENAPI_JSON_MAKER_H_
#define HOOKD_OPENAPI_JSON_MAKER_H_

#include <rapidjson/document.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace hookd {

using Json = rapidjson::Value;

// Schemas by the names under which others refer to them.
using Definitions = std::map<std::string, Json>;

class JsonMaker {
 public:
  Json Text(absl::string_view text) { return Make(text); }

  // An object of keys and values in turn: Object("type", "integer", "minimum", 0).
  template <typename... Members>
  Json Object(Members&&... members) {
    Json object(rapidjson::kObjectType);
    AddAll(object, std::forward<Members>(members)...);
    return object;
  }

  template <typename... Elements>
  Json Array(Elements&&... elements) {
    Json array(rapidjson::kArrayType);
    (Append(array, std::forward<Elements>(elements)), ...);
    return array;
  }

  // Adds a member. Requires: the object does not have it.
  template <typename Value>
  void Add(Json& object, absl::string_view key, Value&& value) {
    object.AddMember(Make(key), Make(std::forward<Value>(value)), allocator_);
  }

  template <typename Value>
  void Append(Json& array, Value&& value) {
    array.PushBack(Make(std::forward<Value>(value)), allocator_);
  }

  // Moves the members of another object to the end of the object.
  void AddMembers(Json& object, Json members);

  Json Copy(const Json& value) { return Json(value, allocator_); }

  // The value of JSON text; null if the text is not JSON.
  Json Parse(absl::string_view text);

  // An object of the definitions by name, which it empties.
  Json Take(Definitions& definitions);

 private:
  void AddAll(Json&) {}
  template <typename Value, typename... Members>
  void AddAll(Json& object, absl::string_view key, Value&& value, Members&&... others) {
    Add(object, key, std::forward<Value>(value));
    AddAll(object, std::forward<Members>(others)...);
  }

  Json Make(Json&& value) { return std::move(value); }
  Json Make(absl::string_view text) {
    return Json(text.data(), static_cast<rapidjson::SizeType>(text.size()), allocator_);
  }
  Json Make(const char* text) { return Make(absl::string_view(text)); }
  Json Make(const std::string& text) { return Make(absl::string_view(text)); }
  Json Make(bool value) { return Json(value); }
  Json Make(int value) { return Json(value); }
  Json Make(int64_t value) { return Json(value); }
  Json Make(double value);  // integers without a fraction

  rapidjson::MemoryPoolAllocator<> allocator_;
};

// The value as text, on one line or with an indentation of two spaces, with a line feed at its end.
std::string CompactJson(const Json& value);
std::string IndentedJson(const Json& value);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_JSON_MAKER_H_
