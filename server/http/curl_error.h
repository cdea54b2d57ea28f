// Says in a sentence for people why a transfer of libcurl's failed. Thread-safe; no state.
#ifndef HOOKD_HTTP_CURL_ERROR_H_
#define HOOKD_HTTP_CURL_ERROR_H_

#include <curl/curl.h>

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "http/http_client.h"

namespace hookd {

// What is known of a failed transfer.
struct CurlFailure {
  CURLcode code = CURLE_OK;       // not CURLE_OK
  int os_error = 0;               // errno as libcurl kept it, 0 if none (CURLINFO_OS_ERRNO)
  long verify_result = 0;         // OpenSSL's X509_V_... (CURLINFO_SSL_VERIFYRESULT)
  absl::string_view detail;       // libcurl's own words (CURLOPT_ERRORBUFFER); may be empty
  bool not_allowed = false;       // every address it could have connected to was refused by us
  bool connected = false;         // the request could be sent, TLS included
  bool answer_began = false;      // the first line of an answer came
  bool headers_too_long = false;  // ended by us, for that
  absl::Duration timeout;         // that the request had
};

// The error for a request to an address or port that is not allowed. It omits the address, which would reveal
// what is in hookd's own network.
inline constexpr char kEgressNotAllowed[] =
    "could not connect: the host's address is not public, or its port is not allowed; the operator of hookd "
    "can allow them with --egress_allow and --egress_ports";

// The sentence for HttpResult::error, such as "could not connect: connection refused". The same failure has
// the same words, whatever the address, so that they can be counted.
std::string DescribeCurlFailure(const CurlFailure& failure);

// The kind of it, for HttpResult::failure.
HttpFailure KindOf(const CurlFailure& failure);

// Whose fault a failure of that kind is, where no proxy or name server is in between.
HttpFault FaultOf(HttpFailure failure);

// For a request that has no connection yet: the operating system says why. The fault is hookd's where this
// machine gives no descriptor or port (`ours`, see connector.h); and where it has no way, unless it reaches
// others: an endpoint can have an address of a kind that this machine has no network for.
HttpResult ConnectFailure(int os_error, bool ours, bool reaches_others);

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_ERROR_H_
