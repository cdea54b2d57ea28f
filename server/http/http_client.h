// Sends HTTP requests and says what came of each. Knows nothing of webhooks.
//
// Thread-safe. Implementations: CurlClient (curl_client.h), and the fake in tests/support.
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
  std::string url;                                           // as NormalizeUrl gives it (url.h)
  std::vector<std::pair<std::string, std::string>> headers;  // without CR, LF, NUL; nothing is added but
                                                             // Host, Content-Length and Accept
  std::shared_ptr<const std::string> body;                   // shared among the requests that send it
  absl::Duration timeout;  // in all, from name lookup to the end of the answer
  // Of that, until the connection stands, TLS included, and from then until the first byte of the answer.
  absl::Duration connect_timeout = absl::InfiniteDuration();
  absl::Duration first_byte_timeout = absl::InfiniteDuration();
  size_t affinity = 0;  // requests of equal value are sent from the same loop
  // The endpoint has not answered its last request: it is sent beside others of that kind, where it cannot
  // slow those of endpoints that answer.
  bool unproven = false;
  bool fresh_connection = false;  // by a connection that no request used before
  // PEM. What to trust in the endpoint, instead of what the client trusts, and what to show if it asks for a
  // certificate; or empty. A connection is not reused for a request that differs in these.
  std::string tls_ca = {};
  std::string tls_certificate_chain = {};
  std::string tls_private_key = {};
};

// Why there was no complete answer, in kinds that can be counted.
enum class HttpFailure {
  kNone,
  kTimeout,
  kResolve,
  kBlocked,  // where it leads, it may not go (egress_guard.h)
  kConnect,
  kTls,
  kBroken,     // the connection ended before the answer did
  kProtocol,   // the answer was not HTTP, or too long
  kProxy,      // the egress proxy did not pass the request on
  kRoute,      // the network of this machine has no way to the address
  kResources,  // the system gave no descriptor, port or memory
  kOther,
};

// Who is to look into a failure.
enum class HttpFault {
  kNone,      // there was a complete answer, whatever its status
  kEndpoint,  // the endpoint, its host, its network or its name; also where the fault cannot be told
  kHookd,     // hookd, its machine, its name servers or its proxy; the endpoint has not seen the request
  kPolicy,    // hookd's operator, who has not allowed it
};

// What came of it. A phase that was not reached has duration 0.
struct HttpResult {
  // HTTP status of the final answer; 0 if there was none.
  int status = 0;
  // Why there was no complete answer: a sentence without a capital and a full stop, such as
  // "could not connect: connection refused". Empty if there was one, whatever its status.
  std::string error;
  HttpFailure failure = HttpFailure::kNone;  // kNone if, and only if, `error` is empty
  HttpFault fault = HttpFault::kNone;        // likewise
  bool abusive = false;                      // the endpoint took so much CPU that its connection was cut
  absl::Duration name_lookup, connect, tls, first_byte, total;
  // What the answer's Retry-After header asks for (RFC 9110, 10.2.3: seconds or an HTTP-date); 0 if it has
  // none.
  absl::Duration retry_after;
  // The final answer's headers in their order, names as they came: as many as fit
  // limits::kMaxRecordedHeaderBytes.
  std::vector<std::pair<std::string, std::string>> headers;
  // The first bytes of the answer's body, and whether there were more. See limits::kMaxResponseBodyBytes.
  std::string body;
  bool body_truncated = false;
};

class HttpClient {
 public:
  // What a client does and has done, in all, since it was made.
  struct Figures {
    int64_t connections = 0;  // sockets that are open, idle ones included
    int64_t connections_opened = 0;
    int64_t connections_cut = 0;   // that were closed because they kept a loop busy for too long
    int64_t lookups = 0;           // of names, in flight
    int64_t lookups_failed = 0;    // that no name server answered
    int64_t free_descriptors = 0;  // of those in reserve
    absl::Duration lag;            // how late the latest loop was
  };

  // Ends the requests under way, each with an error, before it returns.
  virtual ~HttpClient() = default;

  // Sends `request` and calls `done` exactly once, on a thread of the client's, which must not be blocked.
  // Never calls `done` from within Send. `done` may call Send.
  // The endpoint may get the request twice: if a kept connection ends without a byte of an answer, it is sent
  // once more, on a fresh connection, within the same timeout.
  virtual void Send(HttpRequest request, std::function<void(HttpResult)> done) = 0;

  // `lag` is the greatest since the last call. Zeros by default.
  virtual Figures figures() const { return {}; }
};

}  // namespace hookd

#endif  // HOOKD_HTTP_HTTP_CLIENT_H_
