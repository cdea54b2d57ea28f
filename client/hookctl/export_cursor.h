// The cursor file of an export: how far it got, so that the next run continues there. Thread-safe; no state.
#ifndef HOOKCTL_EXPORT_CURSOR_H_
#define HOOKCTL_EXPORT_CURSOR_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookctl {

// What is exported. Only the same export can continue.
struct ExportIdentity {
  std::string command;  // such as `events export`
  std::string project;
  std::string filter;
  std::string format;
};

struct ExportCursor {
  ExportIdentity identity;
  std::string begin;   // since when, RFC 3339: a duration such as 30d is measured from the first run
  std::string cursor;  // of the API, after the last item in the output; empty: there is none yet
  int64_t bytes = 0;   // the size of the output then; -1 if it is not a file
  std::string check;   // TailCheck of the output then
};

// Reads a cursor file. NOT_FOUND if it does not exist; INVALID_ARGUMENT, with a sentence, if it is not a
// cursor file or belongs to another export.
absl::StatusOr<ExportCursor> ReadCursorFile(const std::string& path, const ExportIdentity& identity);

// Replaces the file as a whole: after a crash it is the old or the new one.
absl::Status WriteCursorFile(const std::string& path, const ExportCursor& cursor);

// How much of the end of the output TailCheck is of.
inline constexpr size_t kTailBytes = 256;
std::string TailCheck(absl::string_view tail);

}  // namespace hookctl

#endif  // HOOKCTL_EXPORT_CURSOR_H_
