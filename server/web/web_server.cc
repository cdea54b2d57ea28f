#include "web/web_server.h"

#include <utility>

#include "absl/memory/memory.h"
#include "base/clock.h"
#include "base/status_macros.h"

namespace hookd {

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Create(const Options& options) {
  auto server = absl::WrapUnique(new WebServer);
  HOOKD_ASSIGN_OR_RETURN(server->guard_, BrowserGuard::Create(options.browsers));
  HOOKD_ASSIGN_OR_RETURN(auto router, Router::Create(options.api->methods()));
  if (options.console.has_value()) {
    HOOKD_ASSIGN_OR_RETURN(server->console_, Console::Create(*options.console));
  }
  server->handler_ = std::make_unique<ApiHandler>(WebServices{.api = options.api,
                                                              .call_log = options.call_log,
                                                              .guard = server->guard_.get(),
                                                              .console = server->console_.get()},
                                                  std::move(router), options.serving);
  HOOKD_ASSIGN_OR_RETURN(server->http_, HttpServer::Create({.address = options.address,
                                                            .tls = options.tls,
                                                            .handler = server->handler_.get(),
                                                            .clock = Clock::Real()}));
  return server;
}

}  // namespace hookd
