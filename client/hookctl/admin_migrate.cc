// hookctl admin migrate: the embedded store into PostgreSQL.
#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/interrupt.h"
#include "hookctl/output.h"
#include "hookctl/progress.h"
#include "store/migration/move.h"

namespace hookctl {
namespace {

constexpr char kFooter[] =
    R"(Moves webhooks with their secrets, tokens, events, deliveries, attempts and request ids, all under the same names.
hookd must be stopped. What is interrupted, by Ctrl-C or otherwise, goes on where it was when it is run again; hookd
starts on neither store meanwhile. The data directory stays as it was, but hookd does not start on it any more.
Secrets that were encrypted still are: give hookd the same --encryption_key_file.

Example:
  systemctl stop hookd
  hookctl admin migrate --data-dir /var/lib/hookd --store postgresql://hookd@db.internal/hookd
  hookd --store=postgresql://hookd@db.internal/hookd)";

int Migrate(Session& session, const std::string& data_dir, const std::string& store) {
  Progress progress(session.terminal.err, session.terminal.err_width, "rows");
  std::atomic<bool> interrupted = false;
  absl::StatusOr<hookd::Moved> moved;
  {
    const Interrupt interrupt([&interrupted] { interrupted = true; });
    moved = hookd::MoveToPostgres(
        {.data_dir = data_dir, .url = store, .on_progress = [&](int64_t rows, int64_t total) {
           progress.Update(rows, total > 0
                                     ? std::optional(static_cast<double>(rows) / static_cast<double>(total))
                                     : std::nullopt);
           return !interrupted;
         }});
  }
  progress.Clear();
  if (!moved.ok()) {
    const ExitCode code = ExitCodeOf(static_cast<grpc::StatusCode>(moved.status().code()));
    return session.Fail(code, Printable(std::string(moved.status().message())));
  }
  if (session.json) {
    session.terminal.out << R"({"webhooks":)" << moved->webhooks << R"(,"tokens":)" << moved->tokens
                         << R"(,"events":)" << moved->events << R"(,"deliveries":)" << moved->deliveries
                         << R"(,"waiting_deliveries":)" << moved->pending << "}\n";
  } else {
    session.terminal.out << "Moved " << Counted(moved->webhooks, "webhook", "webhooks") << ", "
                         << Counted(moved->tokens, "token", "tokens") << ", "
                         << Counted(moved->events, "event", "events") << " and "
                         << Counted(moved->deliveries, "delivery", "deliveries") << ", of which "
                         << WithCommas(moved->pending) << " wait, to " << Printable(moved->to) << "\n";
  }
  return kOk;
}

}  // namespace

void AddMigrate(CLI::App& admin, Session& session) {
  auto* migrate = admin.add_subcommand("migrate", "Move everything from an embedded store to PostgreSQL");
  auto data_dir = std::make_shared<std::string>("./data");
  auto store = std::make_shared<std::string>();
  migrate->add_option("--data-dir", *data_dir, "The data directory that hookd had")
      ->type_name("DIR")
      ->envname("HOOKD_DATA_DIR")
      ->capture_default_str();
  migrate
      ->add_option("--store", *store,
                   "The PostgreSQL database, empty; better given by HOOKD_STORE if it has a password")
      ->type_name("URL")
      ->envname("HOOKD_STORE")
      ->required();
  SetFooter(*migrate, kFooter);
  migrate->callback([&session, data_dir, store] {
    session.command = [&session, data_dir, store] { return Migrate(session, *data_dir, *store); };
  });
}

}  // namespace hookctl
