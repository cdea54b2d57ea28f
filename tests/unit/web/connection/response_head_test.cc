#include "web/connection/response_head.h"

#include <gtest/gtest.h>

#include <string>

namespace hookd {
namespace {

std::string Head(const WebResponse& response, const ResponseFrame& frame = {}) {
  std::string head;
  AppendResponseHead(response, frame, "D", head);
  return head;
}

TEST(ResponseHeadTest, HasTheStatusTheDateAndTheLength) {
  EXPECT_EQ(Head({.status = 404, .headers = {{"A", "b"}}, .body = "four"}),
            "HTTP/1.1 404 Not Found\r\nDate: D\r\nA: b\r\nContent-Length: 4\r\n\r\n");
}

TEST(ResponseHeadTest, SaysHowTheBodyEnds) {
  EXPECT_EQ(Head({}, {.framing = BodyFraming::kChunks}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(Head({}, {.framing = BodyFraming::kClose, .http11 = false, .keep_alive = false}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(Head({.status = 204}), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
}

TEST(ResponseHeadTest, NoHeaderCanEndTheHead) {
  EXPECT_EQ(Head({.status = 204, .headers = {{"A", "b\r\nC: d"}}}),
            "HTTP/1.1 204 No Content\r\nDate: D\r\nA: b  C: d\r\n\r\n");
}

TEST(ResponseHeadTest, TheDateIsOfRfc9110) {
  DateText date;
  EXPECT_EQ(date.At(absl::FromUnixSeconds(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.At(absl::FromUnixSeconds(784111778)), "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST(ResponseHeadTest, ARefusalIsAStatusOfTheApi) {
  EXPECT_EQ(RefusalResponse(400, "no").body, R"({"code":3,"message":"no"})");
  EXPECT_EQ(RefusalResponse(413, "no").body, R"({"code":8,"message":"no"})");
  EXPECT_EQ(RefusalResponse(431, "no").body, R"({"code":8,"message":"no"})");
  EXPECT_EQ(RefusalResponse(503, "no").body, R"({"code":14,"message":"no"})");
  EXPECT_EQ(FindHeader(RefusalResponse(503, "no").headers, "retry-after"), "1");
}

}  // namespace
}  // namespace hookd
