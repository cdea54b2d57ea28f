// The warning about events that no webhook wants, which may be a sign of the wrong project.
#ifndef HOOKCTL_EMIT_WARNING_H_
#define HOOKCTL_EMIT_WARNING_H_

#include <string>
#include <vector>

#include "hookctl/session.h"

namespace hookctl {

// The types of emitted events that no webhook wants. Not thread-safe.
class UnwantedTypes {
 public:
  // Adds the type of an event that was accepted for no webhook.
  void Add(const std::string& type);

  // Prints one line on stderr if a type was added.
  void Warn(const Session& session) const;

 private:
  std::vector<std::string> types_;  // each once, in the order of their first events
};

}  // namespace hookctl

#endif  // HOOKCTL_EMIT_WARNING_H_
