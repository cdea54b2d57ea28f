#include "web/routes/negotiation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hookd {
namespace {

using ::testing::HasSubstr;

const std::vector<Representation> kAll = {Representation::kJson, Representation::kJsonLines,
                                          Representation::kEventStream};
const std::vector<Representation> kStream = {Representation::kJsonLines, Representation::kEventStream};

std::string Chosen(const std::vector<std::string>& accept,
                   const std::vector<Representation>& offered = kAll) {
  WebHeaders headers;
  for (const std::string& value : accept) headers.emplace_back("Accept", value);
  const auto chosen = Negotiate(headers, offered);
  return chosen.has_value() ? std::string(MediaType(*chosen)) : "none";
}

bool Gzip(const std::vector<std::string>& values) {
  WebHeaders headers;
  for (const std::string& value : values) headers.emplace_back("Accept-Encoding", value);
  return AcceptsGzip(headers);
}

// The HTTP code of the check: 0 if the content is accepted.
int Checked(const std::string& method, const WebHeaders& headers, const std::string& body = "{}") {
  WebRequest request;
  request.method = method;
  request.headers = headers;
  request.body = body;
  const auto error = CheckContent(request);
  return error.has_value() ? error->http_status : 0;
}

TEST(NegotiationTest, WithoutAcceptTheFirstOfferIsTaken) {
  EXPECT_EQ(Chosen({}), "application/json");
  EXPECT_EQ(Chosen({}, kStream), "application/x-ndjson");
  EXPECT_EQ(Chosen({""}), "application/json");
  EXPECT_EQ(Chosen({" , ,"}), "application/json");
}

TEST(NegotiationTest, TakesWhatIsAskedFor) {
  EXPECT_EQ(Chosen({"text/event-stream"}), "text/event-stream");
  EXPECT_EQ(Chosen({"application/x-ndjson"}), "application/x-ndjson");
  EXPECT_EQ(Chosen({"Application/JSON"}), "application/json");
  EXPECT_EQ(Chosen({"application/json; charset=utf-8"}), "application/json");
  EXPECT_EQ(Chosen({"text/html, application/xhtml+xml, text/event-stream;q=0.1"}), "text/event-stream");
  EXPECT_EQ(Chosen({"text/html", "text/event-stream"}), "text/event-stream");
}

TEST(NegotiationTest, TakesWildcards) {
  EXPECT_EQ(Chosen({"*/*"}), "application/json");
  EXPECT_EQ(Chosen({"*/*"}, kStream), "application/x-ndjson");
  EXPECT_EQ(Chosen({"text/*"}), "text/event-stream");
  EXPECT_EQ(Chosen({"application/*"}, kStream), "application/x-ndjson");
  EXPECT_EQ(Chosen({"text/html,application/xml;q=0.9,*/*;q=0.8"}), "application/json");  // a browser
}

TEST(NegotiationTest, PrefersTheHigherQuality) {
  EXPECT_EQ(Chosen({"application/json;q=0.5, text/event-stream;q=0.51"}), "text/event-stream");
  EXPECT_EQ(Chosen({"application/json;q=0.5, text/event-stream"}), "text/event-stream");
  EXPECT_EQ(Chosen({"text/event-stream, application/json"}), "application/json");  // equal: the first offer
  EXPECT_EQ(Chosen({"*/*;q=0.1, text/event-stream;q=0.2"}), "text/event-stream");
}

TEST(NegotiationTest, TheMostSpecificRangeCounts) {
  EXPECT_EQ(Chosen({"*/*, application/json;q=0.1"}), "application/x-ndjson");
  EXPECT_EQ(Chosen({"application/json;q=0, */*"}), "application/x-ndjson");
  EXPECT_EQ(Chosen({"application/*;q=0, */*;q=0.1"}), "text/event-stream");
  EXPECT_EQ(Chosen({"application/*;q=0, application/json;q=0.1"}), "application/json");
  EXPECT_EQ(Chosen({"application/json;q=0, application/json;q=0.4"}), "application/json");
}

TEST(NegotiationTest, ABrowserThatOpensAPagePrefersHtml) {
  for (const char* accept : {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
                             "text/html", "application/json;q=0.5, text/*"}) {
    EXPECT_TRUE(PrefersHtml({{"Accept", accept}})) << accept;
  }
  for (const char* accept : {"*/*", "application/json", "text/html;q=0.5, application/json", "image/png",
                             "text/html;q=0", "application/json, text/html"}) {
    EXPECT_FALSE(PrefersHtml({{"Accept", accept}})) << accept;
  }
  EXPECT_FALSE(PrefersHtml({}));
}

TEST(NegotiationTest, NothingFits) {
  EXPECT_EQ(Chosen({"text/html"}), "none");
  EXPECT_EQ(Chosen({"application/json"}, kStream), "none");
  EXPECT_EQ(Chosen({"application/json;q=0"}, {Representation::kJson}), "none");
  EXPECT_EQ(Chosen({"*/*;q=0"}), "none");
  EXPECT_EQ(Chosen({"*/json"}), "none");
  EXPECT_EQ(Chosen({"*"}), "none");
  EXPECT_EQ(Chosen({"application/json2, application, app/*"}), "none");
  EXPECT_EQ(Chosen({}, {}), "none");
}

TEST(NegotiationTest, IgnoresMalformedElements) {
  EXPECT_EQ(Chosen({"application/json;q=, text/event-stream"}), "text/event-stream");
  EXPECT_EQ(Chosen({"@@@"}), "application/json");
  for (const char* q : {"2", "1.1", "0.1234", "-1", ".5", "0,5", "1.001", "a", "0.x", "00", "1.0000"}) {
    EXPECT_EQ(Chosen({std::string("application/json;q=") + q + ", text/event-stream;q=0.001"}),
              "text/event-stream")
        << q;
  }
  for (const char* q : {"1", "1.", "1.000", "0.999", "0.9"}) {
    EXPECT_EQ(Chosen({std::string("application/json;q=") + q + ", text/event-stream;q=0.5"}),
              "application/json")
        << q;
  }
}

TEST(NegotiationTest, NamesWhatIsOffered) {
  const HttpError error = NotAcceptable(kStream);
  EXPECT_EQ(error.http_status, 406);
  EXPECT_EQ(error.error.message(),
            "Accept: the response can only be application/x-ndjson, text/event-stream");
}

TEST(NegotiationTest, CompressesOnlyIfItIsAskedTo) {
  EXPECT_TRUE(Gzip({"gzip"}));
  EXPECT_TRUE(Gzip({"GZIP"}));
  EXPECT_TRUE(Gzip({"x-gzip"}));
  EXPECT_TRUE(Gzip({"deflate, gzip, br"}));
  EXPECT_TRUE(Gzip({"deflate", "gzip"}));
  EXPECT_TRUE(Gzip({"*"}));
  EXPECT_TRUE(Gzip({"gzip;q=0.001"}));
  EXPECT_TRUE(Gzip({"gzip, identity"}));
  EXPECT_TRUE(Gzip({"*;q=0, gzip"}));
}

TEST(NegotiationTest, DoesNotCompressForOtherCallers) {
  EXPECT_FALSE(Gzip({}));
  EXPECT_FALSE(Gzip({""}));
  EXPECT_FALSE(Gzip({"identity"}));
  EXPECT_FALSE(Gzip({"identity;q=0"}));
  EXPECT_FALSE(Gzip({"br, deflate"}));
  EXPECT_FALSE(Gzip({"gzip;q=0"}));
  EXPECT_FALSE(Gzip({"gzip;q=0, *"}));
  EXPECT_FALSE(Gzip({"*;q=0"}));
  EXPECT_FALSE(Gzip({"gzip;q=0.5, identity"}));
  EXPECT_FALSE(Gzip({"gzip;q=2"}));
  EXPECT_FALSE(Gzip({"gzipped"}));
}

TEST(NegotiationTest, TakesJson) {
  EXPECT_EQ(Checked("POST", {{"Content-Type", "application/json"}}), 0);
  EXPECT_EQ(Checked("POST", {{"content-type", "Application/Json ; charset=UTF-8"}}), 0);
  EXPECT_EQ(Checked("PATCH", {{"Content-Type", "application/json;charset=\"utf-8\""}}), 0);
  EXPECT_EQ(Checked("POST", {{"Content-Type", "application/json; version=2"}}), 0);
}

TEST(NegotiationTest, RefusesOtherContent) {
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json",
        "application/cloudevents+json", "application/json-patch+json", "application/jsonp", "application/*",
        "application/json, text/plain", "text/plain; x=application/json", "application/json text/plain",
        "json", "", "application/json; charset", "application/json; charset=latin1",
        "application/json; charset=utf-16", "application/json; charset=utf-8; charset=utf-7"}) {
    EXPECT_EQ(Checked("POST", {{"Content-Type", type}}), 415) << type;
  }
  EXPECT_EQ(Checked("POST", {}), 415);
  EXPECT_EQ(Checked("GET", {}), 415);  // with a body
  EXPECT_EQ(Checked("POST", {{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}}), 415);
}

TEST(NegotiationTest, WithoutABodyNoContentTypeIsNeeded) {
  EXPECT_EQ(Checked("POST", {}, ""), 0);
  EXPECT_EQ(Checked("DELETE", {}, ""), 0);
  EXPECT_EQ(Checked("GET", {{"Content-Type", "text/plain"}}, ""), 0);
  EXPECT_EQ(Checked("POST", {{"Content-Type", "application/json"}}, ""), 0);
}

TEST(NegotiationTest, RefusesAnEmptyForm) {
  EXPECT_EQ(Checked("POST", {{"Content-Type", "application/x-www-form-urlencoded"}}, ""), 415);
}

TEST(NegotiationTest, RefusesCompressedBodies) {
  const std::pair<std::string, std::string> json = {"Content-Type", "application/json"};
  EXPECT_EQ(Checked("POST", {json, {"Content-Encoding", "identity"}}), 0);
  EXPECT_EQ(Checked("POST", {json, {"Content-Encoding", ""}}), 0);
  for (const char* encoding : {"gzip", "identity, gzip", "br", "\xff"}) {
    EXPECT_EQ(Checked("POST", {json, {"Content-Encoding", encoding}}), 415) << encoding;
  }
  EXPECT_EQ(Checked("POST", {json, {"Content-Encoding", "identity"}, {"Content-Encoding", "gzip"}}), 415);
  EXPECT_EQ(Checked("GET", {{"Content-Encoding", "gzip"}}, ""), 415);
}

TEST(NegotiationTest, SaysWhatToSendInstead) {
  WebRequest request;
  request.method = "POST";
  request.body = "x";
  request.headers = {{"Content-Type", "text/\x01plain"}};
  auto error = CheckContent(request);
  EXPECT_EQ(error->error.message(),
            "Content-Type: \"text/\\x01plain\" is not supported; send application/json");
  EXPECT_EQ(FindHeader(error->headers, "Accept"), "application/json");
  request.headers = {{"Content-Type", std::string(10'000, 'x')}};
  EXPECT_LT(CheckContent(request)->error.message().size(), 250);
  request.headers = {{"Content-Encoding", "zstd"}};
  error = CheckContent(request);
  EXPECT_THAT(std::string(error->error.message()), HasSubstr("zstd is not supported"));
  EXPECT_EQ(FindHeader(error->headers, "Accept-Encoding"), "identity");
}

}  // namespace
}  // namespace hookd
