// ToJson and ReadDocument are inverse: for the documented samples, and for random events of every type.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/struct.pb.h"
#include "payload/document_reader.h"
#include "payload/json_writer.h"
#include "payload/payload.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::Value;

// The JSON without white space between its tokens.
std::string Minified(const std::string& json) {
  std::string minified;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"') in_text = !in_text;
    if (in_text && json[i] == '\\') minified += json[i++];
    if (in_text || absl::string_view(" \t\r\n").find(json[i]) == absl::string_view::npos) minified += json[i];
  }
  return minified;
}

v1::Event Read(const std::string& json) {
  v1::Event event;
  EXPECT_TRUE(ReadDocument(json, event, [&](absl::string_view path, absl::string_view description) {
    ADD_FAILURE() << path << ": " << description << "\n" << json;
  }));
  return event;
}

class RoundTripTest : public testing::TestWithParam<const FieldDescriptor*> {};

std::vector<const FieldDescriptor*> AllTypes() {
  const auto* oneof = v1::Event::descriptor()->FindOneofByName("type");
  std::vector<const FieldDescriptor*> types;
  types.reserve(oneof->field_count());
  for (int i = 0; i < oneof->field_count(); ++i) types.push_back(oneof->field(i));
  return types;
}

INSTANTIATE_TEST_SUITE_P(Types, RoundTripTest, testing::ValuesIn(AllTypes()),
                         [](const auto& test) { return test.param->name(); });

TEST_P(RoundTripTest, TheDocumentedSampleComesOutAsItWentIn) {
  std::ifstream file(
      absl::StrCat(HOOKD_SOURCE_DIR "/tests/payloads/documented/", GetParam()->name(), ".json"));
  const std::string documented(std::istreambuf_iterator<char>(file), {});
  ASSERT_NE(documented, "");
  const v1::Event event = Read(documented);
  EXPECT_EQ(TypeName(TypeOf(event)), GetParam()->name());
  EXPECT_EQ(ToJson(event), Minified(documented));
}

// Random events: any field can be set, to a value that validation allows.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  v1::Event Event(const FieldDescriptor& type) {
    v1::Event event;
    Fill(*event.GetReflection()->MutableMessage(&event, &type));
    return event;
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  bool Flip() { return Below(2) == 0; }

  void Fill(Message& message) {
    const auto& descriptor = *message.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      // Of a Struct and its JSON text only one can be set.
      const FieldDescriptor* other = descriptor.FindFieldByName(field.name() + "_json");
      if (other == nullptr && absl::EndsWith(field.name(), "_json")) continue;
      if (Below(4) == 0) continue;
      if (other != nullptr && Flip()) {
        message.GetReflection()->SetString(&message, other, JsonObject(1));
      } else {
        Set(message, field);
      }
    }
  }

  void Set(Message& message, const FieldDescriptor& field) {
    const auto* reflection = message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection->SetString(&message, &field, Text());
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection->SetInt32(&message, &field,
                                    Flip() ? Below(1000) : std::numeric_limits<int32_t>::max());
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection->SetInt64(&message, &field, static_cast<int64_t>(random_() % 253402300800));
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection->SetEnumValue(&message, &field, 1 + Below(2));
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& value = *reflection->MutableMessage(&message, &field);
        if (field.message_type() == v1::Id::descriptor()) return SetId(static_cast<v1::Id&>(value));
        if (field.message_type() == Struct::descriptor()) return SetStruct(static_cast<Struct&>(value), 1);
        return Fill(value);
      }
      default:
        FAIL() << "no generator of " << field.full_name();
    }
  }

  void SetId(v1::Id& id) {
    if (Flip()) {
      id.set_text("i" + Text());
    } else {
      id.set_number(static_cast<int64_t>(random_()) >> Below(64));
    }
  }

  void SetStruct(Struct& properties, int level) {
    for (int i = Below(4); i > 0; --i) SetValue((*properties.mutable_fields())["p" + Text()], level);
  }

  void SetValue(Value& value, int level) {
    switch (Below(level < 5 ? 6 : 4)) {
      case 0:
        return value.set_null_value(google::protobuf::NULL_VALUE);
      case 1:
        return value.set_bool_value(Flip());
      case 2:
        return value.set_number_value(Double());
      case 3:
        return value.set_string_value(Text());
      case 4:
        return SetStruct(*value.mutable_struct_value(), level + 1);
      default:
        value.mutable_list_value();
        for (int i = Below(4); i > 0; --i) SetValue(*value.mutable_list_value()->add_values(), level + 1);
    }
  }

  double Double() {
    if (Flip()) return Below(1000);
    const uint64_t bits = random_();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    return std::isfinite(value) ? value : 0.5;
  }

  // JSON text has no limits of a double: it keeps every digit. White space is anywhere.
  std::string JsonObject(int level) {
    std::string text = "{";
    const int size = Below(4);
    for (int i = 0; i < size; ++i) {
      absl::StrAppend(&text, i > 0 ? "," : "", Space(), Quoted(absl::StrCat("p", i, Text())), Space(), ":",
                      Space(), JsonValue(level), Space());
    }
    return text + "}";
  }

  std::string JsonValue(int level) {
    switch (Below(level < 5 ? 5 : 3)) {
      case 0:
        return Flip() ? "null" : "true";
      case 1:
        return absl::StrCat(Flip() ? "-" : "", 1 + Below(9), random_(), Flip() ? ".50" : "",
                            Flip() ? "E+07" : "");
      case 2:
        return Quoted(Text());
      case 3:
        return JsonObject(level + 1);
      default:
        return absl::StrCat("[", Space(), JsonValue(level + 1), ",", JsonValue(level + 1), Space(), "]");
    }
  }

  std::string Space() { return Flip() ? "" : Flip() ? " " : "\n\t"; }

  static std::string Quoted(const std::string& text) {
    JsonWriter json;
    json.String(text);
    return json.Take();
  }

  std::string Text() {
    static constexpr const char* kParts[] = {"a",
                                             "id",
                                             "\"",
                                             "\\",
                                             "/",
                                             "\n",
                                             "\x01",
                                             "\x7f",
                                             "é",
                                             " ",
                                             ",",
                                             "\xE2\x82\xAC",
                                             "\xF0\x9F\x98\x80",
                                             "}",
                                             ":",
                                             "\\u0041"};
    std::string text;
    for (int i = Below(6); i > 0; --i) text += kParts[Below(std::size(kParts))];
    return text;
  }

  std::mt19937_64 random_;
};

TEST_P(RoundTripTest, ARandomEventComesOutAsItWentIn) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const v1::Event event = Generator(seed).Event(*GetParam());
    const std::string json = ToJson(event);
    const v1::Event read = Read(json);
    ASSERT_EQ(ToJson(read), json) << "seed " << seed << "\n" << event.DebugString();
    ASSERT_EQ(TypeOf(read), TypeOf(event));
  }
}

}  // namespace
}  // namespace hookd
