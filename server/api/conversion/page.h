// Fills the pages of list methods (AIP-158), which are limited in items and in bytes. Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_PAGE_H_
#define HOOKD_API_CONVERSION_PAGE_H_

#include <algorithm>
#include <cstddef>

#include "base/limits.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace hookd {

// Adds the first of `found` items to `page`: at least one, at most `page_size`, and no more than fit
// limits::kMaxPageBytes. `convert(i, proto)` fills the i-th item. Returns how many were added; if that is
// less than `found`, there is another page.
template <typename Proto, typename Convert>
size_t FillPage(size_t found, int page_size, google::protobuf::RepeatedPtrField<Proto>& page,
                Convert convert) {
  const size_t most = std::min(found, static_cast<size_t>(page_size));
  size_t bytes = 0;
  for (size_t i = 0; i < most; ++i) {
    Proto& proto = *page.Add();
    convert(i, proto);
    bytes += proto.ByteSizeLong();
    if (bytes <= limits::kMaxPageBytes || i == 0) continue;
    page.RemoveLast();
    return i;
  }
  return most;
}

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_PAGE_H_
