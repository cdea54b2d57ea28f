// Requests that a proxy and a lenient server would read differently, on real connections.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/web/connection/serving.h"
#include "web/connection/request_parser.h"

namespace hookd {
namespace {

struct Case {
  const char* name;
  std::string request;
};

std::string Text(const char* text, size_t size) { return {text, size}; }
template <size_t size>
std::string Raw(const char (&text)[size]) {
  return Text(text, size - 1);
}

const std::string kHead = "POST / HTTP/1.1\r\nHost: x\r\n";
const std::string kChunked = kHead + "Transfer-Encoding: chunked\r\n\r\n";

std::vector<Case> Cases() {
  return {
      {"LengthAndCoding", kHead + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"CodingAndLength", kHead + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"},
      {"TwoLengths", kHead + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"},
      {"DifferingLengths", kHead + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"ListOfLengths", kHead + "Content-Length: 1, 1\r\n\r\na"},
      {"SignedLength", kHead + "Content-Length: +1\r\n\r\na"},
      {"OtherCoding", kHead + "Transfer-Encoding: gzip\r\n\r\n"},
      {"CodingsBeforeChunked", kHead + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"CodingWithVerticalTab", kHead + "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n"},
      {"FoldedHeader", kHead + "X: a\r\n b\r\n\r\n"},
      {"FoldedCoding", kHead + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
      {"BareLineFeeds", "GET / HTTP/1.1\nHost: x\n\n"},
      {"BareLineFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: x\r\n\n"},
      {"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"},
      {"NulInAHeader", kHead + Raw("X: a\0b\r\n\r\n")},
      {"NulInTheTarget", Raw("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n")},
      {"ControlInAHeader", kHead + "X: a\x01\r\n\r\n"},
      {"ControlInTheTarget", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"BlankBeforeTheColon", kHead + "X : a\r\n\r\n"},
      {"BlankBeforeTheFirstHeader", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
      {"AbsoluteTarget", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"AuthorityTarget", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"NoHost", "GET / HTTP/1.1\r\n\r\n"},
      {"TwoHosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"Version12", "GET / HTTP/1.2\r\nHost: x\r\n\r\n"},
      {"Version20", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
      {"Version09", "GET /\r\n\r\n"},
      {"ChunkSizeWithPrefix", kChunked + "0x1\r\na\r\n0\r\n\r\n"},
      {"ChunkSizeWithSign", kChunked + "+1\r\na\r\n0\r\n\r\n"},
      {"ChunkSizeOfNothing", kChunked + "\r\na\r\n0\r\n\r\n"},
      {"ChunkSizeThatOverflows", kChunked + "10000000000000001\r\na\r\n0\r\n\r\n"},
      {"ChunkWithBareLineFeed", kChunked + "1\na\r\n0\r\n\r\n"},
      {"ChunkWithoutItsEnd", kChunked + "1\r\nab\r\n0\r\n\r\n"},
      {"ChunkBareLineFeedAfterData", kChunked + "1\r\na\n0\r\n\r\n"},
      {"ChunkExtensionWithLineFeed", kChunked + "1;a=\"\n\"\r\na\r\n0\r\n\r\n"},
      {"ChunkExtensionWithNul", kChunked + Raw("1;a=\"\0\"\r\na\r\n0\r\n\r\n")},
      {"ChunkExtensionWithoutName", kChunked + "1;\r\na\r\n0\r\n\r\n"},
      {"ChunkExtensionTooLong", kChunked + "1;a=" + std::string(40'000, 'b') + "\r\na\r\n0\r\n\r\n"},
      {"ChunkExtensionThatNeverEnds", kChunked + "1;a=" + std::string(200'000, 'b')},
      {"TrailersThatNeverEnd", kChunked + "0\r\n" + std::string(200'000, 'b')},
      {"TrailerWithBareLineFeed", kChunked + "0\r\nX: a\n\r\n\r\n"},
      {"LengthInATrailer", kChunked + "0\r\nContent-Length: 5\r\n\r\n"},
      {"CodingInATrailer", kChunked + "0\r\nTransfer-Encoding: chunked\r\n\r\n"},
  };
}

std::vector<Case> ShortCases() {
  std::vector<Case> cases = Cases();
  cases.erase(
      std::remove_if(cases.begin(), cases.end(), [](const Case& each) { return each.request.size() > 1000; }),
      cases.end());
  return cases;
}

class SmugglingTest : public testing::TestWithParam<Case> {};
class SmugglingInPiecesTest : public testing::TestWithParam<Case> {};

TEST_P(SmugglingTest, IsRefusedAndTheConnectionIsClosed) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  // What follows must not be taken for a request.
  peer.Send(absl::StrCat(GetParam().request, Get("/smuggled")));
  const HttpPeer::Response response = peer.Read();
  EXPECT_EQ(response.status, 400) << response.head;
  EXPECT_TRUE(response.Has("Content-Type: application/json"));
  EXPECT_TRUE(response.Has("Connection: close"));
  EXPECT_EQ(response.body.rfind(R"({"code":3,"message":")", 0), 0U) << response.body;
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_TRUE(serving.handler().requests().empty());
  EXPECT_EQ(serving.figures().rejected, 1);
}

// The same in single bytes: no state between two reads may change the result.
TEST_P(SmugglingInPiecesTest, IsRefused) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  const int on = 1;
  setsockopt(peer.descriptor(), IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on));
  for (const char byte : absl::StrCat(GetParam().request, Get("/smuggled"))) {
    if (!peer.Send(absl::string_view(&byte, 1))) break;
  }
  EXPECT_EQ(peer.Read().status, 400);
  EXPECT_TRUE(serving.handler().requests().empty());
}

std::string NameOf(const testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(All, SmugglingTest, testing::ValuesIn(Cases()), NameOf);
INSTANTIATE_TEST_SUITE_P(All, SmugglingInPiecesTest, testing::ValuesIn(ShortCases()), NameOf);

TEST(HttpChunksTest, ExtensionsAndTrailersAreDiscarded) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  const auto response =
      peer.Call(kChunked + "3;a=b;c=\"d e\"\r\nabc\r\n0002\r\nde\r\n0\r\nX: a\r\nAuthorization: b\r\n\r\n" +
                Get("/next"));
  EXPECT_EQ(response.body, "POST / abcde");
  EXPECT_EQ(peer.Read().body, "GET /next ");
  ASSERT_EQ(serving.handler().requests().size(), 2U);
  EXPECT_EQ(serving.handler().requests()[0].headers.size(), 2U);
}

TEST(HttpChunksTest, TheLastChunkArrivesInSingleBytes) {
  const HttpLimits limits;
  ByteAccount account(100);
  for (const std::string body : {"0\r\n\r\n", "1\r\na\r\n0;b\r\nX: a\r\n\r\n"}) {
    WebRequest request;
    ByteAccount::Charge charge(&account);
    RequestParser parser(limits, &request, &charge);
    ASSERT_EQ(parser.ParseHead(kChunked).status, 0);
    RequestRefusal refusal;
    size_t used = 0;
    for (size_t end = 1; end <= body.size(); ++end) {
      ASSERT_FALSE(parser.done());
      used += parser.ParseBody(absl::string_view(body).substr(used, end - used), refusal);
      ASSERT_EQ(refusal.status, 0);
    }
    EXPECT_TRUE(parser.done());
    EXPECT_EQ(used, body.size());
  }
}

TEST(HttpChunksTest, ArriveInAnyPieces) {
  Serving serving;
  const std::string request = kChunked + "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: a\r\n\r\n";
  for (size_t first = kChunked.size() - 2; first < request.size(); ++first) {
    HttpPeer peer = serving.Connect();
    peer.Send(request.substr(0, first));
    ASSERT_TRUE(serving.Await([&](const auto& figures) { return figures.accepted > 0; }));
    EXPECT_EQ(peer.Call(request.substr(first)).body, "POST / abc0123456789") << first;
  }
}

}  // namespace
}  // namespace hookd
