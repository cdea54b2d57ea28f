// CurlClient with endpoints that misbehave: the sentence each of them gets.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_client.h"
#include "tests/support/http_receiver.h"
#include "tests/support/scripted_peer.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::AnyOf;

class CurlClientFailureTest : public ::testing::Test {
 protected:
  HttpResult FetchFrom(HttpReceiver::Behaviour behaviour, absl::Duration timeout = kPatience) {
    receiver_.SetDefault(std::move(behaviour));
    return Fetch(*client_, MakeRequest(receiver_.Url("/"), timeout));
  }
  // The client is as good as before.
  ~CurlClientFailureTest() override { EXPECT_EQ(FetchFrom({}).status, 200); }

  HttpReceiver receiver_;
  const std::unique_ptr<CurlClient> client_ = MakeClient();
};

// libcurl takes a head without its end for an answer: a 410 of it must not disable a webhook, nor a 200
// count.
TEST_F(CurlClientFailureTest, AHeadThatIsCutOffIsNoAnswer) {
  for (const char* head : {"HTTP/1.1 410 Gone\r\n", "HTTP/1.1 410 Gone\r\nDate: x\r\nContent-Le",
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"}) {
    ScriptedPeer peer({.script = {{PeerStep::Do::kReadRequest}, Send(head), {PeerStep::Do::kClose}}});
    const HttpResult result =
        Fetch(*client_, MakeRequest(absl::StrCat("http://127.0.0.1:", peer.port(), "/")));
    EXPECT_EQ(result.status, 0) << head;
    EXPECT_EQ(result.error, "the response was cut short") << head;
    EXPECT_EQ(result.failure, HttpFailure::kBroken) << head;
  }
}

TEST_F(CurlClientFailureTest, SaysThatTheConnectionWasRefused) {
  auto gone = std::make_unique<HttpReceiver>();
  const std::string url = gone->Url("/");
  gone.reset();
  const HttpResult result = Fetch(*client_, MakeRequest(url));
  EXPECT_EQ(result.error, "could not connect: connection refused");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.connect, absl::ZeroDuration());
  EXPECT_EQ(result.first_byte, absl::ZeroDuration());
  EXPECT_GT(result.total, absl::ZeroDuration());
}

TEST_F(CurlClientFailureTest, SaysThatTheNameIsUnknown) {
  const HttpResult result = Fetch(*client_, MakeRequest("http://nowhere.invalid/"));
  EXPECT_EQ(result.error, "could not resolve the host name");
  EXPECT_EQ(result.status, 0);
}

TEST_F(CurlClientFailureTest, SaysThatNoAnswerCameInTime) {
  const HttpResult result = FetchFrom({.hang = true}, absl::Milliseconds(300));
  EXPECT_EQ(result.error, "timed out after 300ms waiting for the response");
  EXPECT_EQ(result.status, 0);
  EXPECT_GE(result.total, absl::Milliseconds(300));
  EXPECT_EQ(result.first_byte, absl::ZeroDuration());
}

TEST_F(CurlClientFailureTest, SaysSoOnAKeptConnectionToo) {
  EXPECT_EQ(FetchFrom({}).status, 200);
  EXPECT_EQ(FetchFrom({.hang = true}, absl::Milliseconds(300)).error,
            "timed out after 300ms waiting for the response");
  EXPECT_EQ(receiver_.connections(), 1);
}

TEST_F(CurlClientFailureTest, TakesATimeoutOfLessThanAMillisecond) {
  const HttpResult result = FetchFrom({.hang = true}, absl::Microseconds(1));
  EXPECT_THAT(result.error,
              AnyOf("timed out after 1us waiting for the response", "timed out after 1us: no connection"));
}

TEST_F(CurlClientFailureTest, EndsAnAnswerThatDripsAtTheTimeout) {
  const HttpResult result =
      FetchFrom({.body = std::string(100000, 'x'), .drip = absl::Milliseconds(10)}, absl::Milliseconds(300));
  EXPECT_EQ(result.error, "timed out after 300ms: the response was incomplete");
  EXPECT_EQ(result.status, 200);
}

TEST_F(CurlClientFailureTest, SaysThatTheConnectionWasReset) {
  EXPECT_EQ(FetchFrom({.reset = true}).error, "the connection was reset");
}

TEST_F(CurlClientFailureTest, SaysThatTheConnectionWasResetInTheMiddleOfTheAnswer) {
  const HttpResult result = FetchFrom({.body = "beginning", .reset = true, .cut_short = true});
  EXPECT_EQ(result.error, "the connection was reset");
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, "beginning");
}

TEST_F(CurlClientFailureTest, SaysThatTheConnectionWasClosed) {
  EXPECT_EQ(FetchFrom({.close = true}).error, "the connection was closed before a response");
}

TEST_F(CurlClientFailureTest, SaysThatTheAnswerWasCutShort) {
  for (const bool chunked : {false, true}) {
    SCOPED_TRACE(chunked);
    const HttpResult result = FetchFrom({.body = "beginning", .chunked = chunked, .cut_short = true});
    EXPECT_EQ(result.error, "the response was cut short");
    EXPECT_EQ(result.status, 200);
    EXPECT_EQ(result.body, "beginning");
  }
}

TEST_F(CurlClientFailureTest, ReadsNoFurtherThanAContentLengthThatIsTooSmall) {
  const HttpResult result =
      FetchFrom({.headers = {{"Content-Length", "3"}}, .body = "abcdef", .close_after = true});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.body, "abc");
}

TEST_F(CurlClientFailureTest, RefusesAContentLengthThatIsNone) {
  for (const char* length : {"-1", "x"}) {
    SCOPED_TRACE(length);
    const HttpResult result =
        FetchFrom({.headers = {{"Content-Length", length}}, .body = "abc", .close_after = true});
    EXPECT_EQ(result.error, "the response was not valid HTTP");
  }
}

TEST_F(CurlClientFailureTest, SaysThatTheAnswerWasNotHttp) {
  const HttpResult result = FetchFrom({.garbage = true});
  EXPECT_EQ(result.error, "the response was not valid HTTP");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.first_byte, absl::ZeroDuration());
  EXPECT_EQ(result.body, "");
}

TEST_F(CurlClientFailureTest, TakesManyHeadersButNoFlood) {
  EXPECT_EQ(FetchFrom({.header_flood = 100}).error, "");
  EXPECT_EQ(FetchFrom({.header_flood = 100000}).error, "the response headers were too long");
  EXPECT_EQ(FetchFrom({.headers = {{"X-Long", std::string(200000, 'x')}}}).error,
            "the response headers were too long");
}

TEST_F(CurlClientFailureTest, SaysThatTheFirstByteDidNotComeInItsTime) {
  receiver_.SetDefault({.hang = true});
  HttpRequest request = MakeRequest(receiver_.Url("/"), absl::Hours(1));
  request.first_byte_timeout = absl::Milliseconds(300);
  const HttpResult result = Fetch(*client_, request);
  EXPECT_EQ(result.error, "timed out after 300ms waiting for the response");
  EXPECT_EQ(result.status, 0);
}

TEST_F(CurlClientFailureTest, AnAnswerThatHasBegunHasAllTheTimeThereIs) {
  receiver_.SetDefault({.body = std::string(50, 'x'), .drip = absl::Milliseconds(10)});
  HttpRequest request = MakeRequest(receiver_.Url("/"));
  request.first_byte_timeout = absl::Milliseconds(300);
  const HttpResult result = Fetch(*client_, request);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.body.size(), 50u);
}

// What is no head and no body of an answer, and costs more than its bytes are worth.
TEST_F(CurlClientFailureTest, CutsAConnectionThatSendsMuchThatIsNoAnswer) {
  ScriptedPeer peer({.script = {{PeerStep::Do::kReadRequest},
                                Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"),
                                SendEndlessly("extension")}});
  const HttpResult result = Fetch(*client_, MakeRequest(absl::StrCat("http://127.0.0.1:", peer.port(), "/")));
  EXPECT_EQ(result.error, "the endpoint sent too much data: hookd closed the connection");
  EXPECT_EQ(result.fault, HttpFault::kEndpoint);
  EXPECT_TRUE(result.abusive);
  EXPECT_EQ(client_->figures().connections_cut, 1);
}

TEST_F(CurlClientFailureTest, LeavesAnAnswerInTheSmallestChunksAlone) {
  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 3000; ++i) chunks += "1\r\nx\r\n";  // 15,000 bytes of sizes: a request may have 16 KiB
  ScriptedPeer peer(
      {.script = {{PeerStep::Do::kReadRequest}, Send(chunks + "0\r\n\r\n"), {PeerStep::Do::kRepeat}}});
  for (int i = 0; i < 5; ++i) {
    const HttpResult result =
        Fetch(*client_, MakeRequest(absl::StrCat("http://127.0.0.1:", peer.port(), "/")));
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.status, 200);
  }
  EXPECT_EQ(peer.connections(), 1);
}

}  // namespace
}  // namespace hookd
