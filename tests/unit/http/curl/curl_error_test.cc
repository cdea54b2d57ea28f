#include "http/curl/curl_error.h"

#include <openssl/x509_vfy.h>

#include <cerrno>

#include "gtest/gtest.h"

namespace hookd {
namespace {

CurlFailure Failure(CURLcode code) {
  CurlFailure failure;
  failure.code = code;
  failure.timeout = absl::Seconds(5);
  return failure;
}

TEST(CurlErrorTest, SaysWhyThereIsNoConnection) {
  EXPECT_EQ(DescribeCurlFailure(Failure(CURLE_COULDNT_RESOLVE_HOST)), "could not resolve the host name");
  CurlFailure failure = Failure(CURLE_COULDNT_CONNECT);
  EXPECT_EQ(DescribeCurlFailure(failure), "could not connect");
  failure.os_error = ECONNREFUSED;
  EXPECT_EQ(DescribeCurlFailure(failure), "could not connect: connection refused");
  failure.os_error = EHOSTUNREACH;
  EXPECT_EQ(DescribeCurlFailure(failure), "could not connect: no route to host");
}

TEST(CurlErrorTest, SaysWhatATimeoutCameUpon) {
  CurlFailure failure = Failure(CURLE_OPERATION_TIMEDOUT);
  EXPECT_EQ(DescribeCurlFailure(failure), "timed out after 5s: no connection");
  failure.connected = true;
  EXPECT_EQ(DescribeCurlFailure(failure), "timed out after 5s waiting for the response");
  failure.answer_began = true;
  failure.timeout = absl::Milliseconds(1500);
  EXPECT_EQ(DescribeCurlFailure(failure), "timed out after 1.5s: the response was incomplete");
}

TEST(CurlErrorTest, SaysHowTheConnectionBroke) {
  EXPECT_EQ(DescribeCurlFailure(Failure(CURLE_GOT_NOTHING)), "the connection was closed before a response");
  for (const CURLcode code : {CURLE_RECV_ERROR, CURLE_SEND_ERROR}) {
    CurlFailure failure = Failure(code);
    EXPECT_EQ(DescribeCurlFailure(failure), "the connection was closed before a response");
    failure.answer_began = true;
    EXPECT_EQ(DescribeCurlFailure(failure), "the response was cut short");
    failure.os_error = ECONNRESET;
    EXPECT_EQ(DescribeCurlFailure(failure), "the connection was reset");
    failure.os_error = 0;
    failure.detail = "OpenSSL SSL_read: Connection reset by peer, errno 104";
    EXPECT_EQ(DescribeCurlFailure(failure), "the connection was reset");
  }
  CurlFailure partial = Failure(CURLE_PARTIAL_FILE);
  EXPECT_EQ(DescribeCurlFailure(partial), "the connection was closed before a response");
  partial.answer_began = true;
  EXPECT_EQ(DescribeCurlFailure(partial), "the response was cut short");
}

TEST(CurlErrorTest, SaysWhatWasWrongWithTheAnswer) {
  EXPECT_EQ(DescribeCurlFailure(Failure(CURLE_UNSUPPORTED_PROTOCOL)), "the response was not valid HTTP");
  EXPECT_EQ(DescribeCurlFailure(Failure(CURLE_WEIRD_SERVER_REPLY)), "the response was not valid HTTP");
  CurlFailure chunk = Failure(CURLE_RECV_ERROR);
  chunk.detail = "Illegal or missing hexadecimal sequence in chunked-encoding";
  EXPECT_EQ(DescribeCurlFailure(chunk), "the response was not valid HTTP");
  CurlFailure flood = Failure(CURLE_WRITE_ERROR);
  flood.headers_too_long = true;
  EXPECT_EQ(DescribeCurlFailure(flood), "the response headers were too long");
}

TEST(CurlErrorTest, SaysWhyACertificateIsRefused) {
  CurlFailure failure = Failure(CURLE_PEER_FAILED_VERIFICATION);
  failure.verify_result = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
  EXPECT_EQ(DescribeCurlFailure(failure), "TLS: the certificate is not trusted (self-signed certificate)");
  failure.verify_result = X509_V_ERR_CERT_HAS_EXPIRED;
  EXPECT_EQ(DescribeCurlFailure(failure), "TLS: the certificate has expired");
  failure.verify_result = X509_V_ERR_CERT_NOT_YET_VALID;
  EXPECT_EQ(DescribeCurlFailure(failure), "TLS: the certificate is not valid yet");
  failure.verify_result = 1;
  failure.detail = "SSL: no alternative certificate subject name matches target host name '10.0.0.1'";
  EXPECT_EQ(DescribeCurlFailure(failure), "TLS: the certificate is for another host name");
}

TEST(CurlErrorTest, NamesNoAddressOfAFailedHandshake) {
  CurlFailure failure = Failure(CURLE_SSL_CONNECT_ERROR);
  failure.detail = "error:0A00010B:SSL routines::wrong version number";
  EXPECT_EQ(DescribeCurlFailure(failure), "TLS: the handshake failed (wrong version number)");
  failure.detail = "OpenSSL SSL_connect: Connection reset by peer in connection to 10.0.0.1:443";
  EXPECT_EQ(DescribeCurlFailure(failure), "TLS: the handshake failed");
}

TEST(CurlErrorTest, HasWordsForTheRest) {
  EXPECT_EQ(DescribeCurlFailure(Failure(CURLE_OUT_OF_MEMORY)), "out of memory");
  EXPECT_EQ(DescribeCurlFailure(Failure(CURLE_BAD_FUNCTION_ARGUMENT)),
            "the request failed: a libcurl function was given a bad argument");
}

TEST(CurlErrorTest, EveryFailureIsOfAKind) {
  EXPECT_EQ(KindOf(Failure(CURLE_COULDNT_RESOLVE_HOST)), HttpFailure::kResolve);
  EXPECT_EQ(KindOf(Failure(CURLE_COULDNT_CONNECT)), HttpFailure::kConnect);
  EXPECT_EQ(KindOf(Failure(CURLE_OPERATION_TIMEDOUT)), HttpFailure::kTimeout);
  EXPECT_EQ(KindOf(Failure(CURLE_PEER_FAILED_VERIFICATION)), HttpFailure::kTls);
  EXPECT_EQ(KindOf(Failure(CURLE_SSL_CONNECT_ERROR)), HttpFailure::kTls);
  EXPECT_EQ(KindOf(Failure(CURLE_GOT_NOTHING)), HttpFailure::kBroken);
  EXPECT_EQ(KindOf(Failure(CURLE_RECV_ERROR)), HttpFailure::kBroken);
  EXPECT_EQ(KindOf(Failure(CURLE_WEIRD_SERVER_REPLY)), HttpFailure::kProtocol);
  EXPECT_EQ(KindOf(Failure(CURLE_READ_ERROR)), HttpFailure::kOther);
  CurlFailure blocked = Failure(CURLE_COULDNT_CONNECT);
  blocked.not_allowed = true;
  EXPECT_EQ(KindOf(blocked), HttpFailure::kBlocked);
  CurlFailure chunk = Failure(CURLE_RECV_ERROR);
  chunk.detail = "Malformed encoding found in chunked-encoding";
  EXPECT_EQ(KindOf(chunk), HttpFailure::kProtocol);
  CurlFailure ended_by_us = Failure(CURLE_WRITE_ERROR);
  ended_by_us.headers_too_long = true;
  EXPECT_EQ(KindOf(ended_by_us), HttpFailure::kProtocol);
}

}  // namespace
}  // namespace hookd
