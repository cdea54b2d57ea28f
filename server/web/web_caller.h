// The caller of an HTTP request, identified by its headers and its TLS certificate.
//
// Not thread-safe, as Caller. Does not own the request, which must outlive it.
#ifndef HOOKD_WEB_WEB_CALLER_H_
#define HOOKD_WEB_WEB_CALLER_H_

#include <memory>
#include <string>
#include <vector>

#include "api/caller.h"
#include "web/web_request.h"

namespace hookd {

class WebCaller : public Caller {
 public:
  explicit WebCaller(const WebRequest& request) : request_(request) {}

  absl::string_view Authorization() const override { return request_.Header("authorization"); }
  std::vector<std::string> Identities() const override { return request_.identities; }
  std::shared_ptr<const TraceContext> Trace() const override;
  std::string Peer() const override { return request_.peer; }

 private:
  const WebRequest& request_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_CALLER_H_
