// hookctl, the command-line client of hookd, as a function.
#ifndef HOOKCTL_HOOKCTL_H_
#define HOOKCTL_HOOKCTL_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace hookctl {

// The streams that hookctl reads and writes. The caller owns them.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // The width of the terminal behind `out`, in columns; 0 if `out` is a file or a pipe, and then lines are
  // not cut.
  int width = 0;
  // The same for `err`; 0 shows no progress.
  int err_width = 0;
};

// The exit codes; `hookctl --help` has the same table.
enum ExitCode {
  kOk = 0,
  kError = 1,
  kUsage = 2,
  kNotFound = 3,
  kInvalidArgument = 4,
  kConflict = 5,
  kUnavailable = 6,
  kTestFailed = 7,
};

// Runs one command line, which excludes the program's name: {"webhooks", "list"}. Reads the HOOKD_ variables
// that `hookctl --help` names. Returns the exit code.
int Run(std::vector<std::string> arguments, Terminal terminal);

}  // namespace hookctl

#endif  // HOOKCTL_HOOKCTL_H_
