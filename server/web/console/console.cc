#include "web/console/console.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/fingerprint.h"
#include "base/status_macros.h"
#include "web/console/branding.h"
#include "web/routes/header_values.h"
#include "web/routes/host_name.h"
#include "web/routes/negotiation.h"
#include "web/routes/shown.h"

namespace hookd {
namespace {

constexpr absl::string_view kIndex = "index.html";
constexpr absl::string_view kFolder = "/console/";
constexpr absl::string_view kTheme = "/console/theme.css";
constexpr absl::string_view kLogo = "/console/logo.svg";

constexpr absl::string_view kCss = "text/css; charset=utf-8";

// What the page may do, without frame-ancestors. Nothing inline, nothing from elsewhere, and no markup from
// text: only its own scripts, styles and images, and this server's API.
constexpr absl::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
// An image that is opened by itself, which an SVG can be, may do nothing.
constexpr absl::string_view kImagePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'";
// The features that would ask the user for something. The page may write to the clipboard, which none of them
// is.
constexpr absl::string_view kPermissions =
    "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()";

// The type of a file by its ending.
absl::string_view MediaTypeOf(absl::string_view path) {
  if (absl::EndsWith(path, ".html")) return "text/html; charset=utf-8";
  if (absl::EndsWith(path, ".css")) return kCss;
  if (absl::EndsWith(path, ".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

// Whether the client has this version. Compares weakly, as for If-None-Match (RFC 9110, section 13.1.2):
// proxies that compress make an ETag weak.
bool IsKnown(const WebHeaders& request_headers, absl::string_view etag) {
  for (absl::string_view known : HeaderElements(request_headers, "if-none-match")) {
    absl::ConsumePrefix(&known, "W/");
    if (known == etag || known == "*") return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Console>> Console::Create(const Options& options,
                                                               absl::Span<const ConsoleFile> files) {
  auto console = absl::WrapUnique(new Console);
  HOOKD_RETURN_IF_ERROR(console->SetFrameAncestors(options.frame_ancestors));
  for (const ConsoleFile& file : files) {
    std::string path = file.path == kIndex ? "/" : absl::StrCat(kFolder, file.path);
    const bool smaller = !file.gzip.empty() && file.gzip.size() < file.contents.size();
    console->Add(std::move(path), MediaTypeOf(file.path), file.contents, smaller ? file.gzip : "");
  }
  HOOKD_RETURN_IF_ERROR(console->AddBranding(options));
  return console;
}

absl::Status Console::SetFrameAncestors(const std::vector<std::string>& origins) {
  std::vector<std::string> ancestors;
  for (const std::string& origin : origins) {
    auto normalized = NormalizeOrigin(origin);
    if (!normalized.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--console_frame_ancestors: \"", Shown(origin), "\"",
                                                     " is not an origin such as https://app.example.com: it ",
                                                     normalized.status().message()));
    }
    ancestors.push_back(*std::move(normalized));
  }
  framed_ = !ancestors.empty();
  page_policy_ =
      absl::StrCat(kPagePolicy, "; frame-ancestors ", framed_ ? absl::StrJoin(ancestors, " ") : "'none'");
  return absl::OkStatus();
}

absl::Status Console::AddBranding(const Options& options) {
  const auto add = [this](absl::string_view path, BrandingFile file) {
    branding_.push_back(std::make_unique<const std::string>(std::move(file.contents)));
    Add(std::string(path), file.media_type, *branding_.back());
  };
  if (!options.theme_file.empty()) {
    HOOKD_ASSIGN_OR_RETURN(BrandingFile theme, ReadTheme(options.theme_file));
    add(kTheme, std::move(theme));
  } else if (!Has(kTheme)) {
    Add(std::string(kTheme), kCss, "");  // the page asks for it in any case
  }
  if (!options.logo_file.empty()) {
    HOOKD_ASSIGN_OR_RETURN(BrandingFile logo, ReadLogo(options.logo_file));
    add(kLogo, std::move(logo));
  }
  return absl::OkStatus();
}

void Console::Add(std::string path, absl::string_view media_type, absl::string_view contents,
                  absl::string_view gzip) {
  // The policy is a part of the version: of a response 304, browsers do not take X-Frame-Options, so that
  // they would keep what an earlier --console_frame_ancestors allowed.
  const std::string version = Fingerprint(absl::StrCat(page_policy_, contents));
  pages_[std::move(path)] = {.media_type = std::string(media_type),
                             .etag = absl::BytesToHexString(version),
                             .contents = contents,
                             .gzip = gzip};
}

WebResponse Console::Get(absl::string_view path, const WebHeaders& request_headers) const {
  const Page& page = pages_.at(path);
  const bool compressed = !page.gzip.empty() && AcceptsGzip(request_headers);
  const std::string etag = absl::StrCat("\"", page.etag, compressed ? "-gzip" : "", "\"");
  const bool is_image = absl::StartsWith(page.media_type, "image/");
  WebResponse response;
  response.headers = {{"ETag", etag},
                      {"Cache-Control", "no-cache"},
                      {"Vary", path == "/" ? "Accept, Accept-Encoding" : "Accept-Encoding"},
                      {"Content-Security-Policy", is_image ? std::string(kImagePolicy) : page_policy_},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Permissions-Policy", std::string(kPermissions)}};
  if (IsKnown(request_headers, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", page.media_type);
  if (compressed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = std::string(compressed ? page.gzip : page.contents);
  return response;
}

}  // namespace hookd
