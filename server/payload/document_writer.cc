#include "payload/document_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"
#include "payload/document_keys.h"
#include "payload/documents.h"

namespace hookd {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

void WriteValue(const Value& value, JsonWriter& json);

// Writes properties sorted by name at every level, because a Struct has no order and the same event must give
// the same bytes. Omits the names in `taken`, so that no free-form property replaces a documented key.
void WriteProperties(const Struct& properties, const std::vector<absl::string_view>& taken,
                     JsonWriter& json) {
  absl::InlinedVector<std::pair<absl::string_view, const Value*>, 16> sorted;
  for (const auto& [name, value] : properties.fields()) sorted.emplace_back(name, &value);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, value] : sorted) {
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) continue;
    json.Key(name);
    WriteValue(*value, json);
  }
}

void WriteStruct(const Struct& properties, JsonWriter& json) {
  json.BeginObject();
  WriteProperties(properties, {}, json);
  json.EndObject();
}

void WriteValue(const Value& value, JsonWriter& json) {
  switch (value.kind_case()) {
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      json.Null();
      break;
    case Value::kBoolValue:
      json.Bool(value.bool_value());
      break;
    case Value::kNumberValue:
      json.Double(value.number_value());
      break;
    case Value::kStringValue:
      json.String(value.string_value());
      break;
    case Value::kStructValue:
      WriteStruct(value.struct_value(), json);
      break;
    case Value::kListValue:
      json.BeginArray();
      for (const Value& element : value.list_value().values()) WriteValue(element, json);
      json.EndArray();
      break;
  }
}

template <typename Message>
void WriteMembers(const Message& message, JsonWriter& json);

// The visitor of a table that writes the members whose fields are set.
template <typename Message>
class MemberWriter {
 public:
  MemberWriter(const Message& message, JsonWriter& json) : message_(message), json_(json) {}

  void Constant(absl::string_view key, absl::string_view value) {
    json_.Key(key);
    json_.String(value);
  }

  template <typename F>
  void Text(absl::string_view key, F) {
    if (!F::Has(message_)) return;
    json_.Key(key);
    json_.String(F::Get(message_));
  }

  template <typename F>
  void Integer(absl::string_view key, F) {
    if (!F::Has(message_)) return;
    json_.Key(key);
    json_.Integer(F::Get(message_));
  }

  template <typename F>
  void Id(absl::string_view key, F) {
    const v1::Id& id = F::Get(message_);
    if (id.kind_case() == v1::Id::kNumber) {
      json_.Key(key);
      json_.Integer(id.number());
    } else if (id.kind_case() == v1::Id::kText) {
      Constant(key, id.text());
    }
  }

  template <typename F>
  void BounceType(absl::string_view key, F) {
    const v1::BounceType type = F::Get(message_);
    if (type == v1::BOUNCE_TYPE_HARD) Constant(key, "hard");
    if (type == v1::BOUNCE_TYPE_SOFT) Constant(key, "soft");
  }

  template <typename F>
  void Object(absl::string_view key, F) {
    if (!F::Has(message_)) return;
    json_.Key(key);
    json_.BeginObject();
    WriteMembers(F::Get(message_), json_);
    json_.EndObject();
  }

  // A message has the Struct or the text, or neither.
  template <typename S, typename T>
  void FreeForm(absl::string_view key, S, T) {
    if (T::Has(message_)) {
      json_.Key(key);
      json_.Object(T::Get(message_));
    } else if (S::Has(message_)) {
      json_.Key(key);
      WriteStruct(S::Get(message_), json_);
    }
  }

  template <typename S, typename T>
  void Properties(S, T) {
    if (T::Has(message_)) {
      json_.Members(T::Get(message_));
    } else if (S::Has(message_)) {
      WriteProperties(S::Get(message_), KeysOf<Message>(), json_);
    }
  }

 private:
  const Message& message_;
  JsonWriter& json_;
};

template <typename Message>
void WriteMembers(const Message& message, JsonWriter& json) {
  MemberWriter<Message> members(message, json);
  Describe(members, Type<Message>());
}

}  // namespace

void WriteEvent(const v1::Event& event, JsonWriter& json) {
  WithType(event.type_case(), [&](auto type) { WriteMembers(type.Get(event), json); });
}

}  // namespace hookd
