#include "api/conversion/filter_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<ContentKey> ReadContent(absl::string_view filter, std::string* error = nullptr) {
  std::vector<ContentKey> keys;
  std::vector<FilterField> fields;
  AddContentFields(fields, &keys);
  FieldViolations violations;
  ReadFilter(filter, fields, violations);
  const std::string message(violations.ToStatus().message());
  if (error != nullptr) {
    *error = message;
  } else {
    EXPECT_EQ(message, "") << filter;
  }
  return keys;
}

std::string ContentError(absl::string_view filter) {
  std::string error;
  ReadContent(filter, &error);
  return error;
}

std::vector<StatusRange> ReadStatus(absl::string_view filter, std::string* error = nullptr) {
  std::vector<StatusRange> ranges;
  FieldViolations violations;
  ReadFilter(filter, {StatusCodeField(&ranges)}, violations);
  if (error != nullptr) *error = std::string(violations.ToStatus().message());
  return ranges;
}

TEST(FilterFieldsTest, ReadsTheContentOfEvents) {
  EXPECT_THAT(ReadContent("user.id = 123"), ElementsAre(ContentKey{ContentField::kUserId, true, "123"}));
  EXPECT_THAT(ReadContent("user.id = \"123\""), ElementsAre(ContentKey{ContentField::kUserId, false, "123"}));
  EXPECT_THAT(ReadContent("user.id = a1"), ElementsAre(ContentKey{ContentField::kUserId, false, "a1"}));
  EXPECT_THAT(ReadContent("campaign.id = -7 OR campaign.id = c"),
              ElementsAre(ContentKey{ContentField::kCampaignId, true, "-7"},
                          ContentKey{ContentField::kCampaignId, false, "c"}));
  EXPECT_THAT(ReadContent("user.email = ann@example.com AND message_id = \"<1@example.com>\" AND "
                          "campaign.name = 'Spring \"sale\"'"),
              ElementsAre(ContentKey{ContentField::kUserEmail, false, "ann@example.com"},
                          ContentKey{ContentField::kMessageId, false, "<1@example.com>"},
                          ContentKey{ContentField::kCampaignName, false, "Spring \"sale\""}));
}

TEST(FilterFieldsTest, ReadsNumbersOnlyAsIds) {
  EXPECT_THAT(ReadContent("message_id = 123"),
              ElementsAre(ContentKey{ContentField::kMessageId, false, "123"}));
  // One number, however it is written.
  EXPECT_THAT(ReadContent("user.id = 007 OR user.id = 7 OR user.id = +7"),
              ElementsAre(ContentKey{ContentField::kUserId, true, "7"}));
  EXPECT_THAT(ReadContent("user.id = -9223372036854775808 OR user.id = 9223372036854775807"),
              ElementsAre(ContentKey{ContentField::kUserId, true, "-9223372036854775808"},
                          ContentKey{ContentField::kUserId, true, "9223372036854775807"}));
}

TEST(FilterFieldsTest, RefusesContentThatNoEventCanHave) {
  for (const std::string number : {"9223372036854775808", "-9223372036854775809", "1.5", "-", "1-2"}) {
    EXPECT_EQ(ContentError("user.id = " + number),
              "filter: at position 11: must be a 64-bit integer, or a string in quotes");
  }
  EXPECT_THAT(ContentError("user.email = \"\""), HasSubstr("at position 14: must not be empty"));
  EXPECT_THAT(ContentError("user.id = ''"), HasSubstr("at position 11: must not be empty"));
  EXPECT_THAT(ContentError("user.name = x"), HasSubstr("there is no field user.name"));
}

TEST(FilterFieldsTest, ReadsStatusCodesAndTheirClasses) {
  EXPECT_THAT(ReadStatus("status_code = 503 OR status_code = 4xx OR status_code = 503 OR status_code = 1XX"),
              ElementsAre(StatusRange{503, 503}, StatusRange{400, 499}, StatusRange{100, 199}));
  EXPECT_THAT(ReadStatus("status_code = 999"), ElementsAre(StatusRange{999, 999}));
  for (const std::string status :
       {"5", "50", "5x", "5x3", "50x", "xxx", "6xx", "0xx", "099", "-50", "5000", "5xxx"}) {
    std::string error;
    ReadStatus("status_code = " + status, &error);
    EXPECT_THAT(error,
                HasSubstr("at position 15: must be a status code, such as 503, or a class from 1xx to 5xx"))
        << status;
  }
}

TEST(FilterFieldsTest, ReadsBooleans) {
  std::optional<bool> enabled;
  FieldViolations violations;
  ReadFilter("enabled = true", {BoolField("enabled", &enabled)}, violations);
  EXPECT_EQ(enabled, true);
  ReadFilter("enabled = false", {BoolField("enabled", &enabled)}, violations);
  EXPECT_EQ(enabled, false);
  EXPECT_TRUE(violations.empty());
  ReadFilter("enabled = yes", {BoolField("enabled", &enabled)}, violations);
  EXPECT_EQ(violations.ToStatus().message(), "filter: at position 11: must be true or false");
}

}  // namespace
}  // namespace hookd
