// hookctl, the command line of hookd, as a function.
#ifndef HOOKCTL_HOOKCTL_H_
#define HOOKCTL_HOOKCTL_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace hookctl {

// What hookctl reads from and writes to; whoever makes it owns the streams.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // Columns of the terminal that `out` is; 0 if it is a file or a pipe, in which case nothing is cut to fit.
  int width = 0;
  // The same of `err`; 0 shows no progress.
  int err_width = 0;
};

// What scripts can tell apart; `hookctl --help` has the same table.
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

// Runs one command line, without the program's name: {"webhooks", "list"}. Reads HOOKD_SERVER and
// HOOKD_PROJECT.
int Run(std::vector<std::string> arguments, Terminal terminal);

}  // namespace hookctl

#endif  // HOOKCTL_HOOKCTL_H_
