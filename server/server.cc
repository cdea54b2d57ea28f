#include "server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "access/bootstrap_tokens.h"
#include "access/tokens.h"
#include "api/api.h"
#include "api/call_log.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/tuning.h"
#include "delivery/engine.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/grpc_log.h"
#include "grpc/grpc_server.h"
#include "health.h"
#include "hookd/v1/admin_service.pb.h"
#include "http/curl_client.h"
#include "member.h"
#include "metrics/metrics.h"
#include "metrics/metrics_endpoint.h"
#include "metrics/process_metrics.h"
#include "store/open_store.h"
#include "watching.h"

namespace hookd {
namespace {

// Every attempt under way is a descriptor, and so is every caller; the usual soft limit of 1,024 is for
// programs that use select().
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Where callers reach it, as far as it can tell: an address that stands for all of them is no help.
std::string AddressForCallers(std::string address, int port) {
  for (const absl::string_view all : {"0.0.0.0", "[::]"}) {
    if (!absl::StartsWith(address, absl::StrCat(all, ":"))) continue;
    char host[HOST_NAME_MAX + 1] = "";
    gethostname(host, sizeof(host) - 1);
    address = absl::StrCat(host, ":", port);
  }
  return AddressWithPort(address, port);
}

absl::StatusOr<std::unique_ptr<HttpClient>> MakeHttpClient(
    const Server::Options& options, const EgressGuard& egress,
    std::function<void(const std::string& unable)> on_able) {
  if (options.egress_http2) {
    if (!options.egress_proxy.empty()) {
      return absl::InvalidArgumentError(
          "--egress_http2: HTTP/2 does not go by a proxy; leave out --egress_http2 or --egress_proxy");
    }
    if (absl::Status status = CurlClient::CheckHttp2(); !status.ok()) return status;
  }
  return CurlClient::Create({.loops = tuning::kHttpLoops,
                             .max_connections = limits::kMaxConcurrency,
                             .max_body_bytes = limits::kMaxResponseBodyBytes,
                             .ca_file = options.tls_ca,
                             .egress = egress,
                             .proxy = options.egress_proxy,
                             .name_servers = options.egress_name_servers,
                             .http2 = options.egress_http2,
                             .isolate_unproven = true,
                             .connection_lifetime = options.egress_connection_lifetime,
                             .on_able = std::move(on_able)});
}

}  // namespace

// In the order they are made; taken apart by Shutdown, in the order that each needs the others.
struct Server::Parts {
  Options options;
  EgressGuard egress;
  std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>();
  Health health{"hookd.v1.EventService",
                {"hookd.v1.WebhookService", "hookd.v1.DeliveryService", "hookd.v1.TokenService",
                 "hookd.v1.AdminService"}};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<Tokens> tokens;
  std::unique_ptr<Member> member;
  std::unique_ptr<Api> api;
  std::unique_ptr<CallLog> call_log;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<MetricsEndpoint> metrics_endpoint;

  std::atomic<size_t> set_aside = 0;  // writes of the store

  // On the store's thread.
  void Note(const CommitQueue::Commit& commit);
  // On a thread of the HTTP client's; `unable` as CurlClient::Options::on_able has it.
  void NoteSending(const std::string& unable);
};

void Server::Parts::Note(const CommitQueue::Commit& commit) {
  health.SetWritable(commit.writable);
  set_aside = commit.set_aside;
  if (!commit.status.ok()) return metrics->commit_failures.Increment();
  metrics->commit_writes.Observe(static_cast<double>(commit.writes));
  Observe(metrics->commit, commit.duration);
}

void Server::Parts::NoteSending(const std::string& unable) {
  const bool able = unable.empty();
  if (able) {
    LogInfo("HTTP client able to send again");
  } else {
    LogError("HTTP client unable to send", {{"error", unable}});
  }
  health.SetSending(able);
  if (store->cluster() != nullptr) store->cluster()->SetAble(able);
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(); }

int Server::port() const { return parts_->grpc->port(); }

std::string Server::store() const { return DescribeStore(parts_->options.store, parts_->options.data_dir); }

int Server::metrics_port() const {
  return parts_->metrics_endpoint == nullptr ? 0 : parts_->metrics_endpoint->port();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options) {
  RaiseDescriptorLimit();
  // Protocol Buffers would print a line for every string they refuse; the caller is told, and the log is
  // ours.
  google::protobuf::SetLogHandler(nullptr);
  TakeOverGrpcLog();
  Clock* const clock = Clock::Real();
  // From here on the destructor takes apart whatever was made.
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>()));
  Parts& parts = *server->parts_;
  parts.options = options;

  const bool require_tokens = options.require_tokens || !options.tokens_file.empty();
  const absl::Status address = CheckAddress(options.listen.address);
  if (!address.ok()) return address;
  const absl::Status exposure = CheckExposure(options.listen, require_tokens);
  if (!exposure.ok()) return exposure;
  const auto credentials = MakeCredentials(options.listen.tls);
  if (!credentials.ok()) return credentials.status();
  SecretBox secrets;
  if (!options.encryption_key_file.empty()) {
    auto keys = SecretBox::FromFile(options.encryption_key_file);
    if (!keys.ok()) return keys.status();
    secrets = *std::move(keys);
  }
  const auto on_commit = [&parts](const CommitQueue::Commit& commit) { parts.Note(commit); };
  auto store = OpenStore({.url = options.store,
                          .data_dir = options.data_dir,
                          .secrets = std::move(secrets),
                          .on_commit = on_commit,
                          .clock = clock,
                          .max_bytes = options.max_store_bytes,
                          .min_free_bytes = options.min_free_bytes,
                          .on_room = [&parts](bool has_room) { parts.health.SetHasRoom(has_room); },
                          .on_slow_start = options.on_slow_start,
                          .lease = options.lease});
  if (!store.ok()) return store.status();
  parts.store = *std::move(store);
  Cluster* const cluster = parts.store->cluster();
  auto egress = EgressGuard::Create(options.egress);
  if (!egress.ok()) return egress.status();
  parts.egress = *std::move(egress);
  auto http = MakeHttpClient(options, parts.egress,
                             [&parts](const std::string& unable) { parts.NoteSending(unable); });
  if (!http.ok()) return http.status();
  parts.http = *std::move(http);

  auto engine = Engine::Create(
      {.store = parts.store.get(),
       .http = parts.http.get(),
       .clock = clock,
       .random = Random::Real(),
       .metrics = parts.metrics.get(),
       .waiting = {.per_project = options.max_waiting_per_project, .in_all = options.max_waiting},
       .auto_disable_after = options.auto_disable_after,
       .retention =
           Retention::Options{.keep = options.retention, .keep_delivered = options.delivered_retention},
       .set_aside = &parts.set_aside});
  if (!engine.ok()) return engine.status();
  parts.engine = *std::move(engine);
  parts.tokens = std::make_unique<Tokens>(parts.store.get(), clock);
  if (require_tokens) parts.tokens->Require();
  absl::Status tokens = parts.tokens->Start();
  if (tokens.ok()) tokens = server->Reload();
  if (!tokens.ok()) return tokens;
  if (require_tokens && options.tokens_file.empty() && parts.tokens->List("", 1).empty()) {
    LogWarning(
        "callers need a token and there is none: every call is refused. Let the first administrator in with "
        "--tokens_file, a file with the line \"hookd_SECRET admin *\", and then: hookctl tokens create");
  }
  parts.member = std::make_unique<Member>(Member::Parts{.cluster = cluster,
                                                        .engine = parts.engine.get(),
                                                        .tokens = parts.tokens.get(),
                                                        .health = &parts.health,
                                                        .clock = clock});
  parts.api = std::make_unique<Api>(Api::Parts{
      .clock = clock,
      .store = parts.store.get(),
      .tokens = parts.tokens.get(),
      .engine = parts.engine.get(),
      .egress = &parts.egress,
      .list_nodes = [member = parts.member.get()](auto done) { member->ListNodes(std::move(done)); }});
  parts.tokens->OnVoid([api = parts.api.get()] { api->EndStreamsWithoutToken(); });
  parts.call_log = std::make_unique<CallLog>(parts.metrics.get(), clock);
  AddProcessMetrics(*parts.metrics, clock->Now());
  parts.metrics->Ask({{"hookd_store_writes_set_aside", "Outcomes that the store refuses one by one",
                       prometheus::MetricType::Gauge}},
                     [&parts] { return std::vector<double>{static_cast<double>(parts.set_aside)}; });
  AddWatched(*parts.metrics, {.health = &parts.health,
                              .counts = parts.engine->counts(),
                              .dispatcher = parts.engine->dispatcher(),
                              .store = parts.store.get(),
                              .http = parts.http.get()});
  if (!options.metrics_listen.empty()) {
    auto endpoint = MetricsEndpoint::Create(options.metrics_listen, parts.metrics);
    if (!endpoint.ok()) return endpoint.status();
    parts.metrics_endpoint = *std::move(endpoint);
    if (IsExposed(options.metrics_listen)) {
      LogWarning(
          "other machines can read the metrics, without TLS and without a token: restrict who reaches the "
          "port, or give --metrics_listen a loopback address",
          {{"address", options.metrics_listen}});
    }
  }

  auto grpc = GrpcServer::Create({.address = options.listen.address,
                                  .credentials = *credentials,
                                  .api = parts.api.get(),
                                  .call_log = parts.call_log.get(),
                                  .clock = clock});
  if (!grpc.ok()) {
    parts.options.drain_timeout = absl::ZeroDuration();
    return grpc.status();
  }
  parts.grpc = *std::move(grpc);
  AddCallerConnections(*parts.metrics, &parts.grpc->connections());
  parts.health.Subscribe([grpc = parts.grpc.get()](const std::string& service, bool serving) {
    grpc->SetServing(service, serving);
  });

  parts.member->Join(AddressForCallers(options.listen.address, parts.grpc->port()));
  const absl::Status started = parts.engine->Start();
  if (!started.ok()) {
    parts.options.drain_timeout = absl::ZeroDuration();
    return started;
  }
  parts.health.SetRecovered();
  return server;
}

absl::Status Server::Reload() {
  if (parts_->options.tokens_file.empty()) return absl::OkStatus();
  auto tokens = ReadBootstrapTokens(parts_->options.tokens_file);
  if (!tokens.ok()) return tokens.status();
  parts_->tokens->SetBootstrap(*std::move(tokens));
  return absl::OkStatus();
}

void Server::Ping(std::function<void()> done) { parts_->store->Ping(std::move(done)); }

void Server::Shutdown() {
  if (parts_ == nullptr) return;
  Parts& parts = *parts_;
  const absl::Time deadline = absl::Now() + parts.options.drain_timeout;
  const auto left = [deadline] { return std::max(deadline - absl::Now(), absl::ZeroDuration()); };
  if (parts.grpc != nullptr) {
    parts.health.SetDraining();
    parts.grpc->StopAccepting();
    // Streams would hold it up: they end by themselves only when their callers do.
    parts.api->StopStreams();
    if (parts.store->cluster() != nullptr) parts.store->cluster()->Retire();
    LogInfo("draining: no more calls are taken");
  }
  if (parts.engine != nullptr) parts.engine->Drain(left());
  if (parts.grpc != nullptr) {
    parts.grpc->AwaitCalls(left());
    parts.grpc->EndConnections();
  }
  parts.metrics_endpoint.reset();  // asks the HTTP client for its statistics
  parts.http.reset();  // calls the engine and the services of tests back, for which their callers wait
  // Nothing is under way any more.
  if (parts.store != nullptr && parts.store->cluster() != nullptr) {
    parts.store->cluster()->Leave(limits::kLeaveTimeout);
  }
  if (parts.grpc != nullptr) parts.grpc->Shutdown();
  parts.tokens.reset();  // tells the store of last uses
  if (parts.api != nullptr) parts.api->AwaitBackup();
  parts.store.reset();  // calls the engine and the services back
  parts_.reset();
}

}  // namespace hookd
