// hookctl admin server: what the process that answers is, how it is set up, and what it has to do.
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hookctl/commands.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

constexpr char kServerFooter[] =
    R"(Of the settings, those that differ from their defaults are listed; -o wide lists all of them.)";

// Such as `1.5 GiB`.
std::string BytesText(int64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  double number = static_cast<double>(bytes);
  while (number >= 1024 && unit + 1 < kUnits.size()) {
    number /= 1024;
    ++unit;
  }
  return unit == 0 ? absl::StrCat(bytes, " ", kUnits[0]) : absl::StrFormat("%.1f %s", number, kUnits[unit]);
}

// The location of a PostgreSQL says what it is.
std::string StoreText(const v1::ServerStore& store) {
  return absl::StrCat(store.engine() == v1::STORE_ENGINE_SQLITE ? "SQLite in " : "", store.location());
}

std::string RoomText(const v1::ServerStore& store) {
  std::string text = store.has_bytes() ? absl::StrCat(BytesText(store.bytes()), " used") : "size unknown";
  if (store.has_max_bytes()) absl::StrAppend(&text, " of ", BytesText(store.max_bytes()));
  if (store.has_free_bytes())
    absl::StrAppend(&text, ", ", BytesText(store.free_bytes()), " free on the disk");
  if (store.has_min_free_bytes()) {
    absl::StrAppend(&text, " (at least ", BytesText(store.min_free_bytes()), " are kept)");
  }
  return text;
}

std::string WritesText(const v1::ServerStore& store) {
  if (!store.writable()) return "no: the last write failed";
  return store.has_room() ? "yes" : "only results of deliveries: there is no room for events";
}

void PrintServer(const Session& session, const v1::Server& server) {
  const v1::ServerLoad& load = server.load();
  std::ostream& out = session.terminal.out;
  PrintFields(out,
              {{"Version", server.version()},
               {"Node", IdOf(server.node())},
               {"Started", TimeText(server.start_time())},
               {"Serving", server.serving() ? "yes" : "no"},
               {"Store", StoreText(server.store())},
               {"Room", RoomText(server.store())},
               {"Accepts writes", WritesText(server.store())},
               {"Pending deliveries", WithCommas(load.pending_delivery_count())},
               {"Lag", DurationText(load.oldest_waiting())},
               {"Attempts in flight",
                absl::StrCat(WithCommas(load.attempt_count()), " of ", WithCommas(load.max_attempt_count()))},
               {"Open circuits", WithCommas(load.open_circuit_count())},
               {"Held webhooks", WithCommas(load.held_webhook_count())},
               {"Shards", WithCommas(load.shard_count())},
               {"Queued writes", WithCommas(load.queued_write_count())},
               {"Watchers", WithCommas(load.watcher_count())},
               {"Connections", absl::StrCat(WithCommas(load.endpoint_connection_count()), " to endpoints, ",
                                            WithCommas(load.grpc_connection_count()), " gRPC, ",
                                            WithCommas(load.http_connection_count()), " HTTP")}});
  Table settings({"SETTING", "VALUE", "DEFAULT"});
  bool any = false;
  for (const v1::Setting& setting : server.settings()) {
    if (!setting.customized() && !session.wide) continue;
    settings.Add({setting.name(), setting.value(), setting.default_value()});
    any = true;
  }
  if (!any) return;
  out << "\n";
  settings.Print(out, session.wide ? 0 : session.terminal.width);
}

int ShowServer(Session& session) {
  v1::Server server;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().admin().GetServer(context, v1::GetServerRequest(), &server);
  });
  if (!status.ok()) return session.Fail(status);
  if (session.json) {
    session.terminal.out << ToJson(server);
  } else {
    PrintServer(session, server);
  }
  return kOk;
}

}  // namespace

void AddServer(CLI::App& admin, Session& session) {
  auto* server = admin.add_subcommand("server", "Show the version, settings, store and load of hookd");
  SetFooter(*server, kServerFooter);
  server->callback([&session] { session.command = [&session] { return ShowServer(session); }; });
}

}  // namespace hookctl
