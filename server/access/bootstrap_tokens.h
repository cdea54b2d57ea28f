// Reads tokens from a file, with which an operator can authenticate before the API has created a token.
// Thread-safe; no state.
#ifndef HOOKD_ACCESS_BOOTSTRAP_TOKENS_H_
#define HOOKD_ACCESS_BOOTSTRAP_TOKENS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/records.h"

namespace hookd {

// Reads one token per line: its secret, roles and projects, separated by spaces. Skips empty lines and lines
// that begin with #.
//
//   hookd_PzQ0...   admin       *
//   sha256:9f86...  emit,read   shop,blog
//
// A secret has at least 20 characters, or is `sha256:` and the 64 digits of its hash, which need not be
// protected. Roles are emit, read, manage and admin. Returns FAILED_PRECONDITION, with one sentence for the
// operator that repeats no secret, if the file cannot be read or parsed, or if it contains a secret and all
// users can read it.
absl::StatusOr<std::vector<Token>> ReadBootstrapTokens(const std::string& path);

}  // namespace hookd

#endif  // HOOKD_ACCESS_BOOTSTRAP_TOKENS_H_
