// The caller of a call, as the transport knows it.
//
// Not thread-safe: used on one thread while the call begins. Each transport implements it on top of its own
// request and looks up each value only when it is requested.
#ifndef HOOKD_API_CALLER_H_
#define HOOKD_API_CALLER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/trace_context.h"

namespace hookd {

class Caller {
 public:
  virtual ~Caller() = default;

  // The value of the authorization header or metadata; empty if it is missing or not unique.
  virtual absl::string_view Authorization() const = 0;

  // The names in the caller's verified certificate that can identify a token: its alternative names or, if it
  // has none, its common name, unless that is an IP address (RFC 9525). Empty without a verified certificate.
  virtual std::vector<std::string> Identities() const = 0;

  // The W3C trace context of the call; null if it is missing or not valid.
  virtual std::shared_ptr<const TraceContext> Trace() const = 0;

  // The network address of the caller, for log lines.
  virtual std::string Peer() const = 0;
};

}  // namespace hookd

#endif  // HOOKD_API_CALLER_H_
