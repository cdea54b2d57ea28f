#include "grpc/requests/invalid_utf8.h"

#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "api/validation/field_path.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "google/protobuf/io/coded_stream.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroup = 3, kEndGroup = 4, kFixed32 = 5 };

// Reads the fields of one message from its bytes (protobuf.dev/programming-guides/encoding).
class WireReader {
 public:
  explicit WireReader(absl::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }

  // Reads the next tag. Returns false if it is not valid.
  bool ReadTag(int& number, WireType& type) {
    uint64_t tag = 0;
    if (!ReadVarint(tag) || tag > UINT32_MAX || tag >> 3 == 0 || (tag & 7) > kFixed32) return false;
    number = static_cast<int>(tag >> 3);
    type = static_cast<WireType>(tag & 7);
    return true;
  }

  // Reads the value after a tag that is not a group; sets `value` only for kBytes. Returns false if it is
  // truncated.
  bool ReadValue(WireType type, absl::string_view& value) {
    uint64_t number = 0;
    switch (type) {
      case kVarint:
        return ReadVarint(number);
      case kFixed64:
        return Take(8, value);
      case kFixed32:
        return Take(4, value);
      case kBytes:
        return ReadVarint(number) && Take(number, value);
      default:
        return false;
    }
  }

 private:
  bool Take(uint64_t size, absl::string_view& value) {
    if (size > rest_.size()) return false;
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  bool ReadVarint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      absl::string_view byte;
      if (!Take(1, byte)) return false;
      const auto bits = static_cast<uint8_t>(byte[0]);
      value |= uint64_t{bits & 0x7fU} << shift;
      if (bits < 0x80) return true;
    }
    return false;
  }

  absl::string_view rest_;
};

// Adds an error that ends the walk, because the bytes that follow could be anything.
bool Malformed(const FieldPath& path, FieldViolations& violations) {
  violations.Add(path.ToString(), "is truncated or malformed: it is not a valid protobuf message");
  return false;
}

bool TooDeep(const FieldPath& path, FieldViolations& violations) {
  violations.Add(path.ToString(),
                 absl::StrCat("is nested too deeply: at most ", limits::kMaxNesting, " levels are allowed"));
  return false;
}

// Skips a group, which no message of hookd has.
bool SkipGroup(WireReader& reader, int group, const FieldPath& path, int depth, FieldViolations& violations) {
  if (depth < 0) return TooDeep(path, violations);
  while (true) {
    int number = 0;
    WireType type;
    absl::string_view value;
    if (!reader.ReadTag(number, type)) return Malformed(path, violations);
    if (type == kEndGroup) return number == group || Malformed(path, violations);
    if (type == kGroup) {
      if (!SkipGroup(reader, number, path, depth - 1, violations)) return false;
    } else if (!reader.ReadValue(type, value)) {
      return Malformed(path, violations);
    }
  }
}

// Returns the key of a map's entry: the last one in it; empty if it has none.
absl::string_view KeyOf(absl::string_view entry) {
  WireReader reader(entry);
  absl::string_view key;
  int number = 0;
  WireType type;
  absl::string_view value;
  while (!reader.AtEnd() && reader.ReadTag(number, type) && reader.ReadValue(type, value)) {
    if (number == 1 && type == kBytes) key = value;
  }
  return key;
}

// The Walk functions return false if the walk must end.
bool Walk(const Descriptor& message, absl::string_view bytes, const FieldPath& path, int depth,
          FieldViolations& violations);

// Checks the value of one field, in its wire format.
bool WalkValue(const FieldDescriptor& field, absl::string_view value, const FieldPath& path, int depth,
               FieldViolations& violations) {
  if (field.type() == FieldDescriptor::TYPE_MESSAGE)
    return Walk(*field.message_type(), value, path, depth - 1, violations);
  if (field.type() == FieldDescriptor::TYPE_STRING && ValidUtf8Length(value) != value.size()) {
    violations.Add(path.ToString(),
                   absl::StrCat("must be valid UTF-8; it is invalid at byte ", ValidUtf8Length(value) + 1));
  }
  return !violations.full();
}

// Checks one entry of a map. An entry is a message of which only the value has a path.
bool WalkEntry(const FieldDescriptor& map, absl::string_view entry, const FieldPath& path, int depth,
               FieldViolations& violations) {
  const absl::string_view key = KeyOf(entry);
  if (ValidUtf8Length(key) != key.size()) {
    violations.Add(path.ToString(), "has a name that is not valid UTF-8");
    return !violations.full();
  }
  const FieldPath keyed = path.Key(key);
  if (depth < 1) return TooDeep(keyed, violations);
  WireReader reader(entry);
  while (!reader.AtEnd()) {
    int part = 0;
    WireType type;
    absl::string_view value;
    if (!reader.ReadTag(part, type) || !reader.ReadValue(type, value)) return Malformed(keyed, violations);
    if (part != 2 || type != kBytes) continue;
    if (!WalkValue(*map.message_type()->field(1), value, keyed, depth - 1, violations)) return false;
  }
  return true;
}

// Whether the message is a google.protobuf.Struct, Value or ListValue. Their paths have no field names,
// because callers know them as JSON.
bool IsFreeForm(const Descriptor& message) {
  return message.file()->name() == "google/protobuf/struct.proto";
}

bool Walk(const Descriptor& message, absl::string_view bytes, const FieldPath& path, int depth,
          FieldViolations& violations) {
  if (depth < 0) return TooDeep(path, violations);
  WireReader reader(bytes);
  std::map<int, int> next_index;  // of repeated fields, by number
  while (!reader.AtEnd()) {
    int number = 0;
    WireType type;
    if (!reader.ReadTag(number, type) || type == kEndGroup) return Malformed(path, violations);
    if (type == kGroup) {
      if (!SkipGroup(reader, number, path, depth - 1, violations)) return false;
      continue;
    }
    const FieldDescriptor* field = message.FindFieldByNumber(number);
    // An unknown field has no path. The parser accepts any value for it.
    const FieldPath here = field == nullptr || IsFreeForm(message) ? path : path.Field(field->name());
    absl::string_view value;
    if (!reader.ReadValue(type, value)) return Malformed(here, violations);
    if (field == nullptr || type != kBytes) continue;
    const bool valid = field->is_map() ? WalkEntry(*field, value, here, depth, violations)
                       : field->is_repeated()
                           ? WalkValue(*field, value, here.Index(next_index[number]++), depth, violations)
                           : WalkValue(*field, value, here, depth, violations);
    if (!valid) return false;
  }
  return true;
}

}  // namespace

void FindInvalidFields(const Descriptor& type, absl::string_view bytes, FieldViolations& violations) {
  Walk(type, bytes, FieldPath(""), google::protobuf::io::CodedInputStream::GetDefaultRecursionLimit(),
       violations);
}

}  // namespace hookd
