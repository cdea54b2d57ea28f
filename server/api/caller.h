// Who makes a call, as a transport knows it.
//
// Used on one thread, while the call begins. Each transport implements it over its own request; nothing is
// looked up until it is asked for.
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

  // The value of the authorization header or metadata; empty if there is none, or more than one.
  virtual absl::string_view Authorization() const = 0;

  // The names in the caller's verified certificate that can stand for a token: its alternative names or, if
  // it has none, its common name, unless that is an IP address (RFC 9525). None without such a certificate.
  virtual std::vector<std::string> Identities() const = 0;

  // The W3C trace context that came with the call; null if there is none, or none that is valid.
  virtual std::shared_ptr<const TraceContext> Trace() const = 0;

  // The address that the call came from, for log lines.
  virtual std::string Peer() const = 0;
};

}  // namespace hookd

#endif  // HOOKD_API_CALLER_H_
