#include "migrate_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <optional>
#include <utility>

#include "CLI/CLI.hpp"
#include "command_line/command_line.h"
#include "command_line/interrupt.h"
#include "command_line/progress.h"
#include "command_line/text.h"
#include "store/migration/move.h"

namespace hookd {
namespace {

constexpr char kFooter[] =
    R"(Moves webhooks with their secrets, tokens, events, deliveries, attempts and request ids, under the same names.
Stop hookd first. If the move is interrupted, by Ctrl-C or otherwise, run it again: it continues where it was. Until it
is finished, hookd does not start on the database. It does start on the data directory; if it did, the next move needs an
empty database. The data directory stays as it is, but hookd does not start on it once the move is finished.
Encrypted secrets stay encrypted: give hookd the same --encryption_key_file.

Example:
  systemctl stop hookd
  hookd migrate --from /var/lib/hookd --to postgresql://hookd@db.internal/hookd
  hookd --store=postgresql://hookd@db.internal/hookd)";

// The exit codes of hookctl that can occur here.
enum ExitCode { kOk = 0, kError = 1, kUsage = 2, kConflict = 5, kUnavailable = 6 };

ExitCode ExitCodeOf(const absl::Status& status) {
  if (absl::IsFailedPrecondition(status)) return kConflict;
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) return kUnavailable;
  return kError;
}

using command_line::Counted;
using command_line::Printable;
using command_line::WithCommas;

// Nothing while the total is not known.
std::optional<double> PartOf(int64_t rows, int64_t total) {
  if (total <= 0) return std::nullopt;
  return static_cast<double>(rows) / static_cast<double>(total);
}

void PrintMoved(const Moved& moved, bool json, std::ostream& out) {
  if (json) {
    out << R"({"webhooks":)" << moved.webhooks << R"(,"tokens":)" << moved.tokens << R"(,"events":)"
        << moved.events << R"(,"deliveries":)" << moved.deliveries << R"(,"waiting_deliveries":)"
        << moved.pending << "}\n";
    return;
  }
  out << "Moved " << Counted(moved.webhooks, "webhook", "webhooks") << ", "
      << Counted(moved.tokens, "token", "tokens") << ", " << Counted(moved.events, "event", "events")
      << " and " << Counted(moved.deliveries, "delivery", "deliveries") << ", of which "
      << WithCommas(moved.pending) << (moved.pending == 1 ? " is" : " are") << " pending, to "
      << Printable(moved.to) << "\n";
}

}  // namespace

int RunMigrate(const std::vector<std::string>& arguments, const MigrateOutput& output) {
  CLI::App app("Moves everything from an embedded store to PostgreSQL.", "hookd migrate");
  std::string from = "./data", to, format = "table";
  app.add_option("--from", from, "The data directory of the embedded store")
      ->type_name("DIR")
      ->envname("HOOKD_DATA_DIR")
      ->capture_default_str();
  app.add_option("--to", to, "The empty PostgreSQL database; use HOOKD_STORE if the URL has a password")
      ->type_name("URL")
      ->envname("HOOKD_STORE")
      ->required();
  app.add_option("-o,--output", format, "table for people, json for programs")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.footer(kFooter);
  try {
    command_line::Parse(app, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, output.out, output.err);  // --help
    output.err << "error: " << command_line::Describe(app, error) << "\n";
    return kUsage;
  }

  command_line::Progress progress(output.err, output.err_width, "rows");
  absl::StatusOr<Moved> moved;
  {
    std::atomic<bool> interrupted = false;
    const command_line::Interrupt interrupt([&interrupted] { interrupted = true; });
    moved = MoveToPostgres({.data_dir = from, .url = to, .on_progress = [&](int64_t rows, int64_t total) {
                              progress.Update(rows, PartOf(rows, total));
                              return !interrupted;
                            }});
  }
  progress.Clear();
  if (!moved.ok()) {
    output.err << "error: " << Printable(moved.status().message()) << "\n";
    return ExitCodeOf(moved.status());
  }
  PrintMoved(*moved, format == "json", output.out);
  return kOk;
}

int RunMigrate(const std::vector<std::string>& arguments) {
  winsize size{};
  int width = 0;
  if (isatty(STDERR_FILENO) != 0) {
    constexpr int kUsualWidth = 80;
    width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
  }
  return RunMigrate(arguments, {.out = std::cout, .err = std::cerr, .err_width = width});
}

}  // namespace hookd
