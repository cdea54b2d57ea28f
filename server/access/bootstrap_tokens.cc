#include "access/bootstrap_tokens.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "access/tokens.h"
#include "base/limits.h"

namespace hookd {
namespace {

constexpr absl::string_view kHashPrefix = "sha256:";
constexpr size_t kHashDigits = 64;

std::string ParseSecret(absl::string_view text) {
  if (absl::ConsumePrefix(&text, kHashPrefix)) {
    const bool hex = text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](char c) {
                       return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                     });
    return hex ? absl::HexStringToBytes(text) : "";
  }
  return text.size() < limits::kMinTokenSecretBytes ? "" : HashSecret(text);
}

Roles ParseRoles(absl::string_view text) {
  constexpr std::pair<absl::string_view, Role> kRoles[] = {
      {"emit", Role::kEmit}, {"read", Role::kRead}, {"manage", Role::kManage}, {"admin", Role::kAdmin}};
  Roles roles;
  for (absl::string_view name : absl::StrSplit(text, ',')) {
    const auto* found = std::find_if(std::begin(kRoles), std::end(kRoles),
                                     [&](const auto& role) { return role.first == name; });
    if (found == std::end(kRoles)) return {};
    roles.set(static_cast<size_t>(found->second));
  }
  return roles;
}

}  // namespace

absl::StatusOr<std::vector<Token>> ReadBootstrapTokens(const std::string& path) {
  std::ifstream file(path);
  struct stat rights = {};
  if (!file || stat(path.c_str(), &rights) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("--tokens_file: cannot read ", path));
  }
  std::vector<Token> tokens;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || absl::StartsWith(text, "#")) continue;
    const std::vector<std::string> words = absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    Token token;
    if (words.size() == 3) {
      token.secret_hash = ParseSecret(words[0]);
      token.roles = ParseRoles(words[1]);
      token.projects = absl::StrSplit(words[2], ',', absl::SkipEmpty());
    }
    if (token.secret_hash.empty() || token.roles.none() || token.projects.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "--tokens_file: ", path, ", line ", number, ": must be a secret of ", limits::kMinTokenSecretBytes,
          " characters or more (or sha256: and its hash), roles such as emit,read, and projects such as "
          "shop,blog or *"));
    }
    if (!absl::StartsWith(words[0], kHashPrefix) && (rights.st_mode & S_IRWXO) != 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          "--tokens_file: ", path, " contains a secret and is readable by all users: run chmod 600 ", path));
    }
    token.id = absl::StrCat("line-", number);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace hookd
