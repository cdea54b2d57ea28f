// The tokens of a file: what lets an operator in before any token was made by RPC. Thread-safe; no state.
#ifndef HOOKD_ACCESS_BOOTSTRAP_TOKENS_H_
#define HOOKD_ACCESS_BOOTSTRAP_TOKENS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/records.h"

namespace hookd {

// One token a line: its secret, its roles and its projects, with spaces between; empty lines and those that
// begin with # are skipped.
//
//   hookd_PzQ0...   admin       *
//   sha256:9f86...  emit,read   shop,blog
//
// A secret is at least 20 characters, or `sha256:` and the 64 digits of its hash, which can be read by others
// without harm. Roles are emit, read, manage and admin. FAILED_PRECONDITION, with one sentence for the
// operator that repeats no secret, if the file cannot be read, is not of that form, or can be read by others
// than its owner and group although it has a secret in it.
absl::StatusOr<std::vector<Token>> ReadBootstrapTokens(const std::string& path);

}  // namespace hookd

#endif  // HOOKD_ACCESS_BOOTSTRAP_TOKENS_H_
