// The TypeScript declarations of the API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "openapi/descriptor_set.h"
#include "typescript/generator.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TypeScriptTest : public ::testing::Test {
 protected:
  TypeScriptTest() {
    types_ = GenerateTypeScript(BuildApi(ReadDescriptorSet(HOOKD_BINARY_DIR "/protos/hookd.binpb"), pool_));
  }

  google::protobuf::DescriptorPool pool_;
  std::string types_;
};

TEST_F(TypeScriptTest, AMessageIsAnInterfaceWithTheNamesOfJson) {
  EXPECT_THAT(types_, HasSubstr("\nexport interface Delivery {\n"));
  EXPECT_THAT(types_, HasSubstr("\n  attemptCount?: number;\n"));
  EXPECT_THAT(types_, HasSubstr("\nexport interface GetServerRequest {}\n"));
}

TEST_F(TypeScriptTest, ATypeIsThatOfTheValueInJson) {
  EXPECT_THAT(types_, HasSubstr("\n  deliveryCount?: Int64;\n"));
  EXPECT_THAT(types_, HasSubstr("\n  createTime?: Timestamp;\n"));
  EXPECT_THAT(types_, HasSubstr("\n  timeout?: Duration;\n"));
  EXPECT_THAT(types_, HasSubstr("\n  updateMask?: FieldMask;\n"));
  EXPECT_THAT(types_, HasSubstr("\n  responseBody?: Bytes;\n"));
  EXPECT_THAT(types_, HasSubstr("\n  validateOnly?: boolean;\n"));
  EXPECT_THAT(types_, HasSubstr("\n  eventTypes?: EventType[];\n"));
  EXPECT_THAT(types_, HasSubstr("\n  labels?: Record<string, string>;\n"));
}

TEST_F(TypeScriptTest, AnEnumIsAUnionOfItsNamesAndOneThatIsLongHasALineForEach) {
  EXPECT_THAT(types_, HasSubstr("\nexport type HealthState = 'HEALTH_STATE_UNSPECIFIED' | "
                                "'HEALTH_STATE_HEALTHY' | 'HEALTH_STATE_FAILING';\n"));
  EXPECT_THAT(types_, HasSubstr("\nexport type CircuitState =\n  | 'CIRCUIT_STATE_UNSPECIFIED'\n"
                                "  | 'CIRCUIT_STATE_CLOSED'\n"));
}

TEST_F(TypeScriptTest, TheFieldsOfAOneofAreMembersLikeOthers) {
  EXPECT_THAT(types_, HasSubstr("\n  bounced?: Bounced;\n"));
}

TEST_F(TypeScriptTest, ANestedMessageHasTheNamesOfThoseAroundIt) {
  EXPECT_THAT(types_, HasSubstr("\nexport interface TestWebhookResponseSentRequest {\n"));
  EXPECT_THAT(types_, HasSubstr("\n  request?: TestWebhookResponseSentRequest;\n"));
  EXPECT_THAT(types_, Not(HasSubstr("Entry {")));
}

TEST_F(TypeScriptTest, AMessageOfAnotherPackageIsDeclaredOnceWhereItIsUsed) {
  const std::string status = "\nexport interface Status {\n";
  ASSERT_THAT(types_, HasSubstr(status));
  EXPECT_EQ(types_.find(status), types_.rfind(status));
  EXPECT_THAT(types_, HasSubstr("\n  details?: Record<string, unknown>[];\n"));
}

TEST_F(TypeScriptTest, ACommentIsTheFirstSentenceOfThatInTheProtos) {
  EXPECT_THAT(types_, HasSubstr("\n/** The state of a delivery. */\nexport type DeliveryState ="));
  EXPECT_THAT(types_,
              HasSubstr("\n  /** How many attempts were made and recorded. */\n  attemptCount?: number;"));
}

}  // namespace
}  // namespace hookd
