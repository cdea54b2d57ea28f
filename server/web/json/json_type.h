// What the JSON reader and writer know about a message type, so that descriptors are read once, not for every
// message: the fields by both of their names, and how the value of each is written in protobuf's canonical
// JSON (https://protobuf.dev/programming-guides/json).
//
// Immutable and thread-safe. Types are built when they are first used and live as long as the process.
#ifndef HOOKD_WEB_JSON_JSON_TYPE_H_
#define HOOKD_WEB_JSON_JSON_TYPE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace hookd {

// The deepest nesting of objects and arrays that is read, as of messages in protobuf's own parsers.
inline constexpr int kMaxJsonDepth = 100;
// The maximum number of values in a body: more than the events of the largest batch have. A value may take a
// hundred times the memory of its text.
inline constexpr int kMaxJsonValues = 500'000;

// How a single value is written.
enum class JsonKind : uint8_t {
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kFloat,
  kDouble,
  kBool,
  kString,
  kJsonText,  // a string that has JSON text: the field is named `document`, or its name ends in `_json`
  kBytes,
  kEnum,
  kNullValue,
  kMessage,  // an object with the fields of a message
  // Messages with a form of their own.
  kTimestamp,
  kDuration,
  kFieldMask,
  kWrapper,
  kStruct,
  kValue,
  kListValue,
  kAny,
};

struct JsonType;

struct JsonField {
  absl::string_view name() const { return descriptor->name(); }

  // Accesses the field in a message that has it.
  const google::protobuf::Reflection& reflection_of(const google::protobuf::Message& message) const {
    return reflection != nullptr ? *reflection : *message.GetReflection();
  }

  const google::protobuf::FieldDescriptor* descriptor;
  const google::protobuf::Reflection* reflection;  // null for the entries of maps
  JsonKind kind;  // of the value, of an element of a repeated field; of a map, kMessage
  bool repeated;  // and not a map
  bool map;
  // Written also if it has its default value: a count (an integer named `count`, `*_count` or `events_24h`)
  // and a bool named `success`, because their absence would not be read as 0 and false.
  bool always_written;
  int index;             // of this field in JsonType::fields
  int oneof;             // a number of the oneof, from fields.size() on; -1 if there is none
  const JsonType* type;  // of a message; of a map, that of its entries (fields[0] is the key); otherwise null
};

struct JsonType {
  // Returns the type of a message. Requires: the descriptor is that of a compiled type, and lives as long as
  // the process.
  static const JsonType& Of(const google::protobuf::Descriptor* descriptor);

  // Returns the field of a name, in lowerCamelCase or as in the .proto file; null if there is none.
  const JsonField* Find(absl::string_view name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second;
  }
  // The same, faster if it is the field after the one with the index `previous`, as it most often is.
  const JsonField* FindAfter(int previous, absl::string_view name) const {
    const auto next = static_cast<size_t>(previous) + 1;
    if (next < fields.size() &&
        (name == fields[next].descriptor->json_name() || name == fields[next].name())) {
      return &fields[next];
    }
    return Find(name);
  }

  const google::protobuf::Descriptor* descriptor;
  JsonKind kind;
  std::vector<JsonField> fields;  // as in the .proto file
  absl::flat_hash_map<absl::string_view, const JsonField*> by_name;
};

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_TYPE_H_
