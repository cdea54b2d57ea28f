#include "grpc/invalid_utf8.h"

#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "google/protobuf/io/coded_stream.h"
#include "api/field_path.h"

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

  // The next tag. False if there is none such.
  bool ReadTag(int& number, WireType& type) {
    uint64_t tag = 0;
    if (!ReadVarint(tag) || tag > UINT32_MAX || tag >> 3 == 0 || (tag & 7) > kFixed32) return false;
    number = static_cast<int>(tag >> 3);
    type = static_cast<WireType>(tag & 7);
    return true;
  }

  // The value after a tag that is no group's; for kBytes, what it is. False if it is cut off.
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

// What ends a walk: what comes after could be anything.
bool Garbled(const FieldPath& path, FieldViolations& violations) {
  violations.Add(path.ToString(), "is cut off or garbled: it is not a valid protobuf message");
  return false;
}

bool TooDeep(const FieldPath& path, FieldViolations& violations) {
  violations.Add(path.ToString(),
                 absl::StrCat("nests too deeply: at most ", limits::kMaxNesting, " levels are taken"));
  return false;
}

// Goes past a group that no message of ours has.
bool SkipGroup(WireReader& reader, int group, const FieldPath& path, int depth, FieldViolations& violations) {
  if (depth < 0) return TooDeep(path, violations);
  while (true) {
    int number = 0;
    WireType type;
    absl::string_view value;
    if (!reader.ReadTag(number, type)) return Garbled(path, violations);
    if (type == kEndGroup) return number == group || Garbled(path, violations);
    if (type == kGroup) {
      if (!SkipGroup(reader, number, path, depth - 1, violations)) return false;
    } else if (!reader.ReadValue(type, value)) {
      return Garbled(path, violations);
    }
  }
}

// The key of a map's entry; the last one counts, and it is empty if there is none.
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

// These are false if nothing after what they saw can be told.
bool Walk(const Descriptor& message, absl::string_view bytes, const FieldPath& path, int depth,
          FieldViolations& violations);

// One field's value, as it stands on the wire.
bool WalkValue(const FieldDescriptor& field, absl::string_view value, const FieldPath& path, int depth,
               FieldViolations& violations) {
  if (field.type() == FieldDescriptor::TYPE_MESSAGE)
    return Walk(*field.message_type(), value, path, depth - 1, violations);
  if (field.type() == FieldDescriptor::TYPE_STRING && ValidUtf8Length(value) != value.size()) {
    violations.Add(path.ToString(),
                   absl::StrCat("must be valid UTF-8; it is not at byte ", ValidUtf8Length(value) + 1));
  }
  return !violations.full();
}

// One entry of a map: a message of its own, of which only the value has a path.
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
    if (!reader.ReadTag(part, type) || !reader.ReadValue(type, value)) return Garbled(keyed, violations);
    if (part != 2 || type != kBytes) continue;
    if (!WalkValue(*map.message_type()->field(1), value, keyed, depth - 1, violations)) return false;
  }
  return true;
}

// Callers know google.protobuf.Struct, Value and ListValue by the JSON they stand for: these have no fields
// of a name.
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
    if (!reader.ReadTag(number, type) || type == kEndGroup) return Garbled(path, violations);
    if (type == kGroup) {
      if (!SkipGroup(reader, number, path, depth - 1, violations)) return false;
      continue;
    }
    const FieldDescriptor* field = message.FindFieldByNumber(number);
    // A field's path, where it has one: the parser keeps what it does not know, whatever it holds.
    const FieldPath here = field == nullptr || IsFreeForm(message) ? path : path.Field(field->name());
    absl::string_view value;
    if (!reader.ReadValue(type, value)) return Garbled(here, violations);
    if (field == nullptr || type != kBytes) continue;
    const bool goes_on = field->is_map() ? WalkEntry(*field, value, here, depth, violations)
                         : field->is_repeated()
                             ? WalkValue(*field, value, here.Index(next_index[number]++), depth, violations)
                             : WalkValue(*field, value, here, depth, violations);
    if (!goes_on) return false;
  }
  return true;
}

}  // namespace

void FindInvalidFields(const Descriptor& type, absl::string_view bytes, FieldViolations& violations) {
  Walk(type, bytes, FieldPath(""), google::protobuf::io::CodedInputStream::GetDefaultRecursionLimit(),
       violations);
}

}  // namespace hookd
