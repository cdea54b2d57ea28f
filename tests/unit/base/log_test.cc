#include "base/log.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "spdlog/details/log_msg.h"

namespace hookd {
namespace {

using ::testing::EndsWith;
using ::testing::MatchesRegex;

// A line as spdlog has it written, of what Log gives it or of anything else.
std::string Line(LogFormat format, const std::string& payload) {
  const spdlog::details::log_msg message("hookd", spdlog::level::warn, payload);
  spdlog::memory_buf_t out;
  NewLogFormatter(format)->format(message, out);
  return {out.data(), out.size()};
}

// What Log writes on standard error.
std::string Logged(LogLevel level, absl::string_view message, LogFields fields) {
  ::testing::internal::CaptureStderr();
  Log(level, message, fields);
  return ::testing::internal::GetCapturedStderr();
}

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { ConfigureLog(LogFormat::kText, LogLevel::kInfo); }
};

TEST_F(LogTest, ATextLineHasTimeLevelMessageAndFields) {
  const std::string id = "projects/p/webhooks/w";
  EXPECT_THAT(Logged(LogLevel::kInfo, "a webhook was made", {{"webhook", id}, {"status", 503}}),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*Z info a webhook was made "
                           "webhook=projects/p/webhooks/w status=503\n"));
}

TEST_F(LogTest, AJsonLineHasThemAsMembers) {
  ConfigureLog(LogFormat::kJson, LogLevel::kInfo);
  rapidjson::Document line;
  line.Parse(Logged(LogLevel::kError, "no \"good\"", {{"error", "a\\b\n\tc"}, {"count", 3}}).c_str());
  ASSERT_FALSE(line.HasParseError());
  EXPECT_STREQ(line["level"].GetString(), "error");
  EXPECT_STREQ(line["message"].GetString(), "no \"good\"");
  EXPECT_STREQ(line["error"].GetString(), "a\\b\n\tc");
  EXPECT_STREQ(line["count"].GetString(), "3");
  EXPECT_THAT(line["time"].GetString(), EndsWith("Z"));
}

TEST_F(LogTest, WhatOthersGiveToSpdlogIsALineOfTheSameFormat) {
  rapidjson::Document line;
  line.Parse(Line(LogFormat::kJson, "from elsewhere").c_str());
  ASSERT_FALSE(line.HasParseError());
  EXPECT_STREQ(line["message"].GetString(), "from elsewhere");
}

TEST_F(LogTest, NothingBreaksALineOrAddsAField) {
  EXPECT_THAT(Logged(LogLevel::kInfo, "a message",
                     {{"name",
                       "x\ny\x1f"
                       "forged=1"}}),
              EndsWith(" a message name=\"x y forged=1\"\n"));
  ConfigureLog(LogFormat::kJson, LogLevel::kInfo);
  rapidjson::Document line;
  line.Parse(Logged(LogLevel::kInfo, "a message",
                    {{"name",
                      "x\x1f"
                      "forged=1"},
                     {"bytes", "\xff\xfe"}})
                 .c_str());
  ASSERT_FALSE(line.HasParseError());
  EXPECT_FALSE(line.HasMember("forged"));
  EXPECT_STREQ(line["bytes"].GetString(), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_F(LogTest, AFieldThatIsNoWordIsQuoted) {
  EXPECT_THAT(Logged(LogLevel::kInfo, "m", {{"a", ""}, {"b", "say \"so\" \\ now"}}),
              EndsWith(" m a=\"\" b=\"say \\\"so\\\" \\\\ now\"\n"));
}

TEST_F(LogTest, LinesBelowTheLeastLevelAreNotWritten) {
  ConfigureLog(LogFormat::kText, LogLevel::kWarning);
  EXPECT_FALSE(IsLogged(LogLevel::kInfo));
  EXPECT_TRUE(IsLogged(LogLevel::kWarning));
  EXPECT_EQ(Logged(LogLevel::kInfo, "m", {}), "");
  EXPECT_THAT(Logged(LogLevel::kWarning, "m", {}), EndsWith(" warning m\n"));
}

}  // namespace
}  // namespace hookd
