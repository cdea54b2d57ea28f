// A call of the API over HTTP: the exchange that carries it, and the method that it calls.
//
// Not thread-safe; movable.
#ifndef HOOKD_WEB_WEB_CALL_H_
#define HOOKD_WEB_WEB_CALL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "api/api.h"
#include "api/call_log.h"
#include "web/console/console.h"
#include "web/routes/browser_guard.h"
#include "web/routes/negotiation.h"
#include "web/routes/router.h"
#include "web/web_exchange.h"

namespace hookd {

// What serves calls. All of it must outlive the calls.
struct WebServices {
  const Api* api;
  CallLog* call_log;
  const BrowserGuard* guard;
  const Console* console = nullptr;  // null: it is not served
};

struct WebCall {
  std::shared_ptr<WebExchange> exchange;
  const Route* route;  // of the router, which outlives the calls
  // Of the API's table: the route's or, for a list of documented events, its batch method.
  const Method* method;
  std::vector<PathVariable> variables;
  Representation representation = Representation::kJson;

  // The part of the target after the question mark.
  absl::string_view query() const {
    const absl::string_view target = exchange->request().target;
    const size_t mark = target.find('?');
    return mark == target.npos ? absl::string_view() : target.substr(mark + 1);
  }
};

// The method as gRPC names it, for the call log.
inline std::string CallName(const Method& method) {
  return absl::StrCat("/", method.descriptor->service()->full_name(), "/", method.descriptor->name());
}

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_CALL_H_
