// The files with which an operator gives the console another look. Thread-safe; blocks on the file system.
#ifndef HOOKD_WEB_CONSOLE_BRANDING_H_
#define HOOKD_WEB_CONSOLE_BRANDING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

struct BrandingFile {
  std::string contents;
  absl::string_view media_type;
};

// Reads --console_theme: CSS in UTF-8, of at most limits::kMaxConsoleThemeBytes. Returns INVALID_ARGUMENT,
// with one sentence for the operator, otherwise.
absl::StatusOr<BrandingFile> ReadTheme(const std::string& path);

// Reads --console_logo: SVG or PNG, of at most limits::kMaxConsoleLogoBytes. Returns INVALID_ARGUMENT, with
// one sentence for the operator, otherwise. The contents decide which of them it is, not the name.
absl::StatusOr<BrandingFile> ReadLogo(const std::string& path);

}  // namespace hookd

#endif  // HOOKD_WEB_CONSOLE_BRANDING_H_
