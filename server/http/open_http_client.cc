#include "http/open_http_client.h"

#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "http/curl/curl_client.h"

namespace hookd {

absl::StatusOr<std::unique_ptr<HttpClient>> OpenHttpClient(HttpClientOptions options) {
  if (options.http2) {
    if (!options.proxy.empty()) {
      return absl::InvalidArgumentError(
          "--egress_http2: HTTP/2 is not supported with a proxy; leave out --egress_http2 or --egress_proxy");
    }
    HOOKD_RETURN_IF_ERROR(CurlClient::CheckHttp2());
  }
  return CurlClient::Create({.loops = tuning::kHttpLoops,
                             .max_connections = limits::kMaxConcurrency,
                             .max_body_bytes = limits::kMaxResponseBodyBytes,
                             .ca_file = std::move(options.ca_file),
                             .egress = std::move(options.egress),
                             .proxy = std::move(options.proxy),
                             .name_servers = std::move(options.name_servers),
                             .http2 = options.http2,
                             .isolate_unproven = true,
                             .connection_lifetime = options.connection_lifetime,
                             .on_able = std::move(options.on_able)});
}

}  // namespace hookd
