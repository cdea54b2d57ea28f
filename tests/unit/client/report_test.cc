// Errors, warnings and notes with --output json: one line of JSON each on stderr, with the same exit codes.
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using google::protobuf::Struct;
using testing::HasSubstr;

// The value of the only line, which must be an object with the one member `kind`.
Struct ParseOnly(const std::string& kind, const std::string& err) {
  Struct parsed;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(err, &parsed).ok()) << err;
  EXPECT_EQ(parsed.fields().size(), 1U) << err;
  EXPECT_EQ(parsed.fields().count(kind), 1U) << err;
  return parsed.fields().count(kind) == 0 ? Struct() : parsed.fields().at(kind).struct_value();
}

std::string Text(const Struct& error, const std::string& key) {
  const auto found = error.fields().find(key);
  return found == error.fields().end() ? "(none)" : found->second.string_value();
}

class JsonErrorTest : public HookctlTest {};

TEST_F(JsonErrorTest, HasTheCodeTheMessageAndTheExitCode) {
  hookd_.webhooks.get.Fail({grpc::StatusCode::NOT_FOUND, "projects/shop/webhooks/w not found"});
  const Result result = Hookctl({"-o", "json", "webhooks", "get", "w"});
  EXPECT_EQ(result.code, kNotFound);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            R"({"error":{"code":"NOT_FOUND","message":"projects/shop/webhooks/w not found","exit_code":3}})"
            "\n");
}

TEST_F(JsonErrorTest, HasEveryFieldViolation) {
  hookd_.webhooks.create.Fail(
      hookd::InvalidArgument({{"webhook.url", "must be http or https"}, {"webhook_id", "is too long"}}));
  const Result result = Hookctl({"-o", "json", "webhooks", "create", "--url", "x", "--event-types", "all"});
  EXPECT_EQ(result.code, kInvalidArgument);
  const Struct error = ParseOnly("error", result.err);
  const auto& violations = error.fields().at("field_violations").list_value();
  ASSERT_EQ(violations.values_size(), 2);
  EXPECT_EQ(Text(violations.values(0).struct_value(), "field"), "webhook.url");
  EXPECT_EQ(Text(violations.values(0).struct_value(), "description"), "must be http or https");
}

TEST_F(JsonErrorTest, SaysWhenToTryAgain) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500000000);
  hookd_.webhooks.get.Fail(
      hookd::RichError(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many requests", retry));
  const Result result = Hookctl({"-o", "json", "webhooks", "get", "w"});
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_EQ(Text(ParseOnly("error", result.err), "retry_delay"), "1.500s");
}

TEST_F(JsonErrorTest, AWrongCommandLineIsOneToo) {
  for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
           {"-o", "json", "webhooks", "lst"}, {"webhooks", "list", "--output=json", "--limt", "3"}}) {
    const Result result = RunHookctl(line);
    EXPECT_EQ(result.code, kUsage);
    const Struct error = ParseOnly("error", result.err);
    EXPECT_THAT(Text(error, "message"), HasSubstr("did you mean"));
    EXPECT_THAT(Text(error, "hint"), HasSubstr("See hookctl webhooks"));
  }
}

TEST_F(JsonErrorTest, BytesThatAreNotUtf8DoNotBreakIt) {
  const Result result = Hookctl({"-o", "json", "emit", "/nowhere/\xff\n.json"});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(Text(ParseOnly("error", result.err), "message"), HasSubstr("\\xff"));
}

TEST_F(JsonErrorTest, ALineOfAStreamHasItsNumber) {
  hookd_.events.stream = [](grpc::ServerContext*, hookd::FakeEventService::Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) calls->Write(hookd::FakeEventService::Accept(request));
    return grpc::Status::OK;
  };
  const Result result = Hookctl({"-o", "json", "emit", "--stream", "-"}, "{\"sent\": {}}\nnonsense\n");
  EXPECT_EQ(result.code, kInvalidArgument);
  const Struct error = ParseOnly("error", result.err);
  EXPECT_EQ(error.fields().at("line").number_value(), 2);
  EXPECT_EQ(Text(error, "code"), "INVALID_ARGUMENT");
}

TEST_F(JsonErrorTest, NotesAreJsonToo) {
  const Result result = Hookctl(
      {"-o", "json", "webhooks", "create", "--url", "http://h/", "--event-types", "all", "--dry-run"});
  EXPECT_EQ(result.code, kOk);
  EXPECT_THAT(Text(ParseOnly("note", result.err), "message"), HasSubstr("Nothing was changed"));
}

class TextErrorTest : public HookctlTest {};

TEST_F(TextErrorTest, AMessageCannotForgeALine) {
  hookd_.webhooks.get.Fail({grpc::StatusCode::NOT_FOUND, "gone\nerror: \x1b[31mred"});
  EXPECT_EQ(Hookctl({"webhooks", "get", "w"}).err, "error: NOT_FOUND: gone\\x0aerror: \\x1b[31mred\n");
}

TEST_F(TextErrorTest, AnOlderHookdIsNamedAsTheReason) {
  hookd_.webhooks.get.Fail({grpc::StatusCode::UNIMPLEMENTED, ""});
  EXPECT_THAT(Hookctl({"webhooks", "get", "w"}).err, HasSubstr("may be older than this hookctl"));
}

TEST_F(TextErrorTest, AMissingTokenSaysHowToGiveOne) {
  hookd_.webhooks.get.Fail({grpc::StatusCode::UNAUTHENTICATED, "a token is required"});
  EXPECT_THAT(Hookctl({"webhooks", "get", "w"}).err, HasSubstr("HOOKD_TOKEN"));
}

}  // namespace
}  // namespace hookctl
