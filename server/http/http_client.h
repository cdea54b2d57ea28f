// Sends HTTP requests and reports their results. Knows nothing about webhooks.
//
// Thread-safe. Implementations: CurlClient (curl/curl_client.h), and the fake in tests/support.
#ifndef HOOKD_HTTP_HTTP_CLIENT_H_
#define HOOKD_HTTP_HTTP_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace hookd {

// A POST. Redirects are not followed; TLS certificates are verified.
struct HttpRequest {
  std::string url;                                           // as NormalizeUrl returns it (url.h)
  std::vector<std::pair<std::string, std::string>> headers;  // without CR, LF and NUL; only Host,
                                                             // Content-Length and Accept are added
  std::shared_ptr<const std::string> body;                   // shared by the requests that send it
  absl::Duration timeout;                                    // from name lookup to the end of the response
  // Within `timeout`: until the connection is established, including TLS; and from then to the first byte of
  // the response.
  absl::Duration connect_timeout = absl::InfiniteDuration();
  absl::Duration first_byte_timeout = absl::InfiniteDuration();
  size_t affinity = 0;  // requests with the same value use the same loop
  // The endpoint did not answer its last request. Such requests share a separate loop, where they cannot slow
  // down the requests of endpoints that answer.
  bool unproven = false;
  bool fresh_connection = false;  // use a new connection
  // PEM, or empty. The certificates to trust instead of the client's, and the client certificate with its
  // key. A connection is not reused for a request that differs in these.
  std::string tls_ca = {};
  std::string tls_certificate_chain = {};
  std::string tls_private_key = {};
};

// Why there was no complete response, in kinds that can be counted.
enum class HttpFailure {
  kNone,
  kTimeout,
  kResolve,
  kBlocked,  // the address or port is not allowed (egress_guard.h)
  kConnect,
  kTls,
  kBroken,     // the connection ended before the response did
  kProtocol,   // the response was not HTTP, or too long
  kProxy,      // the egress proxy did not pass the request on
  kRoute,      // this machine has no route to the address
  kResources,  // no descriptor, port or memory left
  kOther,
};

// Who has to fix a failure.
enum class HttpFault {
  kNone,      // the response was complete, regardless of its status
  kEndpoint,  // the endpoint, its host, network or name; also if the cause is unclear
  kHookd,     // hookd, its machine, name servers or proxy; the endpoint has not seen the request
  kPolicy,    // the operator of hookd, who has not allowed the address or port
};

// The result of a request. The duration of a phase that was not reached is 0.
struct HttpResult {
  // HTTP status of the final response; 0 if there was none.
  int status = 0;
  // Why there was no complete response, as a sentence without a capital letter and a full stop, such as
  // "could not connect: connection refused". Empty if the response was complete, regardless of its status.
  std::string error;
  HttpFailure failure = HttpFailure::kNone;  // kNone if, and only if, `error` is empty
  HttpFault fault = HttpFault::kNone;        // likewise
  bool abusive = false;                      // the connection was closed because it used too much CPU
  // The address and port that the client connected to, such as "203.0.113.7:443" or "[2001:db8::1]:443"; with
  // a proxy, the proxy's. Empty if there was no connection, or the address is not allowed.
  std::string remote_address;
  // Of the response, such as "1.1" or "2"; empty if there was none.
  std::string http_version;
  absl::Duration name_lookup, connect, tls, first_byte, total;
  // The response's Retry-After header (RFC 9110, 10.2.3: seconds or an HTTP-date); 0 if it has none.
  absl::Duration retry_after;
  // The headers of the final response in order, with their original names, as many as fit into
  // limits::kMaxRecordedHeaderBytes.
  std::vector<std::pair<std::string, std::string>> headers;
  // The beginning of the response body, and whether there was more. See limits::kMaxResponseBodyBytes.
  std::string body;
  bool body_truncated = false;
};

class HttpClient {
 public:
  // Statistics since the client was made.
  struct Figures {
    int64_t connections = 0;  // open sockets, in use and idle
    int64_t connections_opened = 0;
    int64_t connections_cut = 0;   // closed because they kept a loop busy
    int64_t lookups = 0;           // name lookups in flight
    int64_t lookups_failed = 0;    // name lookups that no name server answered
    int64_t free_descriptors = 0;  // unused descriptors of the reserve
    absl::Duration lag;            // the largest delay of a loop
  };

  // Ends the requests in flight, each with an error, before it returns.
  virtual ~HttpClient() = default;

  // Sends `request` and calls `done` exactly once, on a thread of the client, never from within Send. `done`
  // must not block and may call Send. The endpoint may receive the request twice: if a reused connection
  // closes without a byte of a response, the request is sent again on a new connection, within the same
  // timeout.
  virtual void Send(HttpRequest request, std::function<void(HttpResult)> done) = 0;

  // `lag` is the greatest since the last call. Zeros by default.
  virtual Figures figures() const { return {}; }

  // Figures::connections alone.
  virtual int64_t connections() const { return 0; }
};

}  // namespace hookd

#endif  // HOOKD_HTTP_HTTP_CLIENT_H_
