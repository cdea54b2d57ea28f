// Page tokens (AIP-158): where the next page begins, bound to the query it belongs to.
//
// Thread-safe; no state: a token works on every hookd that serves the data, also after a restart. It is no
// secret and no permission: it keeps callers from mixing up queries and from building on what a token is made
// of.
#ifndef HOOKD_API_PAGE_TOKEN_H_
#define HOOKD_API_PAGE_TOKEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// `query` is everything that must not change between pages, the method among it, in any form that differs
// whenever the query does. `cursor` says where to go on, and may hold any bytes. The token is safe in a URL.
std::string MakePageToken(absl::string_view query, absl::string_view cursor);

// The cursor; nothing if the token is not one that MakePageToken gave for this query.
std::optional<std::string> ReadPageToken(absl::string_view query, absl::string_view token);

}  // namespace hookd

#endif  // HOOKD_API_PAGE_TOKEN_H_
