#include "hookctl/emit_warning.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hookctl {

void UnwantedTypes::Add(const std::string& type) {
  if (std::find(types_.begin(), types_.end(), type) == types_.end()) types_.push_back(type);
}

void UnwantedTypes::Warn(const Session& session) const {
  if (types_.empty()) return;
  session.Warn(absl::StrCat("no enabled webhook of ", session.Parent(), " subscribes to ",
                            absl::StrJoin(types_, ", ")));
}

}  // namespace hookctl
