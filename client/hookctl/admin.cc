// hookctl admin: commands for operators.
#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "command_line/progress.h"
#include "hookctl/commands.h"
#include "hookctl/listing.h"
#include "hookctl/new_file.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

constexpr char kBackupFooter[] =
    R"(The backup is a consistent snapshot, taken while hookd runs; FILE is written completely or left unchanged. It holds
all of hookd's data, including secrets, and only its owner can read it. To restore it, stop hookd, copy FILE as
hookd.db into an empty data directory, and start hookd with that directory.

Example:
  hookctl admin backup /var/backups/hookd-$(date +%F).db)";

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
       .headings = {"NODE", "ADDRESS", "VERSION", "SINCE", "SHARDS", "PENDING", "LAG", "IN FLIGHT"},
       .cells = [](const v1::Node& node) -> std::vector<std::string> {
         return {IdOf(node.name()),
                 node.address(),
                 node.version(),
                 TimeText(node.start_time()),
                 absl::StrCat(node.shard_count()),
                 absl::StrCat(node.waiting_delivery_count()),
                 DurationText(node.oldest_waiting()),
                 absl::StrCat(node.attempts_in_flight())};
       },
       .dispensable = {"SINCE", "VERSION", "LAG", "ADDRESS"}});
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
  AddServer(*admin, session);

  auto* nodes = admin->add_subcommand("nodes", "List the hookd processes that share the store");
  auto options = std::make_shared<PageOptions>();
  AddPageOptions(*nodes, *options);
  nodes->callback(
      [&session, options] { session.command = [&session, options] { return Nodes(session, *options); }; });
}

}  // namespace hookctl
