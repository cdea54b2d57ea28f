#include "http/curl/curl_error.h"

#include <openssl/x509.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

constexpr char kHeadersTooLong[] = "the response headers were too long";
constexpr char kNotHttp[] = "the response was not valid HTTP";
constexpr char kReset[] = "the connection was reset";

// The system's text, such as "connection refused", for the middle of a sentence.
std::string OsErrorText(int os_error) {
  std::string text = std::generic_category().message(os_error);
  if (!text.empty()) text[0] = absl::ascii_tolower(text[0]);
  return text;
}

std::string DescribeTimeout(const CurlFailure& failure) {
  const std::string after = absl::StrCat("timed out after ", absl::FormatDuration(failure.timeout));
  if (!failure.connected) return absl::StrCat(after, ": no connection");
  if (!failure.answer_began) return absl::StrCat(after, " waiting for the response");
  return absl::StrCat(after, ": the response was incomplete");
}

std::string DescribeVerification(const CurlFailure& failure) {
  // libcurl compares the names itself and sets no code.
  if (absl::StrContains(failure.detail, "target host name") || failure.verify_result == X509_V_OK) {
    return "TLS: the certificate is for another host name";
  }
  switch (failure.verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "TLS: the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "TLS: the certificate is not valid yet";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return absl::StrCat("TLS: the certificate is not trusted (",
                          X509_verify_cert_error_string(failure.verify_result),
                          "): its CA is unknown, or the endpoint does not send the intermediate "
                          "certificate");
    default:
      return absl::StrCat("TLS: the certificate is not trusted (",
                          X509_verify_cert_error_string(failure.verify_result), ")");
  }
}

// Returns OpenSSL's reason from "error:0A00010B:SSL routines::wrong version number". The rest may contain
// addresses.
std::string DescribeHandshake(const CurlFailure& failure) {
  constexpr absl::string_view kBeforeReason = "SSL routines::";
  const size_t at = failure.detail.find(kBeforeReason);
  if (at == absl::string_view::npos) return "TLS: the handshake failed";
  return absl::StrCat("TLS: the handshake failed (", failure.detail.substr(at + kBeforeReason.size()), ")");
}

// A failure while sending or receiving. With OpenSSL, only libcurl's message reveals a reset.
std::string DescribeBrokenConnection(const CurlFailure& failure) {
  if (failure.os_error == ECONNRESET || failure.os_error == EPIPE ||
      absl::StrContains(failure.detail, "Connection reset") ||
      absl::StrContains(failure.detail, "Broken pipe")) {
    return kReset;
  }
  if (failure.answer_began) return "the response was cut short";
  return "the connection was closed before a response";
}

}  // namespace

std::string DescribeCurlFailure(const CurlFailure& failure) {
  if (failure.headers_too_long) return kHeadersTooLong;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "could not resolve the host name";
    case CURLE_COULDNT_CONNECT:
      if (failure.not_allowed) return kEgressNotAllowed;
      if (failure.os_error == 0) return "could not connect";
      return absl::StrCat("could not connect: ", OsErrorText(failure.os_error));
    case CURLE_OPERATION_TIMEDOUT:
      return DescribeTimeout(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
      return DescribeVerification(failure);
    case CURLE_SSL_CONNECT_ERROR:
      return DescribeHandshake(failure);
    case CURLE_SSL_CACERT_BADFILE:
      return "TLS: the trusted certificates could not be read";
    case CURLE_GOT_NOTHING:
      return "the connection was closed before a response";
    case CURLE_RECV_ERROR:
      // A malformed chunk has this code too.
      if (absl::StrContains(failure.detail, "chunk")) return kNotHttp;
      return DescribeBrokenConnection(failure);
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:  // with HTTP/2 also a connection that ended before a response
      return DescribeBrokenConnection(failure);
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return kReset;
    case CURLE_UNSUPPORTED_PROTOCOL:  // a response that could only be HTTP/0.9
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return kNotHttp;
    case CURLE_OUT_OF_MEMORY:  // libcurl reports this for a line longer than 100 KiB
      return failure.connected ? kHeadersTooLong : "out of memory";
    default: {
      // The name of the code, without details.
      std::string text = curl_easy_strerror(failure.code);
      if (!text.empty()) text[0] = absl::ascii_tolower(text[0]);
      return absl::StrCat("the request failed: ", text);
    }
  }
}

HttpFailure KindOf(const CurlFailure& failure) {
  if (failure.headers_too_long) return HttpFailure::kProtocol;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return HttpFailure::kResolve;
    case CURLE_COULDNT_CONNECT:
      return failure.not_allowed ? HttpFailure::kBlocked : HttpFailure::kConnect;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpFailure::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return HttpFailure::kTls;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return DescribeCurlFailure(failure) == kNotHttp ? HttpFailure::kProtocol : HttpFailure::kBroken;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return HttpFailure::kProtocol;
    case CURLE_OUT_OF_MEMORY:
      return failure.connected ? HttpFailure::kProtocol : HttpFailure::kResources;
    default:
      return HttpFailure::kOther;
  }
}

HttpFault FaultOf(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kNone:
      return HttpFault::kNone;
    case HttpFailure::kBlocked:
      return HttpFault::kPolicy;
    case HttpFailure::kProxy:
    case HttpFailure::kRoute:
    case HttpFailure::kResources:
      return HttpFault::kHookd;
    default:
      return HttpFault::kEndpoint;
  }
}

HttpResult ErrorResult(std::string error, HttpFailure failure, HttpFault fault) {
  HttpResult result;
  result.error = std::move(error);
  result.failure = failure;
  result.fault = fault;
  return result;
}

HttpResult ConnectFailure(int os_error, bool ours, bool reaches_others) {
  HttpResult result;
  CurlFailure failure;
  failure.code = CURLE_COULDNT_CONNECT;
  failure.os_error = os_error;
  result.error = DescribeCurlFailure(failure);
  result.failure = HttpFailure::kConnect;
  const bool no_way = os_error == ENETUNREACH || os_error == ENETDOWN || os_error == EHOSTUNREACH ||
                      os_error == EACCES || os_error == EPERM || os_error == EAFNOSUPPORT;
  if (no_way && !reaches_others) {
    result.failure = HttpFailure::kRoute;
  } else if (ours && !no_way) {
    result.failure = HttpFailure::kResources;
  }
  result.fault = FaultOf(result.failure);
  return result;
}

}  // namespace hookd
