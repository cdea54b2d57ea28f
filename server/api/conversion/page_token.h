// Page tokens (AIP-158): the position where the next page begins, bound to the query that it belongs to.
//
// Thread-safe; no state: a token works on every hookd with the same store, also after a restart. A token is
// neither a secret nor a permission. Binding it prevents callers from using it with another query or
// depending on its format.
#ifndef HOOKD_API_CONVERSION_PAGE_TOKEN_H_
#define HOOKD_API_CONVERSION_PAGE_TOKEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// Makes a token, which is safe in a URL. `query` contains everything that must not change between pages,
// including the method, in any form that is unique for each query. `cursor` is the position and may contain
// any bytes.
std::string MakePageToken(absl::string_view query, absl::string_view cursor);

// Returns the cursor; nothing if MakePageToken did not make the token for this query.
std::optional<std::string> ReadPageToken(absl::string_view query, absl::string_view token);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_PAGE_TOKEN_H_
