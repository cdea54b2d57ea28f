// CurlClient with https: whom it trusts.
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_client.h"
#include "tests/support/http_receiver.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_certificates.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::StartsWith;

class CurlClientTlsTest : public ::testing::Test {
 protected:
  CurlClientTlsTest() {
    CurlClient::Options options;
    options.ca_file = WriteAuthorityFile(certificates_, folder_.path());
    client_ = MakeClient(options);
  }

  // What a client that trusts the authority gets of a receiver that shows this, having sent nothing if it is
  // an error.
  std::string ErrorWith(const TlsOptions& tls) {
    HttpReceiver receiver(tls);
    const HttpResult result = Fetch(*client_, MakeRequest(receiver.Url("/")));
    EXPECT_EQ(receiver.request_count(), result.error.empty() ? 1 : 0);
    EXPECT_EQ(result.status, result.error.empty() ? 200 : 0);
    return result.error;
  }

  const TempDir folder_;
  const TlsCertificates certificates_ = MakeTlsCertificates();
  std::unique_ptr<CurlClient> client_;
};

TEST_F(CurlClientTlsTest, TrustsTheAuthorityItIsTold) {
  HttpReceiver receiver(certificates_.good);
  const HttpResult first = Fetch(*client_, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(first.error, "");
  EXPECT_EQ(first.status, 200);
  EXPECT_GT(first.tls, absl::ZeroDuration());
  EXPECT_LE(first.name_lookup + first.connect + first.tls + first.first_byte, first.total);
  const HttpResult second = Fetch(*client_, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.tls, absl::ZeroDuration());
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(CurlClientTlsTest, ARequestsOwnAuthorityIsTrustedForItAlone) {
  HttpReceiver receiver(certificates_.good);
  const auto client = MakeClient();
  HttpRequest request = MakeRequest(receiver.Url("/"));
  request.tls_ca = certificates_.authority;
  EXPECT_EQ(Fetch(*client, request).error, "");
  // Neither by the same handle nor by the connection that was kept.
  EXPECT_THAT(Fetch(*client, MakeRequest(receiver.Url("/"))).error,
              StartsWith("TLS: the certificate is not"));
  EXPECT_EQ(Fetch(*client, request).error, "");
}

TEST_F(CurlClientTlsTest, ARequestsOwnAuthorityTakesThePlaceOfTheClients) {
  HttpReceiver receiver(certificates_.good);
  HttpRequest request = MakeRequest(receiver.Url("/"));
  request.tls_ca = MakeTlsCertificates().authority;
  EXPECT_THAT(Fetch(*client_, request).error, StartsWith("TLS: "));
  EXPECT_EQ(receiver.request_count(), 0);
}

TEST_F(CurlClientTlsTest, ShowsTheRequestsCertificateToAnEndpointThatAsksForIt) {
  TlsOptions asks = certificates_.good;
  asks.client_authority = certificates_.authority;
  HttpReceiver receiver(asks);
  EXPECT_NE(Fetch(*client_, MakeRequest(receiver.Url("/"))).error, "");
  HttpRequest request = MakeRequest(receiver.Url("/"));
  request.tls_certificate_chain = certificates_.good.certificate;
  request.tls_private_key = certificates_.good.key;
  const HttpResult result = Fetch(*client_, request);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.status, 200);
  // What one request showed is not shown for the next.
  EXPECT_NE(Fetch(*client_, MakeRequest(receiver.Url("/"))).error, "");
  EXPECT_EQ(receiver.request_count(), 1);
}

TEST_F(CurlClientTlsTest, RefusesAnUnknownAuthority) {
  HttpReceiver receiver(certificates_.good);
  const HttpResult result = Fetch(*MakeClient(), MakeRequest(receiver.Url("/")));
  EXPECT_THAT(result.error, StartsWith("TLS: the certificate is not trusted ("));
  EXPECT_EQ(receiver.request_count(), 0);
}

TEST_F(CurlClientTlsTest, RefusesASelfSignedCertificate) {
  EXPECT_EQ(ErrorWith(certificates_.self_signed),
            "TLS: the certificate is not trusted (self-signed certificate)");
}

TEST_F(CurlClientTlsTest, RefusesACertificateForAnotherName) {
  EXPECT_EQ(ErrorWith(certificates_.wrong_name), "TLS: the certificate is for another host name");
}

// RFC 9525: an address has its own place in a certificate.
TEST_F(CurlClientTlsTest, ACommonNameStandsForNoAddress) {
  EXPECT_EQ(ErrorWith(certificates_.common_name), "TLS: the certificate is for another host name");
}

TEST_F(CurlClientTlsTest, SaysThatAnIntermediateCertificateMayBeMissing) {
  EXPECT_EQ(ErrorWith(certificates_.no_intermediate),
            "TLS: the certificate is not trusted (unable to get local issuer certificate): its CA is "
            "unknown, or the endpoint does not send the intermediate certificate");
}

TEST_F(CurlClientTlsTest, RefusesAnExpiredCertificate) {
  EXPECT_EQ(ErrorWith(certificates_.expired), "TLS: the certificate has expired");
}

TEST_F(CurlClientTlsTest, EndsAHandshakeThatHangsAtTheTimeout) {
  HttpReceiver receiver;  // waits for the end of what it takes for a request
  const std::string url = "https://127.0.0.1:" + std::to_string(receiver.port()) + "/";
  const HttpResult result = Fetch(*client_, MakeRequest(url, absl::Milliseconds(300)));
  EXPECT_EQ(result.error, "timed out after 300ms: no connection");
  EXPECT_EQ(result.tls, absl::ZeroDuration());
}

TEST_F(CurlClientTlsTest, EndsAHandshakeThatHangsAtItsOwnTimeToo) {
  HttpReceiver receiver;
  HttpRequest request =
      MakeRequest("https://127.0.0.1:" + std::to_string(receiver.port()) + "/", absl::Hours(1));
  request.connect_timeout = absl::Milliseconds(300);
  EXPECT_EQ(Fetch(*client_, request).error, "timed out after 300ms: no connection");
}

TEST_F(CurlClientTlsTest, ResumesTheSessionOfAnEarlierConnection) {
  HttpReceiver receiver(certificates_.good);
  receiver.SetDefault({.close_after = true});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Fetch(*client_, MakeRequest(receiver.Url("/"))).status, 200);
  }
  const std::vector<ReceivedRequest> requests = receiver.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_FALSE(requests[0].resumed);
  EXPECT_TRUE(requests[1].resumed);
  EXPECT_TRUE(requests[2].resumed);
}

TEST_F(CurlClientTlsTest, DoesNotTakeAnAlertForAnAnswer) {
  HttpReceiver receiver(certificates_.good);
  const std::string url = "http://127.0.0.1:" + std::to_string(receiver.port()) + "/";
  const HttpResult result = Fetch(*client_, MakeRequest(url));
  EXPECT_NE(result.error, "");
  EXPECT_EQ(result.status, 0);
}

TEST_F(CurlClientTlsTest, SaysThatTheConnectionWasReset) {
  HttpReceiver receiver(certificates_.good);
  receiver.SetDefault({.reset = true});
  EXPECT_EQ(Fetch(*client_, MakeRequest(receiver.Url("/"))).error, "the connection was reset");
}

}  // namespace
}  // namespace hookd
