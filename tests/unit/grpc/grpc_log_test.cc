#include "grpc/grpc_log.h"

#include <grpc/support/log.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Returns what hookd writes to standard error when gRPC logs at that line of its source.
std::string Logged(int line, gpr_log_severity severity, const std::string& message, int times = 1) {
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < times; ++i) {
    gpr_log("/src/core/parser.cc", line, severity, "%s", message.c_str());
  }
  return ::testing::internal::GetCapturedStderr();
}

std::vector<std::string> Lines(const std::string& log) {
  return absl::StrSplit(log, '\n', absl::SkipEmpty());
}

class GrpcLogTest : public ::testing::Test {
 protected:
  GrpcLogTest() { RouteGrpcLog(); }
  ~GrpcLogTest() override {
    ConfigureLog(LogFormat::kText, LogLevel::kInfo);
    gpr_set_log_function(nullptr);
  }
};

TEST_F(GrpcLogTest, WhatACallerSentStaysOnOneLineOfHookdsFormat) {
  const std::string log = Logged(1, GPR_LOG_SEVERITY_ERROR, "value=x\n2026-01-01 info a token was created");
  EXPECT_THAT(Lines(log), SizeIs(1));
  EXPECT_THAT(log, AllOf(HasSubstr(" warning gRPC reported an error error=\"value=x 2026-01-01 info"),
                         EndsWith(" at=parser.cc:1 left_out=0\n")));
}

TEST_F(GrpcLogTest, IsJsonWhereTheRestOfTheLogIs) {
  ConfigureLog(LogFormat::kJson, LogLevel::kInfo);
  rapidjson::Document line;
  line.Parse(Logged(2, GPR_LOG_SEVERITY_ERROR, "a \"quoted\"\n{}").c_str());
  ASSERT_FALSE(line.HasParseError());
  EXPECT_STREQ(line["error"].GetString(), "a \"quoted\"\n{}");
  EXPECT_STREQ(line["at"].GetString(), "parser.cc:2");
}

TEST_F(GrpcLogTest, ThousandsOfLinesOfAKindAreFewAndHideNoOtherKind) {
  EXPECT_LE(Lines(Logged(3, GPR_LOG_SEVERITY_ERROR, "flood", 2'000)).size(), 60U) << "one a second";
  EXPECT_THAT(Logged(4, GPR_LOG_SEVERITY_ERROR, "another"), HasSubstr("error=another"));
}

TEST_F(GrpcLogTest, ALongLineIsCut) {
  const std::string log = Logged(5, GPR_LOG_SEVERITY_ERROR, std::string(100'000, 'x'));
  EXPECT_LT(log.size(), tuning::kMaxGrpcLogBytes + 200);
}

// gRPC's traces contain metadata, including tokens.
TEST_F(GrpcLogTest, TracesAreNotWritten) {
  EXPECT_EQ(Logged(6, GPR_LOG_SEVERITY_DEBUG, "authorization: Bearer secret"), "");
  EXPECT_EQ(Logged(7, GPR_LOG_SEVERITY_INFO, "authorization: Bearer secret"), "");
}

}  // namespace
}  // namespace hookd
