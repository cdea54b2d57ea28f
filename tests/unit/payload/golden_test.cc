// The JSON of every type against its golden file, tests/payloads/<type>.json, byte by byte; and the golden
// files against the documented samples, tests/payloads/documented/<type>.json. HOOKD_WRITE_GOLDEN=1 writes
// the golden files anew.
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "payload/payload.h"

namespace hookd {
namespace {

using rapidjson::Document;

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string GoldenPath(const std::string& type) {
  return absl::StrCat(HOOKD_SOURCE_DIR "/tests/payloads/", type, ".json");
}
std::string DocumentedPath(const std::string& type) {
  return absl::StrCat(HOOKD_SOURCE_DIR "/tests/payloads/documented/", type, ".json");
}

// One test for each type that Event has.
class GoldenTest : public testing::TestWithParam<const google::protobuf::FieldDescriptor*> {
 protected:
  static std::string TypeOfTest() { return GetParam()->name(); }
  static v1::EventType EnumOfTest() { return static_cast<v1::EventType>(GetParam()->number() - 10); }
};

std::vector<const google::protobuf::FieldDescriptor*> AllTypes() {
  const auto* oneof = v1::Event::descriptor()->FindOneofByName("type");
  std::vector<const google::protobuf::FieldDescriptor*> types;
  types.reserve(oneof->field_count());
  for (int i = 0; i < oneof->field_count(); ++i) types.push_back(oneof->field(i));
  return types;
}

INSTANTIATE_TEST_SUITE_P(Types, GoldenTest, testing::ValuesIn(AllTypes()),
                         [](const auto& test) { return test.param->name(); });

// What a new type needs, and nothing besides.
TEST_P(GoldenTest, HasAnEnumValueASampleAndATable) {
  const auto* value =
      v1::EventType_descriptor()->FindValueByName("EVENT_TYPE_" + absl::AsciiStrToUpper(TypeOfTest()));
  ASSERT_NE(value, nullptr) << "no value of EventType";
  EXPECT_EQ(value->number(), GetParam()->number() - 10);
  EXPECT_EQ(TypeName(EnumOfTest()), TypeOfTest());

  const v1::Event& sample = Sample(EnumOfTest());
  EXPECT_EQ(TypeOf(sample), EnumOfTest()) << "no sample in protos/hookd/v1/samples/";

  // Also of an event that sets nothing.
  v1::Event empty;
  empty.GetReflection()->MutableMessage(&empty, GetParam());
  for (const v1::Event& event : {sample, empty}) {
    Document json;
    ASSERT_FALSE(json.Parse(ToJson(event).c_str()).HasParseError());
    const auto type = json.FindMember("type");
    ASSERT_NE(type, json.MemberEnd()) << "no table in server/payload/documents.h";
    EXPECT_EQ(type->value.GetString(), TypeOfTest());
  }
}

TEST_P(GoldenTest, GivesExactlyTheGoldenBytes) {
  const std::string json = ToJson(Sample(EnumOfTest()));
  if (std::getenv("HOOKD_WRITE_GOLDEN") != nullptr) {
    std::ofstream(GoldenPath(TypeOfTest()), std::ios::binary) << json;
  }
  EXPECT_EQ(json, ReadFile(GoldenPath(TypeOfTest())))
      << "compare, and write it anew with HOOKD_WRITE_GOLDEN=1";
}

// The members' names in their order.
std::vector<std::string> Names(const rapidjson::Value& object) {
  std::vector<std::string> names;
  for (const auto& member : object.GetObject()) names.emplace_back(member.name.GetString());
  return names;
}

// Same names, order, JSON types, nesting and values.
void ExpectSame(const rapidjson::Value& actual, const rapidjson::Value& documented, const std::string& path) {
  SCOPED_TRACE(path);
  ASSERT_EQ(actual.GetType(), documented.GetType());
  if (documented.IsObject()) {
    ASSERT_EQ(Names(actual), Names(documented));
    for (const auto& member : documented.GetObject()) {
      ExpectSame(actual.FindMember(member.name)->value, member.value,
                 absl::StrCat(path, ".", member.name.GetString()));
    }
  } else if (documented.IsArray()) {
    ASSERT_EQ(actual.Size(), documented.Size());
    for (rapidjson::SizeType i = 0; i < documented.Size(); ++i) {
      ExpectSame(actual[i], documented[i], absl::StrCat(path, "[", i, "]"));
    }
  } else {
    EXPECT_EQ(actual.IsInt64(), documented.IsInt64());  // 1 is not 1.0
    EXPECT_EQ(actual, documented);
  }
}

TEST_P(GoldenTest, IsTheDocumentedSample) {
  const auto golden = ReadFile(GoldenPath(TypeOfTest()));
  const auto documented = ReadFile(DocumentedPath(TypeOfTest()));
  ASSERT_TRUE(golden.has_value() && documented.has_value());
  Document actual, expected;
  ASSERT_FALSE(actual.Parse(golden->c_str()).HasParseError());
  ASSERT_FALSE(expected.Parse(documented->c_str()).HasParseError());
  ExpectSame(actual, expected, TypeOfTest());
}

TEST_P(GoldenTest, HasTheDocumentedSampleThatWasAgreedOn) {
  const auto shared = ReadFile(absl::StrCat(HOOKD_SOURCE_DIR "/../shared/payloads/", TypeOfTest(), ".json"));
  if (!shared.has_value()) GTEST_SKIP() << "../shared/payloads is not here; its copy is compared elsewhere";
  EXPECT_EQ(ReadFile(DocumentedPath(TypeOfTest())), shared);
}

}  // namespace
}  // namespace hookd
