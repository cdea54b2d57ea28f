#include "web/web_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/api/api_test.h"
#include "tests/unit/web/fake_exchange.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The API's half of a stream, which does what the test says.
class FakeStream : public ResponseStream {
 public:
  void Start() override { calls.push_back("start"); }
  void OnSent(bool ok) override { calls.push_back(ok ? "sent" : "not sent"); }
  void OnCancelled() override { calls.push_back("cancelled"); }

  std::vector<std::string> calls;
  ResponseSink* sink = nullptr;
};

class WebStreamTest : public ApiTest {
 protected:
  WebStreamTest() {
    method_ = MethodNamed(api_, "DeliveryService/WatchDeliveries");
    method_.handler = [this](const CallContext&, const google::protobuf::Message& request,
                             ResponseSink* sink) -> absl::StatusOr<std::shared_ptr<ResponseStream>> {
      if (!open_error_.ok()) return open_error_;
      request_.CopyFrom(request);
      stream_->sink = sink;
      return std::shared_ptr<ResponseStream>(stream_);
    };
    router_ = Router::Create(api_.methods()).value();
  }

  // Ends a stream that the test has left open.
  void TearDown() override {
    if (stream_.use_count() > 1 && exchange_->responded()) exchange_->ReportGone();
    if (stream_.use_count() > 1) stream_->sink->Finish(absl::CancelledError("the test has ended"));
  }

  void Start(Representation representation = Representation::kJsonLines, WebHeaders headers = {},
             const std::string& query = "") {
    exchange_ =
        std::make_shared<FakeExchange>("GET", "/v1/projects/p/deliveries:watch" + query, std::move(headers));
    RouteMatch match = router_->Match("GET", "/v1/projects/p/deliveries:watch");
    StartWebStream(services_, {.exchange = exchange_,
                               .route = match.route,
                               .method = &method_,
                               .variables = std::move(match.variables),
                               .representation = representation});
  }
  void Send(const std::string& delivery) {
    v1::WatchDeliveriesResponse response;
    response.mutable_delivery()->set_name(delivery);
    stream_->sink->Send(response, false);
  }
  static std::string Line(const std::string& delivery) {
    return "{\"result\":{\"delivery\":{\"name\":\"" + delivery + "\",\"attemptCount\":0}}}\n";
  }

  const std::unique_ptr<BrowserGuard> guard_ = BrowserGuard::Create({}).value();
  CallLog call_log_{&metrics_, &clock_};
  const WebServices services_ = {.api = &api_, .call_log = &call_log_, .guard = guard_.get()};
  Method method_;
  std::unique_ptr<const Router> router_;
  absl::Status open_error_;
  v1::WatchDeliveriesRequest request_;
  std::shared_ptr<FakeStream> stream_ = std::make_shared<FakeStream>();
  std::shared_ptr<FakeExchange> exchange_;
};

TEST_F(WebStreamTest, ReportsASendWhenItIsWritten) {
  Start();
  EXPECT_EQ(request_.parent(), "projects/p");
  EXPECT_THAT(stream_->calls, ElementsAre("start"));
  EXPECT_FALSE(exchange_->responded()) << "an error could still follow";
  stream_->sink->SendStart();
  EXPECT_EQ(exchange_->response().status, 200);
  EXPECT_EQ(exchange_->Header("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(exchange_->Header("Cache-Control"), "no-store");
  EXPECT_THAT(stream_->calls, ElementsAre("start"));
  exchange_->ReportWritten();
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent"));
  Send("a");
  EXPECT_THAT(exchange_->parts(), ElementsAre("", Line("a")));
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent"));
  exchange_->ReportWritten();
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent", "sent"));
}

TEST_F(WebStreamTest, SendsTheFirstResponseWithTheHead) {
  Start(Representation::kEventStream);
  Send("a");
  EXPECT_EQ(exchange_->Header("Content-Type"), "text/event-stream");
  EXPECT_THAT(exchange_->parts(), ElementsAre(StartsWith("data: {")));
}

TEST_F(WebStreamTest, AnEndBeforeTheStartIsAnErrorResponse) {
  Start();
  stream_->sink->Finish(WithDetails(absl::ResourceExhaustedError("too many watches")));
  EXPECT_EQ(exchange_->response().status, 429);
  EXPECT_EQ(exchange_->Header("Content-Type"), "application/json");
  EXPECT_EQ(exchange_->Header("Retry-After"), "1");
  EXPECT_THAT(exchange_->response().body, HasSubstr("too many watches"));
  EXPECT_THAT(exchange_->parts(), IsEmpty());
  EXPECT_EQ(stream_.use_count(), 1) << "the stream is released";
}

TEST_F(WebStreamTest, AnEndWithoutAnyResponseIsAnEmptyStream) {
  Start();
  stream_->sink->Finish(absl::OkStatus());
  EXPECT_EQ(exchange_->response().status, 200);
  EXPECT_THAT(exchange_->parts(), ElementsAre(""));
  EXPECT_EQ(exchange_->complete(), std::nullopt) << "the head is being written";
  exchange_->ReportWritten();
  EXPECT_EQ(exchange_->complete(), true);
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, AnEndCompletesTheStream) {
  Start();
  Send("a");
  exchange_->ReportWritten();
  stream_->sink->Finish(absl::OkStatus());
  EXPECT_EQ(exchange_->complete(), true);
  EXPECT_THAT(exchange_->parts(), ElementsAre(Line("a")));
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, AnErrorAfterTheStartIsTheLastPart) {
  Start();
  Send("a");
  exchange_->ReportWritten();
  stream_->sink->Finish(absl::UnavailableError("the server is shutting down"));
  EXPECT_THAT(
      exchange_->parts(),
      ElementsAre(Line("a"), "{\"error\":{\"code\":14,\"message\":\"the server is shutting down\"}}\n"));
  EXPECT_EQ(exchange_->complete(), std::nullopt);
  exchange_->ReportWritten();
  EXPECT_EQ(exchange_->complete(), true);
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent")) << "the end is not reported";
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, AnErrorIsAnEventOfThatName) {
  Start(Representation::kEventStream);
  Send("a");
  exchange_->ReportWritten();
  stream_->sink->Finish(absl::UnavailableError("bye"));
  EXPECT_EQ(exchange_->parts().back(), "event: error\ndata: {\"code\":14,\"message\":\"bye\"}\n\n");
}

TEST_F(WebStreamTest, ACallerThatIsGoneCancelsTheStreamOnce) {
  Start();
  stream_->sink->SendStart();
  exchange_->ReportWritten();
  exchange_->ReportGone();
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent", "cancelled"));
  stream_->sink->Finish(absl::CancelledError());
  EXPECT_THAT(exchange_->parts(), ElementsAre(""));
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, ACallerThatIsGoneDuringASendFailsIt) {
  Start();
  Send("a");
  exchange_->ReportGone();
  EXPECT_THAT(stream_->calls, ElementsAre("start", "not sent", "cancelled"));
  stream_->sink->Finish(absl::CancelledError());
  EXPECT_EQ(stream_.use_count(), 1);
}

// The API's half waits for the report of every send.
TEST_F(WebStreamTest, ASendToACallerThatIsGoneFailsAtOnce) {
  Start();
  stream_->sink->SendStart();
  exchange_->ReportWritten();
  exchange_->Go();
  Send("a");
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent", "not sent"));
  exchange_->ReportGone();
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent", "not sent", "cancelled"));
  stream_->sink->Finish(absl::CancelledError());
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, ASendAfterTheCallerIsGoneIsReportedToo) {
  Start();
  stream_->sink->SendStart();
  exchange_->ReportWritten();
  exchange_->ReportGone();
  Send("a");
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent", "cancelled", "not sent"));
  stream_->sink->Finish(absl::CancelledError());
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, ACallerThatGoesDuringTheLastPartEndsNothingTwice) {
  Start();
  Send("a");
  exchange_->ReportWritten();
  stream_->sink->Finish(absl::UnavailableError("bye"));
  exchange_->ReportGone();
  EXPECT_THAT(stream_->calls, ElementsAre("start", "sent"));
  EXPECT_EQ(exchange_->complete(), false);
  EXPECT_EQ(stream_.use_count(), 1);
}

TEST_F(WebStreamTest, AStreamThatCannotBeOpenedIsAnErrorResponse) {
  open_error_ = absl::ResourceExhaustedError("too many watches");
  Start();
  EXPECT_EQ(exchange_->response().status, 429);
  EXPECT_THAT(stream_->calls, IsEmpty());
}

TEST_F(WebStreamTest, AWrongRequestIsAnErrorResponse) {
  Start(Representation::kJsonLines, {}, "?startTime=nonsense");
  EXPECT_EQ(exchange_->response().status, 400);
  EXPECT_THAT(exchange_->response().body, HasSubstr(R"("field":"start_time")"));
  EXPECT_THAT(stream_->calls, IsEmpty());
}

TEST_F(WebStreamTest, ResumesAnEventStreamByItsLastId) {
  Start(Representation::kEventStream, {{"Last-Event-ID", "2023-11-14T22:13:20.042Z"}},
        "?startTime=2020-01-01T00:00:00Z");
  EXPECT_EQ(request_.start_time().seconds(), 1'700'000'000);
}

TEST_F(WebStreamTest, RefusesALastIdThatIsNone) {
  Start(Representation::kEventStream, {{"last-event-id", "nonsense"}});
  EXPECT_EQ(exchange_->response().status, 400);
  EXPECT_THAT(exchange_->response().body, HasSubstr(R"("field":"Last-Event-ID")"));
}

TEST_F(WebStreamTest, IgnoresALastIdOfLinesOfJson) {
  Start(Representation::kJsonLines, {{"Last-Event-ID", "nonsense"}});
  EXPECT_THAT(stream_->calls, ElementsAre("start"));
}

}  // namespace
}  // namespace hookd
