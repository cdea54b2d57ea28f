#include "grpc/call_log_interceptors.h"

#include "base/log.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "prometheus/text_serializer.h"
#include "tests/support/fake_clock.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Ends every call of GetWebhook with the same status.
class CallLogTest : public ::testing::Test, v1::WebhookService::Service {
 protected:
  CallLogTest() {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
    interceptors.push_back(std::make_unique<CallLogInterceptors>(&log_));
    grpc::ServerBuilder builder;
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~CallLogTest() override { ConfigureLog(LogFormat::kText, LogLevel::kInfo); }

  // Returns the log of a call that ends with this status.
  std::string LogOf(grpc::StatusCode code) {
    status_ = grpc::Status(code, "a message that quotes a secret");
    ::testing::internal::CaptureStderr();
    v1::GetWebhookRequest request;
    request.set_name("a secret");
    v1::Webhook response;
    grpc::ClientContext context;
    const auto stub = v1::WebhookService::NewStub(server_->InProcessChannel({}));
    EXPECT_EQ(stub->GetWebhook(&context, request, &response).error_code(), code);
    return ::testing::internal::GetCapturedStderr();
  }

  std::string Text() { return prometheus::TextSerializer().Serialize(metrics_.Collect()); }

  Metrics metrics_;
  FakeClock clock_;
  CallLog log_{&metrics_, &clock_};

 private:
  grpc::Status GetWebhook(grpc::ServerContext*, const v1::GetWebhookRequest*, v1::Webhook*) override {
    return status_;
  }

  grpc::Status status_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(CallLogTest, ACallerThatWasRefusedIsAWarningWithoutItsWords) {
  for (const auto& [code, name] : {std::pair(grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_DENIED"),
                                   std::pair(grpc::StatusCode::UNAUTHENTICATED, "UNAUTHENTICATED")}) {
    EXPECT_THAT(
        LogOf(code),
        AllOf(HasSubstr(" warning caller refused "), HasSubstr("method=/hookd.v1.WebhookService/GetWebhook"),
              HasSubstr(std::string("code=") + name), HasSubstr("peer="), Not(HasSubstr("secret"))));
  }
}

TEST_F(CallLogTest, CallersThatAreRefusedFasterThanCanBeReadAreCountedInTheNextLine) {
  const auto code = grpc::StatusCode::UNAUTHENTICATED;
  for (int i = 0; i < tuning::kRefusalsLoggedPerSecond; ++i) {
    EXPECT_THAT(LogOf(code), HasSubstr("left_out=0"));
  }
  for (int i = 0; i < 3; ++i) EXPECT_THAT(LogOf(code), IsEmpty());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(LogOf(code), HasSubstr("left_out=3"));
  EXPECT_THAT(LogOf(code), HasSubstr("left_out=0"));
}

TEST_F(CallLogTest, AllElseIsForDebugging) {
  EXPECT_THAT(LogOf(grpc::StatusCode::NOT_FOUND), IsEmpty());
  ConfigureLog(LogFormat::kText, LogLevel::kDebug);
  EXPECT_THAT(LogOf(grpc::StatusCode::NOT_FOUND), HasSubstr(" debug call ended "));
}

TEST_F(CallLogTest, EveryCallIsCountedByItsCode) {
  LogOf(grpc::StatusCode::NOT_FOUND);
  LogOf(grpc::StatusCode::NOT_FOUND);
  LogOf(static_cast<grpc::StatusCode>(20));
  EXPECT_THAT(Text(), HasSubstr("hookd_calls_total{code=\"NOT_FOUND\"} 2\n"));
  EXPECT_THAT(Text(), HasSubstr("hookd_calls_total{code=\"UNKNOWN\"} 1\n"));
  EXPECT_THAT(Text(), HasSubstr("hookd_calls_total{code=\"OK\"} 0\n"));
}

}  // namespace
}  // namespace hookd
