// hookctl admin migrate: runs `hookd migrate`.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

constexpr char kFooter[] =
    R"(Runs `hookd migrate`, from the directory of this hookctl or else from PATH: hookd migrate --help describes it.

Example:
  systemctl stop hookd
  hookctl admin migrate --data-dir /var/lib/hookd --store postgresql://hookd@db.internal/hookd
  hookd --store=postgresql://hookd@db.internal/hookd)";

// The hookd in the directory of this program; without one, that of PATH.
std::string HookdProgram() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string beside = (self.parent_path() / "hookd").string();
  return !error && access(beside.c_str(), X_OK) == 0 ? beside : "hookd";
}

int Migrate(Session& session, const std::string& data_dir, const std::string& store) {
  // In the environment, as other users of the machine can read arguments, and a URL may have a password.
  setenv("HOOKD_DATA_DIR", data_dir.c_str(), /*overwrite=*/1);
  setenv("HOOKD_STORE", store.c_str(), /*overwrite=*/1);
  const std::string program = HookdProgram();
  session.Note(absl::StrCat("hookctl admin migrate is an alias: running ", program, " migrate"));
  session.terminal.out.flush();
  execlp(program.c_str(), program.c_str(), "migrate", "--output", session.json ? "json" : "table", nullptr);
  return session.Fail(kError, absl::StrCat("cannot run ", Printable(program), ": ", strerror(errno),
                                           "; install hookd, or run hookd migrate where it is installed"));
}

}  // namespace

void AddMigrate(CLI::App& admin, Session& session) {
  auto* migrate = admin.add_subcommand("migrate", "Move an embedded store to PostgreSQL: runs hookd migrate");
  auto data_dir = std::make_shared<std::string>("./data");
  auto store = std::make_shared<std::string>();
  migrate->add_option("--data-dir", *data_dir, "Data directory of the embedded store")
      ->type_name("DIR")
      ->envname("HOOKD_DATA_DIR")
      ->capture_default_str();
  migrate
      ->add_option("--store", *store,
                   "Empty PostgreSQL database; prefer HOOKD_STORE if the URL has a password")
      ->type_name("URL")
      ->envname("HOOKD_STORE")
      ->required();
  SetFooter(*migrate, kFooter);
  migrate->callback([&session, data_dir, store] {
    session.uses_context = false;
    session.command = [&session, data_dir, store] { return Migrate(session, *data_dir, *store); };
  });
}

}  // namespace hookctl
