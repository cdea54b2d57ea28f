#include "web/console/branding.h"

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/status_macros.h"
#include "base/utf8.h"

namespace hookd {
namespace {

constexpr absl::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

absl::Status Wrong(absl::string_view flag, const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " ", what));
}

// Reads a file of 1 to `max_bytes`.
absl::StatusOr<std::string> ReadBounded(absl::string_view flag, const std::string& path, size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string contents(max_bytes + 1, '\0');
  file.read(contents.data(), static_cast<std::streamsize>(contents.size()));
  contents.resize(static_cast<size_t>(file.gcount()));
  if (contents.empty()) return Wrong(flag, path, "cannot be read, or is empty");
  if (contents.size() > max_bytes) {
    return Wrong(flag, path, absl::StrCat("is larger than ", max_bytes / 1024, " KiB"));
  }
  return contents;
}

bool IsUtf8Text(absl::string_view contents) {
  return ValidUtf8Length(contents) == contents.size() && !absl::StrContains(contents, '\0');
}

}  // namespace

absl::StatusOr<BrandingFile> ReadTheme(const std::string& path) {
  constexpr absl::string_view kFlag = "--console_theme";
  HOOKD_ASSIGN_OR_RETURN(std::string contents, ReadBounded(kFlag, path, limits::kMaxConsoleThemeBytes));
  if (!IsUtf8Text(contents)) return Wrong(kFlag, path, "is not text in UTF-8: give a CSS file");
  return BrandingFile{std::move(contents), "text/css; charset=utf-8"};
}

absl::StatusOr<BrandingFile> ReadLogo(const std::string& path) {
  constexpr absl::string_view kFlag = "--console_logo";
  HOOKD_ASSIGN_OR_RETURN(std::string contents, ReadBounded(kFlag, path, limits::kMaxConsoleLogoBytes));
  if (absl::StartsWith(contents, kPngSignature)) return BrandingFile{std::move(contents), "image/png"};
  if (IsUtf8Text(contents) && absl::StrContains(contents, "<svg")) {
    return BrandingFile{std::move(contents), "image/svg+xml"};
  }
  return Wrong(kFlag, path, "is neither an SVG nor a PNG file");
}

}  // namespace hookd
