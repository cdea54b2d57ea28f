// The limits of the HTTP server, as values that tests can make small. Plain data.
#ifndef HOOKD_WEB_CONNECTION_HTTP_LIMITS_H_
#define HOOKD_WEB_CONNECTION_HTTP_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "base/caller_descriptors.h"
#include "base/limits.h"
#include "base/tuning.h"

namespace hookd {

struct HttpLimits {
  size_t head_bytes = limits::kMaxHttpHeadBytes;
  size_t body_bytes = limits::kMaxHttpBodyBytes;
  int64_t all_bodies_bytes = static_cast<int64_t>(limits::kMaxHttpBodiesBytes);
  int64_t all_responses_bytes = static_cast<int64_t>(limits::kMaxHttpResponsesBytes);
  int64_t requests = static_cast<int64_t>(limits::kMaxHttpRequests);
  size_t connections = static_cast<size_t>(DivideCallerDescriptors().http_connections);
  double connections_per_address = limits::kConnectionsPerAddress;

  absl::Duration head_timeout = limits::kHttpHeadTimeout;
  absl::Duration body_timeout = limits::kHttpBodyTimeout;
  int64_t bytes_per_second = limits::kMessageBytesPerSecond;  // that extend the timeouts of body and response
  absl::Duration write_timeout = limits::kHttpWriteTimeout;
  absl::Duration idle_timeout = limits::kHttpIdleTimeout;
  // How long input is discarded after the last response of a connection, so that the caller gets it: a close
  // with unread input resets the connection.
  absl::Duration linger = absl::Seconds(2);
  absl::Duration tls_reload = tuning::kTlsReload;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_LIMITS_H_
