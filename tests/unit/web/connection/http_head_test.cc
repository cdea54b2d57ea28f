#include "web/connection/http_head.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

std::string With(absl::string_view headers) {
  return absl::StrCat("GET /v1 HTTP/1.1\r\nHost: x\r\n", headers, "\r\n");
}

TEST(HttpHeadTest, AcceptsWhatClientsSend) {
  for (const std::string& head :
       {With(""), With("Content-Length: 12\r\n"), With("Transfer-Encoding: Chunked\r\n"),
        With("X-Empty:\r\nX-Tab:\ta\tb \r\n"), With("X-Name: J\xc3\xbcrgen\r\n"),
        std::string("OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
        std::string("GET /a?b=%20{}|\" HTTP/1.1\r\nHOST:x\r\n\r\n"), std::string("GET / HTTP/1.0\r\n\r\n")}) {
    EXPECT_TRUE(CheckHead(head).ok()) << head << CheckHead(head);
  }
}

TEST(HttpHeadTest, RefusesRequestLinesThatOthersReadDifferently) {
  for (const absl::string_view line : {"GET / HTTP/1.1 ",
                                       "GET  / HTTP/1.1",
                                       " GET / HTTP/1.1",
                                       "GET\t/ HTTP/1.1",
                                       "GET /",
                                       "GET / HTTP/1.2",
                                       "GET / HTTP/2.0",
                                       "GET / http/1.1",
                                       "GET / HTTP/1.11",
                                       "GET / HTTP/01.1",
                                       "PRI * HTTP/2.0",
                                       "GET http://x/ HTTP/1.1",
                                       "CONNECT x:80 HTTP/1.1",
                                       "CONNECT / HTTP/1.1",
                                       "GET * HTTP/1.1",
                                       "GET x HTTP/1.1",
                                       "GET /\x01 HTTP/1.1",
                                       "GET /\xc3\xbc HTTP/1.1",
                                       "GET /#a HTTP/1.1",
                                       "G(T / HTTP/1.1",
                                       "GET /\r HTTP/1.1",
                                       "",
                                       "GET / HTTP/1.1\r"}) {
    EXPECT_FALSE(CheckHead(absl::StrCat(line, "\r\nHost: x\r\n\r\n")).ok()) << line;
  }
  EXPECT_FALSE(CheckHead(std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28)).ok());
}

TEST(HttpHeadTest, RefusesHeadersThatOthersReadDifferently) {
  for (const absl::string_view headers : {"Content-Length: 1\r\nContent-Length: 1\r\n",
                                          "Content-Length: 1\r\nContent-Length: 2\r\n",
                                          "Content-Length: 1, 1\r\n",
                                          "Content-Length: +1\r\n",
                                          "Content-Length: -1\r\n",
                                          "Content-Length: 0x1\r\n",
                                          "Content-Length:\r\n",
                                          "Content-Length: 1 1\r\n",
                                          "Content-Length: 99999999999999999999\r\n",
                                          "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                                          "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
                                          "Transfer-Encoding: gzip, chunked\r\n",
                                          "Transfer-Encoding: identity\r\n",
                                          "Transfer-Encoding: chunked, chunked\r\n",
                                          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                                          "Transfer-Encoding: \vchunked\r\n",
                                          "Transfer-Encoding: chunked;a=b\r\n",
                                          "Transfer-Encoding:\r\n",
                                          "X: a\r\n b\r\n",
                                          "X: a\r\n\tb\r\n",
                                          " X: a\r\n",
                                          "X : a\r\n",
                                          "X\t: a\r\n",
                                          ": a\r\n",
                                          "X\r\n",
                                          "X: a\x01\r\n",
                                          "X: a\x7f\r\n",
                                          "X: a\rb\r\n",
                                          "X(: a\r\n",
                                          "Host: y\r\n",
                                          "\xc3\xbc: a\r\n"}) {
    EXPECT_FALSE(CheckHead(With(headers)).ok()) << headers;
  }
  EXPECT_FALSE(CheckHead(With(absl::string_view("X: a\0b\r\n", 8))).ok());
  EXPECT_FALSE(CheckHead("GET / HTTP/1.1\r\n\r\n").ok());
  EXPECT_FALSE(CheckHead("GET / HTTP/1.1\r\nHost: a b\r\n\r\n").ok());
  EXPECT_FALSE(CheckHead("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n").ok());
  EXPECT_FALSE(CheckHead("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").ok());
  EXPECT_FALSE(CheckHead("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").ok());
}

TEST(HttpHeadTest, LimitsTheNumberOfHeaders) {
  std::string headers;
  for (int i = 0; i < kMaxHttpHeaders; ++i) headers += "a:\r\n";
  EXPECT_TRUE(absl::IsResourceExhausted(CheckHead(With(headers))));
  EXPECT_TRUE(CheckHead(With(headers.substr(4))).ok());
}

TEST(HttpHeadTest, FindsTheEndInAnyPieces) {
  const std::string head = With("X: a\r\n");
  for (size_t first = 1; first < head.size(); ++first) {
    size_t scanned = 0;
    EXPECT_EQ(FindHeadEnd(head.substr(0, first), scanned), HeadEnd::kIncomplete);
    EXPECT_EQ(FindHeadEnd(head + "body\n", scanned), HeadEnd::kFound) << first;
    EXPECT_EQ(scanned, head.size());
  }
}

TEST(HttpHeadTest, DoesNotWaitForTheEndOfWhatCannotBeAHead) {
  for (const absl::string_view input : {"GET / HTTP/1.1\n", "\n", "GET / HTTP/1.1\r\nX: a\n", "\x16\x03\x01",
                                        " GET", "\r\nGET", "GET / HTTP/1.1\r\n\n"}) {
    size_t scanned = 0;
    EXPECT_EQ(FindHeadEnd(input, scanned), HeadEnd::kInvalid) << input;
  }
}

}  // namespace
}  // namespace hookd
