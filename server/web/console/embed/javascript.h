// Makes the console's scripts smaller. Thread-safe; no state.
#ifndef HOOKD_WEB_CONSOLE_EMBED_JAVASCRIPT_H_
#define HOOKD_WEB_CONSOLE_EMBED_JAVASCRIPT_H_

#include <optional>
#include <string>

namespace hookd {

// Returns the script without the comments that have lines of their own, which are a fifth of the page over
// the wire. Everything else stays as it is, line breaks too. Returns nothing if the script has a string or a
// regular expression that does not end, so that it cannot tell what is a comment.
std::optional<std::string> WithoutComments(const std::string& script);

}  // namespace hookd

#endif  // HOOKD_WEB_CONSOLE_EMBED_JAVASCRIPT_H_
