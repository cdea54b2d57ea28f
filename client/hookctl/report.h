// Errors, warnings and notes on stderr: text for people, one line of JSON each with --output json. The
// functions are thread-safe for different streams.
#ifndef HOOKCTL_REPORT_H_
#define HOOKCTL_REPORT_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hookd/client.h"

namespace hookctl {

// An error. Its texts need not be printable.
struct Report {
  std::string code;  // such as NOT_FOUND; empty for an error of hookctl itself, which has only an exit code
  std::string message;  // one sentence without a period
  std::vector<hookd::client::FieldViolation>
      violations;  // printed instead of the message, which repeats them
  std::optional<absl::Duration> retry_delay;
  std::string hint;                            // what to do: a sentence, or empty
  std::optional<int64_t> line = std::nullopt;  // the line of the input that it is about
  int exit_code = 0;
};

// The report of a failed call.
Report ReportOf(const grpc::Status& status);

// Prints an error. As JSON it is
//   {"error": {"code": ..., "message": ..., "field_violations": [{"field": ..., "description": ...}],
//              "retry_delay": "2s", "hint": ..., "line": 3, "exit_code": 4}}
// without the members that are empty.
void PrintError(std::ostream& err, bool json, const Report& report);

// Prints `warning: message`, or {"warning": {"message": ...}}.
void PrintWarning(std::ostream& err, bool json, absl::string_view message);

// Prints the message, which is a sentence, or {"note": {"message": ...}}. Flushes `err`.
void PrintNote(std::ostream& err, bool json, absl::string_view message);

}  // namespace hookctl

#endif  // HOOKCTL_REPORT_H_
