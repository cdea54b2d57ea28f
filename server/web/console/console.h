// The web console as HTTP responses: its files, which are compiled into hookd, and the operator's theme and
// logo. The page is at /, and what it loads is below /console/.
//
// Immutable and so thread-safe. Only Create blocks, because it reads files. A path is looked up in a table of
// what the console has, so that no request reads a file.
#ifndef HOOKD_WEB_CONSOLE_CONSOLE_H_
#define HOOKD_WEB_CONSOLE_CONSOLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "web/console/console_files.h"
#include "web/web_request.h"

namespace hookd {

class Console {
 public:
  struct Options {
    // --console_frame_ancestors: origins, such as https://app.example.com, whose pages may show the console
    // in a frame.
    std::vector<std::string> frame_ancestors;
    std::string theme_file;  // --console_theme: CSS that the page loads after its own; empty: none
    std::string logo_file;   // --console_logo: SVG or PNG instead of hookd's logo; empty: hookd's
  };

  // `files` must outlive the console; index.html is the page. Returns INVALID_ARGUMENT, with one sentence for
  // the operator, if an option is wrong.
  static absl::StatusOr<std::unique_ptr<const Console>> Create(
      const Options& options, absl::Span<const ConsoleFile> files = ConsoleFiles());

  // Whether the path is the console's.
  bool Has(absl::string_view path) const { return pages_.contains(path); }

  // Whether pages of other origins may show the console in a frame.
  bool framed() const { return framed_; }

  // Returns the response to a GET or HEAD of the path: 200, or 304 if the request has the ETag of what would
  // be sent. Requires: Has(path).
  WebResponse Get(absl::string_view path, const WebHeaders& request_headers) const;

 private:
  // What a path has.
  struct Page {
    std::string media_type;
    std::string etag;            // without quotes
    absl::string_view contents;  // within `files` or `branding_`
    absl::string_view gzip;      // empty: it is sent as it is
  };

  Console() = default;

  absl::Status SetFrameAncestors(const std::vector<std::string>& origins);
  absl::Status AddBranding(const Options& options);
  void Add(std::string path, absl::string_view media_type, absl::string_view contents,
           absl::string_view gzip = "");

  bool framed_ = false;
  std::string page_policy_;                                   // Content-Security-Policy
  std::vector<std::unique_ptr<const std::string>> branding_;  // contents
  absl::flat_hash_map<std::string, Page> pages_;              // by path
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONSOLE_CONSOLE_H_
