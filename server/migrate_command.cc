#include "migrate_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "command_line/command_line.h"
#include "store/migration/move.h"

namespace hookd {
namespace {

constexpr char kFooter[] =
    R"(Moves webhooks with their secrets, tokens, events, deliveries, attempts and request ids, under the same names.
Stop hookd first. If the move is interrupted, by Ctrl-C or otherwise, run it again: it continues where it was, and
hookd starts on neither store until then. The data directory stays as it is, but hookd does not start on it again.
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

std::string WithCommas(int64_t count) {
  std::string digits = absl::StrCat(count);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), ",");
  return digits;
}

std::string Counted(int64_t count, const char* singular, const char* plural) {
  return absl::StrCat(WithCommas(count), " ", count == 1 ? singular : plural);
}

// A line on the terminal that shows how much is done, drawn at most ten times a second:
//   [##########..........]  50%  12,345 rows  3,210/s  4s left
class ProgressLine {
 public:
  explicit ProgressLine(const MigrateOutput& output) : output_(output) {}

  void Update(int64_t rows, int64_t total) {
    const absl::Time now = absl::Now();
    if (output_.err_width <= 0 || total <= 0 || now - last_drawn_ < absl::Milliseconds(100)) return;
    last_drawn_ = now;
    drawn_ = true;
    const double part = std::clamp(static_cast<double>(rows) / static_cast<double>(total), 0.0, 1.0);
    const auto filled = static_cast<size_t>(part * kBarColumns);
    const double seconds = absl::ToDoubleSeconds(now - begin_);
    std::string line = absl::StrFormat("[%s%s] %3d%%  %s rows  %s/s", std::string(filled, '#'),
                                       std::string(kBarColumns - filled, '.'), static_cast<int>(part * 100),
                                       WithCommas(rows),
                                       WithCommas(static_cast<int64_t>(static_cast<double>(rows) / seconds)));
    if (part > 0 && part < 1) {
      const auto left = absl::Ceil(absl::Seconds(seconds * (1 - part) / part), absl::Seconds(1));
      absl::StrAppend(&line, "  ", absl::FormatDuration(left), " left");
    }
    // Some terminals begin a new line after one that is full.
    output_.err << "\r" << line.substr(0, static_cast<size_t>(output_.err_width) - 1) << kClearRest
                << std::flush;
  }

  void Clear() {
    if (drawn_) output_.err << "\r" << kClearRest << std::flush;
  }

 private:
  static constexpr size_t kBarColumns = 20;
  static constexpr char kClearRest[] = "\x1b[K";

  const MigrateOutput& output_;
  const absl::Time begin_ = absl::Now();
  absl::Time last_drawn_ = begin_;  // short work draws nothing
  bool drawn_ = false;
};

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no lock");

// While it lives, the first SIGINT sets `interrupted`; the second ends the process.
class InterruptHandler {
 public:
  InterruptHandler() {
    interrupted = false;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptHandler() { sigaction(SIGINT, &before_, nullptr); }
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

 private:
  struct sigaction before_ {};
};

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
      << WithCommas(moved.pending) << (moved.pending == 1 ? " is" : " are") << " pending, to " << moved.to
      << "\n";
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

  ProgressLine progress(output);
  absl::StatusOr<Moved> moved;
  {
    const InterruptHandler handler;
    moved = MoveToPostgres({.data_dir = from, .url = to, .on_progress = [&](int64_t rows, int64_t total) {
                              progress.Update(rows, total);
                              return !interrupted;
                            }});
  }
  progress.Clear();
  if (!moved.ok()) {
    output.err << "error: " << moved.status().message() << "\n";
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
