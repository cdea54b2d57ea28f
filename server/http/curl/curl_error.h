// Describes why a libcurl transfer failed, in a sentence for people. Thread-safe; no state.
#ifndef HOOKD_HTTP_CURL_CURL_ERROR_H_
#define HOOKD_HTTP_CURL_CURL_ERROR_H_

#include <curl/curl.h>

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "http/http_client.h"

namespace hookd {

// The facts about a failed transfer.
struct CurlFailure {
  CURLcode code = CURLE_OK;       // not CURLE_OK
  int os_error = 0;               // errno as libcurl kept it, 0 if none (CURLINFO_OS_ERRNO)
  long verify_result = 0;         // OpenSSL's X509_V_... (CURLINFO_SSL_VERIFYRESULT)
  absl::string_view detail;       // libcurl's message (CURLOPT_ERRORBUFFER); may be empty
  bool not_allowed = false;       // hookd allowed none of the addresses
  bool connected = false;         // the connection was established, including TLS
  bool answer_began = false;      // the first line of a response arrived
  bool headers_too_long = false;  // hookd ended the transfer for this reason
  absl::Duration timeout;         // the timeout of the request
};

// The error for a request to an address or port that is not allowed. It omits the address, which would reveal
// what is in hookd's own network.
inline constexpr char kEgressNotAllowed[] =
    "could not connect: the host's address is not public, or its port is not allowed; the operator of hookd "
    "can allow them with --egress_allow and --egress_ports";

// Returns the sentence for HttpResult::error, such as "could not connect: connection refused". The same
// failure has the same words for every address, so that failures can be counted.
std::string DescribeCurlFailure(const CurlFailure& failure);

// A result without a complete response.
HttpResult ErrorResult(std::string error, HttpFailure failure, HttpFault fault);

// Returns the kind of failure, for HttpResult::failure.
HttpFailure KindOf(const CurlFailure& failure);

// Returns whose fault such a failure is if no proxy or name server is involved.
HttpFault FaultOf(HttpFailure failure);

// Returns the result of a request that got no connection, from the error of the operating system. The fault
// is hookd's if this machine has no descriptor or port left (`ours`, see connector.h), or if it has no route,
// unless it reaches other endpoints: an endpoint can have an address of a family that this machine has no
// network for.
HttpResult ConnectFailure(int os_error, bool ours, bool reaches_others);

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CURL_ERROR_H_
