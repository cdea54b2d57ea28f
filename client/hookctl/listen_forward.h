// hookctl listen --forward-to: events of a hookd, POSTed to a program on this machine. Nothing is registered
// with hookd, and no result is stored.
#ifndef HOOKCTL_LISTEN_FORWARD_H_
#define HOOKCTL_LISTEN_FORWARD_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hookctl/session.h"

namespace hookctl {

struct ForwardFlags {
  std::string url;
  std::vector<std::string> types;  // names of event types; `all` or empty: all
  std::string since;               // empty: now
  std::string secret;              // whsec_...; empty: a new one
  int count = 0;                   // 0: no limit
  // Of the whole request to the program; by default as hookd waits for endpoints.
  absl::Duration timeout = absl::Seconds(5);
};

// Returns an empty string if `url` is a URL that events can be forwarded to; otherwise what it must be.
std::string CheckForwardUrl(const std::string& url);

// Forwards events until Ctrl-C, or `count` of them. Returns the exit code.
int ForwardEvents(Session& session, const ForwardFlags& flags);

}  // namespace hookctl

#endif  // HOOKCTL_LISTEN_FORWARD_H_
