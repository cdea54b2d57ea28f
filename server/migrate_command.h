// `hookd migrate`: moves everything from an embedded store to PostgreSQL (store/migration/move.h).
#ifndef HOOKD_MIGRATE_COMMAND_H_
#define HOOKD_MIGRATE_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

namespace hookd {

// What `hookd --help` says about it.
inline constexpr char kMigrateHelp[] =
    "hookd migrate moves an embedded store to PostgreSQL: see hookd migrate --help";

// Where the command writes. `err_width` is the width of the terminal that `err` is, in columns; 0 if it is
// none, and then no progress is shown.
struct MigrateOutput {
  std::ostream& out;
  std::ostream& err;
  int err_width = 0;
};

// Runs the command with these arguments, which begin after `migrate`, and returns the exit code of the
// program. Blocks until everything is moved. The first SIGINT ends it after the current batch, the second at
// once. One at a time in a process.
int RunMigrate(const std::vector<std::string>& arguments, const MigrateOutput& output);

// Likewise, on the process's standard streams.
int RunMigrate(const std::vector<std::string>& arguments);

}  // namespace hookd

#endif  // HOOKD_MIGRATE_COMMAND_H_
