#include "server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <thread>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "access/bootstrap_tokens.h"
#include "access/tokens.h"
#include "api/api.h"
#include "api/call_log.h"
#include "api/conversion/event_content.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "cluster_node.h"
#include "delivery/engine.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/grpc_log.h"
#include "grpc/grpc_server.h"
#include "health.h"
#include "hookd/v1/admin_service.pb.h"
#include "http/open_http_client.h"
#include "metrics/metrics.h"
#include "metrics/metrics_endpoint.h"
#include "metrics/process_metrics.h"
#include "server_metrics.h"
#include "server_status.h"
#include "store/open_store.h"
#include "web/web_server.h"

namespace hookd {
namespace {

using Credentials = std::shared_ptr<grpc::ServerCredentials>;

// Raises the soft limit of file descriptors to the hard limit. Every attempt in flight and every caller uses
// a descriptor; the usual soft limit of 1,024 is for programs that use select().
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// The address that callers on other machines can use: a wildcard address is replaced by the host name.
std::string AddressForCallers(std::string address, int port) {
  for (const absl::string_view wildcard : {"0.0.0.0", "[::]"}) {
    if (!absl::StartsWith(address, absl::StrCat(wildcard, ":"))) continue;
    char host[HOST_NAME_MAX + 1] = "";
    gethostname(host, sizeof(host) - 1);
    address = absl::StrCat(host, ":", port);
  }
  return AddressWithPort(address, port);
}

// Whether callers must authenticate. A tokens file implies it.
bool RequiresTokens(const Server::Options& options) {
  return options.require_tokens || !options.tokens_file.empty();
}

// The address of HTTP, with the rest as for gRPC.
ListenOptions HttpListen(const Server::Options& options) {
  ListenOptions listen = options.listen;
  listen.address = options.http_listen;
  return listen;
}

std::optional<Console::Options> ConsoleOptions(const Server::Options& options) {
  if (!options.console) return std::nullopt;
  return Console::Options{.frame_ancestors = options.console_frame_ancestors,
                          .theme_file = options.console_theme,
                          .logo_file = options.console_logo};
}

absl::StatusOr<SecretBox> ReadEncryptionKeys(const Server::Options& options) {
  return options.encryption_key_file.empty() ? SecretBox() : SecretBox::FromFile(options.encryption_key_file);
}

}  // namespace

// The parts of a server. Shutdown ends them in an order in which each part outlives those that call it.
struct Server::Parts {
  // The steps of Create, in their order.
  absl::Status OpenStore();
  absl::Status CreateHttpClient();
  absl::Status CreateEngine();
  absl::Status LoadTokens();
  void CreateApi();
  absl::Status ServeMetrics();
  absl::Status Serve(Credentials credentials);
  absl::Status ServeHttp();

  absl::Status ReloadTokensFile();
  // Called on the store's thread after each commit.
  void OnCommit(const CommitQueue::Commit& commit);
  // Called on a thread of the HTTP client; `unable` is as in HttpClientOptions::on_able.
  void OnAbleToSend(const std::string& unable);

  Options options;
  Clock* const clock = Clock::Real();
  EgressGuard egress;
  std::shared_ptr<Metrics> metrics = std::make_shared<Metrics>();
  Health health{"hookd.v1.EventService",
                {"hookd.v1.ProjectService", "hookd.v1.WebhookService", "hookd.v1.DeliveryService",
                 "hookd.v1.TokenService", "hookd.v1.AdminService"}};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<Tokens> tokens;
  std::unique_ptr<ClusterNode> node;
  std::unique_ptr<ServerStatus> status;
  std::unique_ptr<Api> api;
  std::unique_ptr<CallLog> call_log;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<WebServer> web;
  std::unique_ptr<MetricsEndpoint> metrics_endpoint;

  std::atomic<size_t> set_aside = 0;  // outcomes that the store refuses one by one
};

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options) {
  RaiseDescriptorLimit();
  // Protocol Buffers would print a line for every string that is not valid UTF-8; the caller gets an error.
  google::protobuf::SetLogHandler(nullptr);
  RouteGrpcLog();
  // If a step fails, the destructor ends the parts that were created.
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>()));
  Parts& parts = *server->parts_;
  parts.options = options;

  HOOKD_RETURN_IF_ERROR(CheckAddress(options.listen.address));
  HOOKD_RETURN_IF_ERROR(CheckExposure(options.listen, RequiresTokens(options)));
  if (!options.http_listen.empty()) {
    HOOKD_RETURN_IF_ERROR(CheckAddress(options.http_listen));
    HOOKD_RETURN_IF_ERROR(CheckExposure(HttpListen(options), RequiresTokens(options)));
  }
  HOOKD_ASSIGN_OR_RETURN(auto credentials, MakeCredentials(options.listen.tls));
  HOOKD_RETURN_IF_ERROR(parts.OpenStore());
  HOOKD_RETURN_IF_ERROR(parts.CreateHttpClient());
  HOOKD_RETURN_IF_ERROR(parts.CreateEngine());
  HOOKD_RETURN_IF_ERROR(parts.LoadTokens());
  parts.CreateApi();
  HOOKD_RETURN_IF_ERROR(parts.ServeMetrics());
  absl::Status served = parts.Serve(std::move(credentials));
  if (served.ok()) served = parts.ServeHttp();
  if (!served.ok()) {
    parts.options.drain_timeout = absl::ZeroDuration();
    return served;
  }
  AddHttpCallerMetrics(*parts.metrics, parts.web.get());
  parts.status->SetWeb(parts.web.get());
  return server;
}

absl::Status Server::Parts::OpenStore() {
  HOOKD_ASSIGN_OR_RETURN(SecretBox secrets, ReadEncryptionKeys(options));
  auto opened =
      hookd::OpenStore({.url = options.store,
                        .data_dir = options.data_dir,
                        .secrets = std::move(secrets),
                        .search = {.enabled = options.search_index, .read_content = ReadEventContent},
                        .on_commit = [this](const CommitQueue::Commit& commit) { OnCommit(commit); },
                        .clock = clock,
                        .max_bytes = options.max_store_bytes,
                        .min_free_bytes = options.min_free_bytes,
                        .on_room = [this](bool has_room) { health.SetHasRoom(has_room); },
                        .on_slow_start = options.on_slow_start,
                        .lease = options.lease});
  HOOKD_ASSIGN_OR_RETURN(store, std::move(opened));
  return absl::OkStatus();
}

absl::Status Server::Parts::CreateHttpClient() {
  HOOKD_ASSIGN_OR_RETURN(egress, EgressGuard::Create(options.egress));
  auto created = OpenHttpClient({.ca_file = options.tls_ca,
                                 .egress = egress,
                                 .proxy = options.egress_proxy,
                                 .name_servers = options.egress_name_servers,
                                 .http2 = options.egress_http2,
                                 .connection_lifetime = options.egress_connection_lifetime,
                                 .on_able = [this](const std::string& unable) { OnAbleToSend(unable); }});
  HOOKD_ASSIGN_OR_RETURN(http, std::move(created));
  return absl::OkStatus();
}

absl::Status Server::Parts::CreateEngine() {
  auto created = Engine::Create(
      {.store = store.get(),
       .http = http.get(),
       .clock = clock,
       .random = Random::Real(),
       .metrics = metrics.get(),
       .waiting = {.per_project = options.max_pending_per_project, .total = options.max_pending},
       .auto_disable_after = options.auto_disable_after,
       .retention =
           Retention::Options{.keep = options.retention, .keep_delivered = options.delivered_retention},
       .index_events = true,
       .set_aside = &set_aside});
  HOOKD_ASSIGN_OR_RETURN(engine, std::move(created));
  return absl::OkStatus();
}

absl::Status Server::Parts::LoadTokens() {
  tokens = std::make_unique<Tokens>(store.get(), clock);
  if (RequiresTokens(options)) tokens->Require();
  HOOKD_RETURN_IF_ERROR(tokens->Start());
  HOOKD_RETURN_IF_ERROR(ReloadTokensFile());
  if (options.require_tokens && options.tokens_file.empty() && tokens->List("", 1).empty()) {
    LogWarning(
        "every call is refused: callers need a token and there is none. Let the first administrator in with "
        "--tokens_file, a file with the line \"hookd_SECRET admin *\", and then: hookctl tokens create");
  }
  return absl::OkStatus();
}

void Server::Parts::CreateApi() {
  node = std::make_unique<ClusterNode>(ClusterNode::Parts{.cluster = store->cluster(),
                                                          .engine = engine.get(),
                                                          .tokens = tokens.get(),
                                                          .health = &health,
                                                          .clock = clock});
  status = std::make_unique<ServerStatus>(
      ServerStatus::Parts{.health = &health,
                          .node = node.get(),
                          .engine = engine.get(),
                          .store = store.get(),
                          .http = http.get(),
                          .clock = clock,
                          .store_location = DescribeStore(options.store, options.data_dir),
                          .max_store_bytes = options.max_store_bytes,
                          .min_free_bytes = options.min_free_bytes,
                          .settings = options.settings});
  api =
      std::make_unique<Api>(Api::Parts{.clock = clock,
                                       .store = store.get(),
                                       .tokens = tokens.get(),
                                       .engine = engine.get(),
                                       .egress = &egress,
                                       .list_nodes = [this](auto done) { node->ListNodes(std::move(done)); },
                                       .read_server = [this] { return status->Read(); }});
  status->SetApi(api.get());
  tokens->OnVoid([this] { api->EndStreamsWithoutToken(); });
  call_log = std::make_unique<CallLog>(metrics.get(), clock);
}

absl::Status Server::Parts::ServeMetrics() {
  AddProcessMetrics(*metrics, clock->Now());
  metrics->Ask({{"hookd_store_writes_set_aside", "Outcomes that the store rejects individually",
                 prometheus::MetricType::Gauge}},
               [this] { return std::vector<double>{static_cast<double>(set_aside)}; });
  AddServerMetrics(*metrics, {.health = &health,
                              .counts = engine->counts(),
                              .dispatcher = engine->dispatcher(),
                              .statistics = engine->statistics(),
                              .store = store.get(),
                              .http = http.get()});
  if (options.metrics_listen.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(metrics_endpoint, MetricsEndpoint::Create(options.metrics_listen, metrics));
  if (IsExposed(options.metrics_listen)) {
    LogWarning(
        "other machines can read the metrics, without TLS and without a token: restrict who reaches the "
        "port, or give --metrics_listen a loopback address",
        {{"address", options.metrics_listen}});
  }
  return absl::OkStatus();
}

absl::Status Server::Parts::Serve(Credentials credentials) {
  auto created = GrpcServer::Create({.address = options.listen.address,
                                     .credentials = std::move(credentials),
                                     .api = api.get(),
                                     .call_log = call_log.get(),
                                     .clock = clock});
  HOOKD_ASSIGN_OR_RETURN(grpc, std::move(created));
  AddCallerConnectionMetrics(*metrics, &grpc->connections());
  status->SetGrpc(&grpc->connections());
  health.Subscribe([this](const std::string& service, bool serving) { grpc->SetServing(service, serving); });
  node->Join(AddressForCallers(options.listen.address, grpc->port()));
  HOOKD_RETURN_IF_ERROR(engine->Start());
  health.SetRecovered();
  return absl::OkStatus();
}

absl::Status Server::Parts::ServeHttp() {
  if (options.http_listen.empty()) return absl::OkStatus();
  auto created =
      WebServer::Create({.address = options.http_listen,
                         .tls = options.listen.tls,
                         .browsers = {.loopback_without_tokens =
                                          IsLoopbackPort(options.http_listen) && !RequiresTokens(options),
                                      .allowed_origins = options.http_allow_origin},
                         .console = ConsoleOptions(options),
                         .api = api.get(),
                         .call_log = call_log.get(),
                         .serving = [this] { return health.serving(); }});
  if (absl::IsUnavailable(created.status()) && options.http_optional) {
    LogWarning("HTTP is not served: set --http_listen to another address, or to nothing",
               {{"error", created.status().message()}});
    return absl::OkStatus();
  }
  HOOKD_ASSIGN_OR_RETURN(web, std::move(created));
  if (!RequiresTokens(options) && absl::c_linear_search(options.http_allow_origin, "*")) {
    LogWarning(
        "every web page that is opened on a machine that reaches hookd can call it: require tokens, or list "
        "the origins in --http_allow_origin");
  }
  return absl::OkStatus();
}

absl::Status Server::Parts::ReloadTokensFile() {
  if (options.tokens_file.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(auto read, ReadBootstrapTokens(options.tokens_file));
  tokens->SetBootstrap(std::move(read));
  return absl::OkStatus();
}

void Server::Parts::OnCommit(const CommitQueue::Commit& commit) {
  health.SetWritable(commit.writable);
  set_aside = commit.set_aside;
  if (!commit.status.ok()) return metrics->commit_failures.Increment();
  metrics->commit_writes.Observe(static_cast<double>(commit.writes));
  Observe(metrics->commit, commit.duration);
}

void Server::Parts::OnAbleToSend(const std::string& unable) {
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

std::optional<int> Server::http_port() const {
  if (parts_->web == nullptr) return std::nullopt;
  return parts_->web->port();
}

std::string Server::store() const { return DescribeStore(parts_->options.store, parts_->options.data_dir); }

int Server::metrics_port() const {
  return parts_->metrics_endpoint == nullptr ? 0 : parts_->metrics_endpoint->port();
}

absl::Status Server::Reload() { return parts_->ReloadTokensFile(); }

void Server::Ping(std::function<void()> done) { parts_->store->Ping(std::move(done)); }

void Server::Shutdown() {
  if (parts_ == nullptr) return;
  Parts& parts = *parts_;
  const absl::Time deadline = absl::Now() + parts.options.drain_timeout;
  const auto left = [deadline] { return std::max(deadline - absl::Now(), absl::ZeroDuration()); };
  if (parts.grpc != nullptr) {
    parts.health.SetDraining();
    parts.grpc->StopAccepting();
    if (parts.web != nullptr) parts.web->StopAccepting();
    // Streams would delay the shutdown, because they end by themselves only when their callers end them.
    parts.api->StopStreams();
    if (parts.store->cluster() != nullptr) parts.store->cluster()->Retire();
    LogInfo("draining: new calls are refused");
  }
  if (parts.engine != nullptr) parts.engine->Drain(left());
  if (parts.grpc != nullptr) {
    parts.grpc->AwaitCalls(left());
    if (parts.web != nullptr) parts.web->AwaitCalls(left());
    parts.grpc->EndConnections();
    if (parts.web != nullptr) parts.web->EndConnections();
  }
  parts.metrics_endpoint.reset();  // reads the statistics of the HTTP client
  if (parts.status != nullptr) parts.status->Stop();
  parts.http.reset();  // completes the attempts and tests in flight
  // No call and no attempt is in flight any more.
  if (parts.engine != nullptr) parts.engine->StopStatistics(std::max(left(), tuning::kStatsStopTimeout));
  if (parts.store != nullptr && parts.store->cluster() != nullptr) {
    parts.store->cluster()->Leave(limits::kLeaveTimeout);
  }
  if (parts.grpc != nullptr) parts.grpc->Shutdown();
  parts.tokens.reset();  // writes last-used times to the store
  if (parts.api != nullptr) parts.api->AwaitBackup();
  parts.store.reset();  // calls the engine and the services back for the last writes
  parts_.reset();
}

}  // namespace hookd
