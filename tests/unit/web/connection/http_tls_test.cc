#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_certificates.h"
#include "tests/unit/web/connection/serving.h"
#include "web/connection/tls_contexts.h"

namespace hookd {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text << std::flush; }

std::unique_ptr<BIO, decltype(&BIO_free)> Reader(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

class HttpTlsTest : public testing::Test {
 protected:
  HttpTlsTest() {
    Use(certificates_.good);
    Write(folder_.path() + "/ca.pem", certificates_.authority);
    options_.tls.cert_file = folder_.path() + "/cert.pem";
    options_.tls.key_file = folder_.path() + "/key.pem";
  }

  void Use(const TlsOptions& identity) {
    Write(folder_.path() + "/cert.pem", identity.certificate);
    Write(folder_.path() + "/key.pem", identity.key);
  }
  void VerifyClients() { options_.tls.client_ca_file = folder_.path() + "/ca.pem"; }

  // A client that trusts the authority and shows `identity`, if it is not null.
  Context Client(const TlsOptions* identity = nullptr) const {
    Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    X509* const authority =
        PEM_read_bio_X509(Reader(certificates_.authority).get(), nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority);
    X509_free(authority);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (identity == nullptr) return context;
    X509* const certificate =
        PEM_read_bio_X509(Reader(identity->certificate).get(), nullptr, nullptr, nullptr);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(Reader(identity->key).get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context.get(), certificate);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
  }

  const TempDir folder_;
  const TlsCertificates certificates_ = MakeTlsCertificates();
  HttpServer::Options options_;
};

TEST_F(HttpTlsTest, ServesRequestsAndChoosesHttp11) {
  Serving serving(options_);
  const Context client = Client();
  const std::string offer = "\x02h2\x08http/1.1";
  SSL_CTX_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned int>(offer.size()));
  HttpPeer peer = serving.Connect();
  ASSERT_TRUE(peer.StartTls(client.get()));
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(peer.ssl(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(peer.Call(Post("abc")).body, "POST /p abc");
  peer.Send(Get("/one") + Get("/two"));
  EXPECT_EQ(peer.Read().body, "GET /one ");
  EXPECT_EQ(peer.Read().body, "GET /two ");
  EXPECT_TRUE(serving.handler().requests()[0].identities.empty());
}

TEST_F(HttpTlsTest, AClientWithoutHttp11IsRefused) {
  Serving serving(options_);
  const Context client = Client();
  SSL_CTX_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  EXPECT_FALSE(serving.Connect().StartTls(client.get()));
}

TEST_F(HttpTlsTest, OldVersionsAreRefused) {
  Serving serving(options_);
  const Context client = Client();
  SSL_CTX_set_security_level(client.get(), 0);
  SSL_CTX_set_min_proto_version(client.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client.get(), TLS1_1_VERSION);
  EXPECT_FALSE(serving.Connect().StartTls(client.get()));
  const Context newer = Client();
  SSL_CTX_set_max_proto_version(newer.get(), TLS1_2_VERSION);
  EXPECT_TRUE(serving.Connect().StartTls(newer.get()));
}

TEST_F(HttpTlsTest, LargeBodiesPassInBothDirections) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Serving serving(options_);
    const Context client = Client();
    SSL_CTX_set_max_proto_version(client.get(), version);
    HttpPeer peer = serving.Connect();
    ASSERT_TRUE(peer.StartTls(client.get()));
    const std::string body(3'000'000, 'a');
    ASSERT_TRUE(peer.Send(Post(body)));
    EXPECT_EQ(peer.Read().body.size(), body.size() + 8);
    EXPECT_EQ(peer.Call(Get("/next")).body, "GET /next ");
  }
}

TEST_F(HttpTlsTest, SessionsAreResumed) {
  VerifyClients();
  Serving serving(options_);
  const Context client = Client(&certificates_.other_names);
  SSL_SESSION* session = nullptr;
  {
    HttpPeer peer = serving.Connect();
    ASSERT_TRUE(peer.StartTls(client.get()));
    EXPECT_EQ(peer.Call(Get("/")).status, 200);
    session = SSL_get1_session(peer.ssl());
    SSL_shutdown(peer.ssl());  // OpenSSL resumes no session that was cut
  }
  HttpPeer peer = serving.Connect();
  ASSERT_TRUE(peer.StartTls(client.get(), session));
  EXPECT_TRUE(SSL_session_reused(peer.ssl()));
  EXPECT_EQ(peer.Call(Get("/")).status, 200);
  EXPECT_EQ(serving.handler().requests()[1].identities, std::vector<std::string>{"other.test"});
  SSL_SESSION_free(session);
}

TEST_F(HttpTlsTest, NamesTheCallerByItsCertificate) {
  VerifyClients();
  Serving serving(options_);
  const auto names_of = [&](const TlsOptions* identity) {
    const Context client = Client(identity);
    HttpPeer peer = serving.Connect();
    if (!peer.StartTls(client.get()) || peer.Call(Get("/")).status != 200) {
      return std::vector<std::string>{"refused"};
    }
    return serving.handler().requests().back().identities;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of(&certificates_.other_names), Names{"other.test"});
  EXPECT_EQ(names_of(&certificates_.good), (Names{"127.0.0.1", "localhost", "*.menagerie.test"}));
  EXPECT_EQ(names_of(&certificates_.common_name), Names());  // an IP address
  EXPECT_EQ(names_of(nullptr), Names());
  EXPECT_EQ(names_of(&certificates_.self_signed), Names{"refused"});
  EXPECT_EQ(names_of(&certificates_.expired), Names{"refused"});
}

TEST_F(HttpTlsTest, ChangedFilesAreLoaded) {
  options_.limits.tls_reload = absl::Milliseconds(1);
  Serving serving(options_);
  const auto shown = [&] {
    const Context client = Client();
    SSL_CTX_set_verify(client.get(), SSL_VERIFY_NONE, nullptr);
    HttpPeer peer = serving.Connect();
    if (!peer.StartTls(client.get())) return std::string();
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(peer.ssl())), NID_commonName,
                              name, sizeof(name));
    return std::string(name);
  };
  EXPECT_EQ(shown(), "good");
  Write(folder_.path() + "/cert.pem", certificates_.wrong_name.certificate);  // its key follows later
  EXPECT_EQ(shown(), "good");
  Use(certificates_.wrong_name);
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (shown() != "wrong name" && absl::Now() < deadline) {
  }
  EXPECT_EQ(shown(), "wrong name");
}

TEST_F(HttpTlsTest, WrongFilesAreRefusedAtTheStart) {
  EchoHandler handler;
  options_.address = "127.0.0.1:0";
  options_.handler = &handler;
  const auto error = [&] { return std::string(HttpServer::Create(options_).status().message()); };
  EXPECT_EQ(error(), "");
  Write(options_.tls.key_file, certificates_.expired.key);
  EXPECT_EQ(error(), "--tls_key_file: " + options_.tls.key_file + " does not match the first certificate");
  Write(options_.tls.cert_file, "none");
  EXPECT_EQ(error().rfind("--tls_cert_file: " + options_.tls.cert_file, 0), 0U);
  options_.tls.cert_file = "/missing";
  EXPECT_EQ(error(), "--tls_cert_file: /missing cannot be read");
  options_.tls.cert_file = "";
  EXPECT_EQ(error(), "--tls_cert_file and --tls_key_file must be set together");
  options_.tls.key_file = "";
  options_.tls.client_ca_file = "/missing";
  EXPECT_EQ(error(), "--tls_client_ca_file requires --tls_cert_file and --tls_key_file");
}

TEST_F(HttpTlsTest, PlaintextIsRefused) {
  Serving serving(options_);
  HttpPeer peer = serving.Connect();
  peer.Send(Get("/"));
  EXPECT_TRUE(peer.AtEnd());
  EXPECT_TRUE(serving.handler().requests().empty());
}

TEST_F(HttpTlsTest, AHandshakeMustEndInTime) {
  options_.limits.head_timeout = absl::Milliseconds(20);
  Serving serving(options_);
  HttpPeer silent = serving.Connect(), half = serving.Connect();
  half.Send(absl::string_view("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_TRUE(half.AtEnd());
  EXPECT_EQ(serving.figures().timed_out, 2);
}

TEST_F(HttpTlsTest, AStreamEndsWhenTheCallerSaysSo) {
  Serving serving(options_);
  const Context client = Client();
  HttpPeer peer = serving.Connect();
  ASSERT_TRUE(peer.StartTls(client.get()));
  peer.Send(Get("/wait"));
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  struct Listener : WebExchange::StreamListener {
    void OnWritten(bool) override {}
    void OnGone() override { gone.Notify(); }
    absl::Notification gone;
  };
  const auto listener = std::make_shared<Listener>();
  exchange->StartStream({.body = "part"}, listener);
  ASSERT_TRUE(peer.ReadUntil("part"));
  SSL_shutdown(peer.ssl());
  EXPECT_TRUE(listener->gone.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_F(HttpTlsTest, ACallerThatDoesNotReadIsClosed) {
  options_.limits.write_timeout = absl::Milliseconds(20);
  options_.limits.bytes_per_second = 1'000'000'000;  // what the kernel takes earns no time
  Serving serving(options_);
  const Context client = Client();
  HttpPeer peer = serving.Connect();
  ASSERT_TRUE(peer.StartTls(client.get()));
  peer.Send(Get("/wait"));
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  exchange->Respond({.body = std::string(30'000'000, 'a')});
  EXPECT_TRUE(serving.Await([](const auto& figures) { return figures.connections == 0; }));
}

}  // namespace
}  // namespace hookd
