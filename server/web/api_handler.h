// Serves the requests of one HTTP server: finds what each is for, and starts it.
//
// Besides the methods of the API it serves /healthz, /openapi.json, the web console at / and below /console/
// and, to a client at / that is no browser, where to find the API.
// Thread-safe; does not block.
#ifndef HOOKD_WEB_API_HANDLER_H_
#define HOOKD_WEB_API_HANDLER_H_

#include <functional>
#include <memory>
#include <utility>

#include "web/routes/router.h"
#include "web/web_call.h"
#include "web/web_exchange.h"

namespace hookd {

class ApiHandler : public WebHandler {
 public:
  // All that `services` names must outlive it and its calls. `serving` is whether hookd as a whole serves; it
  // must not block.
  ApiHandler(const WebServices& services, std::unique_ptr<const Router> router, std::function<bool()> serving)
      : services_(services), router_(std::move(router)), serving_(std::move(serving)) {}

  void Handle(std::shared_ptr<WebExchange> exchange) override;

 private:
  BrowserGuard::Content ContentOf(absl::string_view path) const;
  bool IsConsole(absl::string_view path) const;
  // Responds to a request for something other than a method of the API; returns whether it was one.
  bool ServePage(absl::string_view path, WebExchange& exchange) const;
  // Responds to a GET or HEAD of the console.
  void ServeConsole(absl::string_view path, WebExchange& exchange) const;
  void ServeMethod(absl::string_view path, std::shared_ptr<WebExchange> exchange) const;
  void Start(WebCall call) const;

  const WebServices services_;
  const std::unique_ptr<const Router> router_;
  const std::function<bool()> serving_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_API_HANDLER_H_
