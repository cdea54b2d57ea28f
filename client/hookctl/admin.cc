// hookctl admin: commands for operators.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "command_line/progress.h"
#include "hookctl/commands.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

constexpr char kBackupFooter[] =
    R"(The backup is a consistent snapshot, taken while hookd runs; FILE is written completely or left unchanged. It holds
all of hookd's data, including secrets, and only its owner can read it. To restore it, stop hookd, copy FILE as
hookd.db into an empty data directory, and start hookd with that directory.

Example:
  hookctl admin backup /var/backups/hookd-$(date +%F).db)";

// A file that gets its name once it is complete, and is removed if it never is.
class NewFile {
 public:
  explicit NewFile(std::string name)
      : name_(std::move(name)),
        unfinished_(absl::StrCat(name_, ".XXXXXX")),
        descriptor_(mkostemp(unfinished_.data(), O_CLOEXEC)) {}  // readable by its owner only
  ~NewFile() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    if (!finished_) unlink(unfinished_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // These set errno if they fail.
  bool opened() const { return descriptor_ >= 0; }
  bool Write(absl::string_view data) {
    while (!data.empty()) {
      const ssize_t written = write(descriptor_, data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      data.remove_prefix(static_cast<size_t>(written));
    }
    return true;
  }
  bool Finish() {
    if (fsync(descriptor_) != 0 || rename(unfinished_.c_str(), name_.c_str()) != 0) return false;
    finished_ = true;
    // The name is durable once the directory is.
    const std::string folder = std::filesystem::absolute(name_).parent_path();
    const int opened_folder = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = opened_folder >= 0 && fsync(opened_folder) == 0;
    if (opened_folder >= 0) close(opened_folder);
    return durable;
  }

 private:
  const std::string name_;
  std::string unfinished_;
  const int descriptor_;
  bool finished_ = false;
};

int Backup(Session& session, const std::string& name) {
  const auto fail = [&session, &name] {
    return session.Fail(kError, absl::StrCat(Printable(name), " cannot be written: ", strerror(errno)));
  };
  NewFile file(name);
  if (!file.opened()) return fail();
  command_line::Progress progress(session.terminal.err, session.terminal.err_width, "bytes");
  int64_t bytes = 0;
  int64_t total = 0;
  int write_error = 0;
  const grpc::Status status = session.Call([&](grpc::ClientContext* context) {
    const auto reader = session.client().admin().Backup(context, v1::BackupRequest());
    v1::BackupResponse piece;
    while (reader->Read(&piece)) {
      if (write_error != 0) continue;  // was in flight when the call was canceled
      if (!file.Write(piece.data())) {
        write_error = errno;
        context->TryCancel();
        continue;
      }
      bytes += static_cast<int64_t>(piece.data().size());
      total = piece.total_bytes();
      progress.Update(bytes, total > 0 ? std::optional(static_cast<double>(bytes) / total) : std::nullopt);
    }
    return reader->Finish();
  });
  progress.Clear();
  if (write_error != 0) {
    errno = write_error;
    return fail();
  }
  if (!status.ok()) return session.Fail(status);
  if (bytes == 0 || bytes != total) {
    return session.Fail(kError, absl::StrCat("the backup ended after ", bytes, " of ", total, " bytes"));
  }
  if (!file.Finish()) return fail();
  if (session.json) {
    session.terminal.out << R"({"bytes":)" << bytes << "}\n";
  } else {
    session.terminal.out << "Wrote " << bytes << " bytes to " << Printable(name) << "\n";
  }
  return kOk;
}

int Nodes(Session& session, const PageOptions& options) {
  return ShowList<v1::ListNodesRequest, v1::ListNodesResponse, v1::Node>(
      session, {}, options,
      {.call = [&](auto* context, const auto& request,
                   auto* page) { return session.client().admin().ListNodes(context, request, page); },
       .items = [](auto* page) { return page->mutable_nodes(); },
       .none = "",
       .headings = {"NODE", "ADDRESS", "VERSION", "SINCE", "SHARDS", "WAITING", "LAG", "IN FLIGHT"},
       .cells = [](const v1::Node& node) -> std::vector<std::string> {
         return {IdOf(node.name()),
                 node.address(),
                 node.version(),
                 TimeText(node.start_time()),
                 absl::StrCat(node.shard_count()),
                 absl::StrCat(node.waiting_delivery_count()),
                 DurationText(node.oldest_waiting()),
                 absl::StrCat(node.attempts_in_flight())};
       }});
}

}  // namespace

void AddAdmin(CLI::App& app, Session& session) {
  auto* admin = app.add_subcommand("admin", "Manage hookd itself");
  admin->require_subcommand(1);

  auto* backup = admin->add_subcommand("backup", "Write a copy of all of hookd's data to a file");
  auto name = std::make_shared<std::string>();
  backup->add_option("FILE", *name, "File to write; replaced if it exists")->required()->type_name("");
  SetFooter(*backup, kBackupFooter);
  backup->callback(
      [&session, name] { session.command = [&session, name] { return Backup(session, *name); }; });

  AddMigrate(*admin, session);

  auto* nodes = admin->add_subcommand("nodes", "List the hookd processes that share the store");
  auto options = std::make_shared<PageOptions>();
  AddPageOptions(*nodes, *options);
  nodes->callback(
      [&session, options] { session.command = [&session, options] { return Nodes(session, *options); }; });
}

}  // namespace hookctl
