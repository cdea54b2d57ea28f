// The output of an export: lines to a file or to stdout, with a cursor file that never is ahead of the
// output.
//
// After a crash the output may be ahead of the cursor file: it is cut to what the cursor file says before the
// export continues, so that no line is lost or doubled. A pipe cannot be cut: there, lines may be repeated.
//
// Thread-safe. Lines are written by a thread at least every kInterval. Write blocks while much is unwritten.
#ifndef HOOKCTL_EXPORT_OUTPUT_H_
#define HOOKCTL_EXPORT_OUTPUT_H_

#include <memory>
#include <ostream>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "hookctl/export_cursor.h"

namespace hookctl {

class ExportOutput {
 public:
  struct Options {
    std::string file;         // empty: `out`
    std::ostream* out;        // of the terminal; std::cout stands for the descriptor of stdout
    std::string cursor_file;  // empty: none
    ExportIdentity identity;
    std::string begin;  // of a first run; see ExportCursor
  };

  // Opens the output, and continues where the cursor file says. INVALID_ARGUMENT, with a sentence, if the
  // cursor file or the output is not the one that was written before.
  static absl::StatusOr<std::unique_ptr<ExportOutput>> Open(const Options& options);
  ~ExportOutput();

  // Where to continue.
  const std::string& cursor() const { return resumed_.cursor; }
  const std::string& begin() const { return resumed_.begin; }

  // Adds a line, which ends in a line feed. Returns false if the output cannot be written.
  bool Write(absl::string_view line) ABSL_LOCKS_EXCLUDED(mutex_);

  // An export that continues after all lines so far does so from this cursor.
  void Mark(absl::string_view cursor) ABSL_LOCKS_EXCLUDED(mutex_);

  // Writes everything. Call it last.
  absl::Status Finish() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  explicit ExportOutput(const Options& options);
  absl::Status OpenFile();
  // Reads the cursor file, if there is one, and cuts the output to it.
  absl::Status Resume();
  absl::Status Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  int descriptor_ = -1;   // -1: `out`
  bool is_file_ = false;  // a regular file, which can be cut
  std::string name_;      // of the output, for messages
  ExportCursor resumed_;  // where this run began
  absl::Mutex mutex_;
  std::string unwritten_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the output, with what is unwritten
  std::string tail_ ABSL_GUARDED_BY(mutex_);   // the last of it
  ExportCursor mark_ ABSL_GUARDED_BY(mutex_);
  std::string mark_tail_ ABSL_GUARDED_BY(mutex_);
  bool marked_ ABSL_GUARDED_BY(mutex_) = false;  // since the cursor file was written
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookctl

#endif  // HOOKCTL_EXPORT_OUTPUT_H_
