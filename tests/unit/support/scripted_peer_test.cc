// The tests' scripted servers, driven by libcurl's easy interface: they must misbehave exactly as told.
#include "tests/support/scripted_peer.h"

#include <curl/curl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/support/black_hole.h"
#include "tests/support/http2_frames.h"
#include "tests/support/loopback_socket.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

size_t CountBody(char*, size_t size, size_t count, void* total) {
  *static_cast<size_t*>(total) += size * count;
  return size * count;
}

struct Client {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), &curl_easy_cleanup};
  std::string ca_file = {};
  long timeout_ms = 10000;

  CURLcode Post(const std::string& url) {
    body_bytes = 0;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, R"({"a":1})");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &CountBody);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body_bytes);
    curl_easy_setopt(curl.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    if (!ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file.c_str());
    const CURLcode code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl.get(), CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(curl.get(), CURLINFO_HTTP_VERSION, &version);
    return code;
  }

  long status = 0, connects = 0, version = 0;
  size_t body_bytes = 0;
};

std::string Url(const ScriptedPeer& peer, const char* scheme = "http") {
  return absl::StrCat(scheme, "://127.0.0.1:", peer.port(), "/");
}

TEST(ScriptedPeerTest, AnswersRequestAfterRequestOnOneConnection) {
  ScriptedPeer peer({.script = {{Do::kReadRequest}, Send(kOk), {Do::kRepeat}}});
  Client client;
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OK);
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OK);
  EXPECT_EQ(peer.connections(), 1);
  EXPECT_EQ(peer.requests(), 2);
}

TEST(ScriptedPeerTest, StopsReadingAfterSoManyRequestsAndServesANewConnection) {
  ScriptedPeer peer({.script = Repeated(2, {{Do::kReadRequest}, Send(kOk)}, {{Do::kStopReading}})});
  Client client;
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OK);
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OK);
  client.timeout_ms = 100;
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OPERATION_TIMEDOUT);
  client.timeout_ms = 10000;
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OK);
  EXPECT_EQ(peer.connections(), 2);
}

TEST(ScriptedPeerTest, ResetsOrClosesWhereItIsTold) {
  ScriptedPeer on_accept({.script = {{Do::kReset}}});
  ScriptedPeer after_head({.script = {{Do::kReadHead}, {Do::kReset}}});
  ScriptedPeer in_body(
      {.script = {{Do::kReadRequest}, Send(std::string(kOk, sizeof(kOk) - 2)), {Do::kClose}}});
  Client client;
  EXPECT_NE(client.Post(Url(on_accept)), CURLE_OK);
  EXPECT_EQ(client.Post(Url(after_head)), CURLE_RECV_ERROR);
  EXPECT_EQ(client.Post(Url(in_body)), CURLE_PARTIAL_FILE);
  EXPECT_EQ(client.body_bytes, 1u);
}

TEST(ScriptedPeerTest, DripsAndFloodsUntilTheClientGoes) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
  ScriptedPeer drips(
      {.script = {{Do::kReadRequest}, Send(head), Drip(std::string(1000, 'x'), absl::Milliseconds(20))}});
  ScriptedPeer floods({.script = {{Do::kReadRequest}, Send(head), SendEndlessly("x")}});
  Client client{.timeout_ms = 300};
  EXPECT_EQ(client.Post(Url(drips)), CURLE_OPERATION_TIMEDOUT);
  EXPECT_GE(client.body_bytes, 1u);
  EXPECT_LE(client.body_bytes, 30u);
  EXPECT_EQ(client.Post(Url(floods)), CURLE_OPERATION_TIMEDOUT);
  EXPECT_GE(client.body_bytes, 100000u);
  client.curl.reset();
  const absl::Time deadline = absl::Now() + kPatience;
  while (floods.open_connections() + drips.open_connections() > 0 && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(floods.open_connections() + drips.open_connections(), 0);
}

TEST(ScriptedPeerTest, ABlackHoleSwallowsConnectionsAndItsPortCanBeUsedAgain) {
  Client client{.timeout_ms = 300};
  int port = 0;
  {
    BlackHole hole;
    port = hole.port();
    EXPECT_EQ(client.Post(absl::StrCat("http://127.0.0.1:", port, "/")), CURLE_OPERATION_TIMEDOUT);
    long connected = 0;
    curl_easy_getinfo(client.curl.get(), CURLINFO_CONNECT_TIME_T, &connected);
    EXPECT_EQ(connected, 0);
  }
  ScriptedPeer peer({.script = {{Do::kReadRequest}, Send(kOk), {Do::kRepeat}}, .port = port});
  client.timeout_ms = 10000;
  EXPECT_EQ(client.Post(Url(peer)), CURLE_OK);
}

struct ScriptedTlsPeerTest : ::testing::Test {
  ScriptedPeer::Options With(PeerScript script, bool http2 = false) {
    return {.script = std::move(script), .tls = certificates.good, .http2 = http2};
  }

  TempDir folder;
  TlsCertificates certificates = MakeTlsCertificates();
  Client client{.ca_file = WriteAuthorityFile(certificates, folder.path())};
};

TEST_F(ScriptedTlsPeerTest, SpeaksTlsAndStopsWhereItIsTold) {
  ScriptedPeer good(With({{Do::kHandshake}, {Do::kReadRequest}, Send(kOk), {Do::kRepeat}}));
  EXPECT_EQ(client.Post(Url(good, "https")), CURLE_OK);
  EXPECT_EQ(client.Post(Url(good, "https")), CURLE_OK);
  EXPECT_EQ(good.connections(), 1);
  client.timeout_ms = 300;
  ScriptedPeer part(With({{Do::kSendPartOfFlight}, {Do::kSilence}}));
  EXPECT_EQ(client.Post(Url(part, "https")), CURLE_OPERATION_TIMEDOUT);
  ScriptedPeer unfinished(With({{Do::kSendFlight}, {Do::kClose}}));
  EXPECT_NE(client.Post(Url(unfinished, "https")), CURLE_OK);
}

TEST_F(ScriptedTlsPeerTest, FloodsWithTlsMessages) {
  client.timeout_ms = 300;
  for (const Do flood : {Do::kUpdateKeysEndlessly, Do::kSendSessionTicketsEndlessly}) {
    ScriptedPeer peer(With({{Do::kHandshake}, {Do::kReadRequest}, {flood}}));
    EXPECT_NE(client.Post(Url(peer, "https")), CURLE_OK);
    EXPECT_EQ(client.status, 0);
    EXPECT_EQ(peer.requests(), 1);
  }
}

TEST_F(ScriptedTlsPeerTest, SpeaksHttp2WhereTheClientOffersIt) {
  const auto answer = [](uint32_t stream) { return http2::Headers(stream, 201, http2::kEndStream); };
  ScriptedPeer peer(With({{Do::kHandshake},
                          Send(http2::Greeting()),
                          {Do::kReadRequest},
                          Send(answer),
                          {Do::kReadRequest},
                          Send(answer),
                          {Do::kSilence}},
                         true));
  EXPECT_EQ(client.Post(Url(peer, "https")), CURLE_OK);
  EXPECT_EQ(client.status, 201);
  EXPECT_EQ(client.version, CURL_HTTP_VERSION_2);
  EXPECT_EQ(client.Post(Url(peer, "https")), CURLE_OK);
  EXPECT_EQ(peer.connections(), 1);
  EXPECT_EQ(peer.requests(), 2);
}

}  // namespace
}  // namespace hookd
