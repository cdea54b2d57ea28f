// The files of the web console (client/console), compiled into the program. Thread-safe; no state.
#ifndef HOOKD_WEB_CONSOLE_CONSOLE_FILES_H_
#define HOOKD_WEB_CONSOLE_CONSOLE_FILES_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace hookd {

struct ConsoleFile {
  absl::string_view path;      // within client/console, such as ui/dom.js
  absl::string_view contents;  // of a script without its comments
  absl::string_view gzip;      // the same, compressed
};

// Returns the files, by path. The result is valid for the whole process. The build writes this function; see
// embed/embed.cc.
absl::Span<const ConsoleFile> ConsoleFiles();

}  // namespace hookd

#endif  // HOOKD_WEB_CONSOLE_CONSOLE_FILES_H_
