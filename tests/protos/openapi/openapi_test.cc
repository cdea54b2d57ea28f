// The document that the build makes of the API, and the schemas of the payloads: that nothing is missing, and
// that what they say is what the samples have. validate.sh has published validators judge them.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "openapi/descriptor_set.h"
#include "openapi/http_bindings.h"
#include "openapi/json_maker.h"
#include "openapi/openapi_document.h"
#include "openapi/payload_schemas.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOpenApiDir[] = HOOKD_BINARY_DIR "/protos/openapi/";

rapidjson::Document Parsed(const std::string& text) {
  rapidjson::Document document;
  EXPECT_FALSE(document.Parse(text.data(), text.size()).HasParseError());
  return document;
}

rapidjson::Document ParsedFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return Parsed(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::set<std::string> Keys(const Json& object) {
  std::set<std::string> keys;
  for (const auto& member : object.GetObject()) keys.insert(member.name.GetString());
  return keys;
}

// Calls `visit` with every object in the value.
void VisitObjects(const Json& value, const std::function<void(const Json&)>& visit) {
  if (value.IsArray()) {
    for (const Json& element : value.GetArray()) VisitObjects(element, visit);
  } else if (value.IsObject()) {
    visit(value);
    for (const auto& member : value.GetObject()) VisitObjects(member.value, visit);
  }
}

// What a reference such as `#/$defs/User` leads to; null if it leads nowhere.
const Json* Resolve(const rapidjson::Document& document, const std::string& reference) {
  if (reference.rfind("#/", 0) != 0) return nullptr;
  const rapidjson::Pointer pointer(reference.c_str() + 1);
  return pointer.IsValid() ? pointer.Get(document) : nullptr;
}

// The references of the document that lead nowhere.
std::vector<std::string> Dangling(const rapidjson::Document& document) {
  std::vector<std::string> dangling;
  VisitObjects(document, [&](const Json& object) {
    const auto reference = object.FindMember("$ref");
    if (reference == object.MemberEnd() || !reference->value.IsString()) return;
    const std::string text = reference->value.GetString();
    if (Resolve(document, text) == nullptr) dangling.push_back(text);
  });
  return dangling;
}

class OpenApiTest : public testing::Test {
 protected:
  OpenApiTest()
      : api_(BuildApi(ReadDescriptorSet(HOOKD_BINARY_DIR "/protos/hookd.binpb"), pool_)),
        document_(Parsed(std::string(OpenApiDocument()))) {}

  // The operation of a path; null if there is none.
  const Json* Operation(const std::string& path, const std::string& verb) {
    const auto item = document_["paths"].FindMember(path.c_str());
    if (item == document_["paths"].MemberEnd()) return nullptr;
    const auto operation = item->value.FindMember(absl::AsciiStrToLower(verb).c_str());
    return operation == item->value.MemberEnd() ? nullptr : &operation->value;
  }

  void ForEachMethod(const std::function<void(const google::protobuf::MethodDescriptor&)>& visit) {
    for (const auto* file : api_) {
      for (int i = 0; i < file->service_count(); ++i) {
        for (int j = 0; j < file->service(i)->method_count(); ++j) visit(*file->service(i)->method(j));
      }
    }
  }

  google::protobuf::DescriptorPool pool_;
  const std::vector<const google::protobuf::FileDescriptor*> api_;
  const rapidjson::Document document_;
};

TEST_F(OpenApiTest, IsTheInstalledFile) {
  EXPECT_TRUE(document_ == ParsedFile(absl::StrCat(kOpenApiDir, "openapi.json")));
  EXPECT_STREQ(document_["openapi"].GetString(), "3.1.0");
}

TEST_F(OpenApiTest, HasEveryMethodThatHasAnHttpMapping) {
  int bindings = 0;
  ForEachMethod([&](const google::protobuf::MethodDescriptor& method) {
    for (const HttpBinding& binding : HttpBindings(method)) {
      ++bindings;
      const Json* operation = Operation(ExpandPath(binding.path)->path, binding.verb);
      ASSERT_NE(operation, nullptr) << method.full_name() << ": " << binding.path;
      EXPECT_EQ(std::string((*operation)["operationId"].GetString()).rfind(method.service()->name() + "_", 0),
                0);
      EXPECT_FALSE(std::string((*operation)["description"].GetString()).empty()) << method.full_name();
      EXPECT_EQ(operation->HasMember("requestBody"), !binding.body.empty()) << method.full_name();
    }
  });
  EXPECT_GT(bindings, 20);
}

TEST_F(OpenApiTest, HasNoOperationTwiceAndNoneWithoutAMethod) {
  std::set<std::string> ids;
  for (const auto& path : document_["paths"].GetObject()) {
    for (const auto& operation : path.value.GetObject()) {
      std::string id = operation.value["operationId"].GetString();
      EXPECT_TRUE(ids.insert(id).second) << id;
      if (id.back() == '_') id.pop_back();  // an additional binding
      if (id.rfind("Server_", 0) == 0) continue;
      const std::string method =
          absl::StrCat("hookd.v1.", id.substr(0, id.find('_')), ".", id.substr(id.find('_') + 1));
      EXPECT_NE(pool_.FindMethodByName(method), nullptr) << method;
    }
  }
}

// What the request has is in the path of a binding, the query or the body, whose schema has it.
TEST_F(OpenApiTest, HasEveryFieldOfEveryRequest) {
  ForEachMethod([&](const google::protobuf::MethodDescriptor& method) {
    std::vector<std::string> in_paths;
    for (const HttpBinding& binding : HttpBindings(method)) {
      const auto path = *ExpandPath(binding.path);
      in_paths.insert(in_paths.end(), path.fields.begin(), path.fields.end());
    }
    std::string body = method.name() + "Body";
    for (const HttpBinding& binding : HttpBindings(method)) {
      const auto path = *ExpandPath(binding.path);
      const Json& operation = *Operation(path.path, binding.verb);
      std::set<std::string> described;
      if (operation.HasMember("parameters")) {
        for (const Json& parameter : operation["parameters"].GetArray())
          described.insert(parameter["name"].GetString());
      }
      if (binding.body == "*")
        described.merge(Keys(document_["components"]["schemas"][body.c_str()]["properties"]));
      body += "_";
      for (int i = 0; i < method.input_type()->field_count(); ++i) {
        const auto& field = *method.input_type()->field(i);
        const bool in_path = std::find(in_paths.begin(), in_paths.end(), field.name()) != in_paths.end();
        if (in_path || field.name() == binding.body) continue;
        EXPECT_THAT(described, Contains(field.json_name())) << method.full_name();
      }
    }
  });
}

TEST(DanglingTest, FindsWhatLeadsNowhere) {
  EXPECT_THAT(
      Dangling(Parsed(R"({"a": [{"$ref": "#/$defs/B"}, {"$ref": "#/$defs/C"}], "$defs": {"B": {}}})")),
      testing::ElementsAre("#/$defs/C"));
}

TEST_F(OpenApiTest, RefersToNothingThatIsNotThere) { EXPECT_THAT(Dangling(document_), IsEmpty()); }

TEST_F(OpenApiTest, UsesEverySchemaThatItHas) {
  std::set<std::string> unused = Keys(document_["components"]["schemas"]);
  VisitObjects(document_, [&](const Json& object) {
    if (!object.HasMember("$ref") || !object["$ref"].IsString()) return;
    const std::string name = object["$ref"].GetString();
    unused.erase(name.substr(name.rfind('/') + 1));
  });
  unused.erase("Payload");  // for receivers, who get any of them
  EXPECT_THAT(unused, IsEmpty());
}

TEST_F(OpenApiTest, DocumentsErrorsOfEveryOperation) {
  for (const auto& path : document_["paths"].GetObject()) {
    for (const auto& operation : path.value.GetObject()) {
      const std::set<std::string> codes = Keys(operation.value["responses"]);
      for (const char* code : {"200", "400", "401", "403", "404", "405", "406", "429", "431", "500", "501",
                               "503", "504", "default"}) {
        EXPECT_THAT(codes, Contains(code)) << path.name.GetString();
      }
      EXPECT_EQ(codes.count("415"), operation.value.HasMember("requestBody")) << path.name.GetString();
    }
  }
}

TEST_F(OpenApiTest, DescribesStreamsAsLinesAndAsEvents) {
  const Json* watch = Operation("/v1/projects/{project}/deliveries:watch", "GET");
  ASSERT_NE(watch, nullptr);
  EXPECT_EQ(Keys((*watch)["responses"]["200"]["content"]),
            (std::set<std::string>{"application/x-ndjson", "text/event-stream"}));
}

// An update changes what the body has, so nothing is required of it, at any depth.
TEST_F(OpenApiTest, RequiresNothingOfUpdates) {
  const Json& schemas = document_["components"]["schemas"];
  EXPECT_TRUE(schemas["WebhookInput"].HasMember("required"));
  for (const char* name : {"WebhookUpdate", "RetryPolicyUpdate", "RateLimitUpdate"})
    EXPECT_FALSE(schemas[name].HasMember("required")) << name;
}

// What is not needed for the test may be missing.
TEST_F(OpenApiTest, TestsAWebhookThatIsNotStoredAndChangesOfAStoredOne) {
  const auto body_of = [this](const std::string& path) -> const Json& {
    const Json& operation = *Operation(path, "POST");
    const std::string name =
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].GetString();
    return document_["components"]["schemas"][name.substr(name.rfind('/') + 1).c_str()]["properties"];
  };
  const Json& stored = body_of("/v1/projects/{project}/webhooks/{webhook}:test");
  EXPECT_STREQ(stored["webhook"]["$ref"].GetString(), "#/components/schemas/WebhookUpdate");
  const Json& not_stored = body_of("/v1/projects/{project}/webhooks:test");
  EXPECT_STREQ(not_stored["webhook"]["$ref"].GetString(), "#/components/schemas/WebhookUpdate");
  EXPECT_FALSE(stored.HasMember("parent"));
  EXPECT_FALSE(not_stored.HasMember("name"));
}

TEST_F(OpenApiTest, RequiresEventTypesOrAllOfThem) {
  const Json& schema = document_["components"]["schemas"]["WebhookInput"];
  ASSERT_TRUE(schema.HasMember("anyOf"));
  EXPECT_STREQ(schema["anyOf"][0]["required"][0].GetString(), "eventTypes");
  EXPECT_STREQ(schema["anyOf"][1]["required"][0].GetString(), "allEventTypes");
}

TEST_F(OpenApiTest, RefusesUnknownMembersInRequestsAlone) {
  const Json& schemas = document_["components"]["schemas"];
  for (const char* name :
       {"EmitEventBody", "WebhookInput", "WebhookUpdate", "CampaignInput", "SentPayloadInput"}) {
    ASSERT_TRUE(schemas[name].HasMember("additionalProperties")) << name;
    EXPECT_FALSE(schemas[name]["additionalProperties"].GetBool()) << name;
  }
  for (const char* name : {"EmitEventResponse", "Webhook", "Campaign", "SentPayload"})
    EXPECT_FALSE(schemas[name].HasMember("additionalProperties")) << name;
}

// --- The payloads ---

// Checks that the members of the sample are those of the schema, in their order and at every depth.
void ExpectSameKeys(const Json& sample, const Json& schema, const rapidjson::Document& file,
                    const std::string& path) {
  const Json* resolved = &schema;
  if (schema.HasMember("$ref")) resolved = Resolve(file, schema["$ref"].GetString());
  ASSERT_NE(resolved, nullptr) << path;
  const bool free_form = !resolved->HasMember("properties") || path == "user_created.user";
  if (free_form) return;
  std::vector<std::string> expected, actual;
  for (const auto& member : sample.GetObject()) expected.emplace_back(member.name.GetString());
  for (const auto& member : (*resolved)["properties"].GetObject())
    actual.emplace_back(member.name.GetString());
  EXPECT_EQ(actual, expected) << path;
  for (const auto& member : sample.GetObject()) {
    if (member.value.IsObject() && (*resolved)["properties"].HasMember(member.name)) {
      ExpectSameKeys(member.value, (*resolved)["properties"][member.name], file,
                     absl::StrCat(path, ".", member.name.GetString()));
    }
  }
}

class PayloadSchemaTest : public OpenApiTest {
 protected:
  static rapidjson::Document Documented(const std::string& type) {
    return ParsedFile(absl::StrCat(HOOKD_SOURCE_DIR "/tests/payloads/documented/", type, ".json"));
  }
  static rapidjson::Document Schema(const std::string& type) {
    return ParsedFile(absl::StrCat(kOpenApiDir, "schemas/", type, ".json"));
  }
};

TEST_F(PayloadSchemaTest, HasTheDocumentedKeysInTheirOrder) {
  ASSERT_THAT(EventTypes(api_), SizeIs(12));
  for (const auto* type : EventTypes(api_)) {
    const rapidjson::Document schema = Schema(type->name());
    ExpectSameKeys(Documented(type->name()), schema, schema, type->name());
    EXPECT_THAT(Dangling(schema), IsEmpty()) << type->name();
  }
}

TEST_F(PayloadSchemaTest, HasTheDocumentedSampleByteForByte) {
  JsonMaker json;
  for (const auto* type : EventTypes(api_)) {
    const rapidjson::Document documented = Documented(type->name());
    EXPECT_EQ(CompactJson(DocumentedSample(*type, json)), CompactJson(documented)) << type->name();
    EXPECT_EQ(CompactJson(Schema(type->name())["examples"][0]), CompactJson(documented)) << type->name();
  }
}

TEST_F(PayloadSchemaTest, IsInTheDocumentAsAWebhookAndAsARequest) {
  const Json& examples = (*Operation("/v1/projects/{project}/events:emit",
                                     "POST"))["requestBody"]["content"]["application/json"]["examples"];
  for (const auto* type : EventTypes(api_)) {
    const char* name = type->name().c_str();
    ASSERT_TRUE(document_["webhooks"].HasMember(name)) << name;
    ASSERT_TRUE(examples.HasMember(name)) << name;
    EXPECT_EQ(CompactJson(examples[name]["value"]), CompactJson(Documented(type->name())));
  }
}

}  // namespace
}  // namespace hookd
