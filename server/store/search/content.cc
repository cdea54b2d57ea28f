#include "store/search/content.h"

#include <bitset>

namespace hookd::search {

bool HasContent(const ContentReader& read, absl::string_view event, const std::vector<ContentKey>& keys) {
  if (keys.empty()) return true;
  std::bitset<32> wanted, found;
  for (const ContentKey& key : keys) wanted.set(static_cast<size_t>(key.field));
  read(event, [&](ContentField field, bool is_number, absl::string_view value) {
    for (const ContentKey& key : keys) {
      if (key.field == field && key.is_number == is_number && key.value == value) {
        found.set(static_cast<size_t>(field));
      }
    }
  });
  return found == wanted;
}

}  // namespace hookd::search
