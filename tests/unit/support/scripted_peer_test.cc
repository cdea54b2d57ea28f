// The tests' scripted servers, driven by libcurl's easy interface: they must misbehave exactly as told.
#include "tests/support/scripted_peer.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
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
constexpr char kRequest[] = "POST / HTTP/1.1\r\n\r\n";
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

// A TLS client that counts handshake messages of one type, and is given the server's bytes in pieces: a flood
// of them keeps SSL_read from returning for as long as there are bytes.
class CountingClient {
 public:
  CountingClient(int port, int type) : type_(type), socket_(BeginConnect("127.0.0.1", port)) {
    pollfd waited = {socket_, POLLOUT, 0};
    EXPECT_EQ(poll(&waited, 1, -1), 1);
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    SSL_set_msg_callback(ssl_.get(), &CountingClient::OnMessage);
    SSL_set_msg_callback_arg(ssl_.get(), this);
  }
  ~CountingClient() { close(socket_); }

  // Sends a request, and reads until `count` messages have come. False if the server ends before.
  bool ReadMessages(int count) {
    SSL_do_handshake(ssl_.get());
    while (!SSL_is_init_finished(ssl_.get())) {
      if (!Exchange()) return false;
      SSL_do_handshake(ssl_.get());
    }
    SSL_write(ssl_.get(), kRequest, sizeof(kRequest) - 1);
    while (count_ < count) {
      char dropped[1024];
      SSL_read(ssl_.get(), dropped, sizeof(dropped));
      if (!Exchange()) return false;
    }
    return true;
  }

 private:
  static void OnMessage(int sent, int, int content_type, const void* bytes, size_t size, SSL*, void* client) {
    auto* const self = static_cast<CountingClient*>(client);
    if (sent == 0 && content_type == SSL3_RT_HANDSHAKE && size > 0)
      self->count_ += *static_cast<const unsigned char*>(bytes) == self->type_ ? 1 : 0;
  }

  // Sends what there is to send, and waits for some bytes.
  bool Exchange() {
    char buffer[8192];
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), buffer, sizeof(buffer));
    if (size > 0) send(socket_, buffer, static_cast<size_t>(size), MSG_NOSIGNAL);
    pollfd waited = {socket_, POLLIN, 0};
    if (poll(&waited, 1, -1) != 1) return false;
    const ssize_t n = recv(socket_, buffer, sizeof(buffer), 0);
    if (n <= 0) return false;
    BIO_write(SSL_get_rbio(ssl_.get()), buffer, static_cast<int>(n));
    return true;
  }

  const int type_;
  const int socket_;
  int count_ = 0;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()),
                                                                   &SSL_CTX_free};
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{SSL_new(context_.get()), &SSL_free};
};

TEST_F(ScriptedTlsPeerTest, FloodsWithTlsMessages) {
  ScriptedPeer updates(With({{Do::kHandshake}, {Do::kReadRequest}, {Do::kUpdateKeysEndlessly}}));
  EXPECT_TRUE(CountingClient(updates.port(), SSL3_MT_KEY_UPDATE).ReadMessages(1000));
  ScriptedPeer tickets(With({{Do::kHandshake}, {Do::kReadRequest}, {Do::kSendSessionTicketsEndlessly}}));
  EXPECT_TRUE(CountingClient(tickets.port(), SSL3_MT_NEWSESSION_TICKET).ReadMessages(1000));
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

TEST_F(ScriptedTlsPeerTest, AnswersEachRequestOfAConnectionBeforeItsBodyIsRead) {
  PeerScript script = {{Do::kReadHead}, Send([](uint32_t stream) {
                         return http2::Headers(stream, 201, http2::kEndStream) +
                                http2::ResetStream(stream, http2::kNoError);
                       })};
  script = Repeated(3, script, {{Do::kSilence}});
  script.insert(script.begin(), {{Do::kHandshake}, Send(http2::Greeting())});
  ScriptedPeer peer(With(std::move(script), true));
  for (int i = 1; i <= 3; ++i) {
    client.Post(Url(peer, "https"));  // libcurl 7.88 calls some of them failed
    EXPECT_EQ(peer.requests(), i);
  }
}

}  // namespace
}  // namespace hookd
