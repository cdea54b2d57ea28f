// The user's web browser. Thread-safe.
#ifndef HOOKCTL_BROWSER_H_
#define HOOKCTL_BROWSER_H_

#include <string>

namespace hookctl {

// Opens the URL in the user's browser, by xdg-open, and does not wait for it. Returns false if there is no
// screen or no xdg-open. Other users of the machine see the URL in the list of processes: it must have no
// secret.
bool OpenInBrowser(const std::string& url);

}  // namespace hookctl

#endif  // HOOKCTL_BROWSER_H_
