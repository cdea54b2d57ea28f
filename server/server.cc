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
#include "base/ahead_clock.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "delivery/acceptor.h"
#include "delivery/auto_disable.h"
#include "delivery/dispatcher.h"
#include "delivery/outcome_feed.h"
#include "delivery/redelivery.h"
#include "delivery/retention.h"
#include "delivery/tester.h"
#include "delivery/waiting_counts.h"
#include "delivery/webhook_table.h"
#include "delivery/webhooks.h"
#include "google/protobuf/message.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/caller_connections.h"
#include "grpc/grpc_listener.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/transport_hooks.h"
#include "grpc_drain.h"
#include "grpc_log.h"
#include "grpc_wake.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"
#include "health.h"
#include "http/curl_client.h"
#include "member.h"
#include "metrics/metrics.h"
#include "metrics/metrics_endpoint.h"
#include "metrics/process_metrics.h"
#include "rpc/admin_service.h"
#include "rpc/call_log.h"
#include "rpc/caller_guard.h"
#include "rpc/calls_under_way.h"
#include "rpc/delivery_service.h"
#include "rpc/event_service.h"
#include "rpc/token_service.h"
#include "rpc/webhook_service.h"
#include "store/open_store.h"
#include "watching.h"

namespace hookd {
namespace {

// Clocks of several machines, and keys of a burst, differ by less.
constexpr absl::Duration kNotedAhead = absl::Seconds(5);

// Every attempt under way is a descriptor, and so is every caller; the usual soft limit of 1,024 is for
// programs that use select().
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// What one caller can take of the others' share.
void LimitConnections(grpc::ServerBuilder& builder) {
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<int>(absl::ToInt64Milliseconds(duration));
  };
  builder.SetMaxReceiveMessageSize(limits::kMaxRequestBytes);
  // gRPC takes a message in, and unpacks it, before anybody can ask who sends it; and it looks at the size of
  // what it unpacked afterwards. So nothing packed is taken, and what is taken in is bounded in all.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  grpc::ResourceQuota quota("callers");
  builder.SetResourceQuota(quota.Resize(limits::kMaxCallersBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kMaxConcurrentCalls);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits::kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, milliseconds(limits::kHandshakeTimeout));
  // Or gRPC would take in megabytes of a stream that nobody reads, the faster the line the more.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, limits::kStreamWindowBytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             milliseconds(limits::kMinPingInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(limits::kKeepalive));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(limits::kKeepaliveTimeout));
}

// Where callers reach it, as far as it can tell: an address that stands for all of them is no help.
std::string AddressForCallers(Listening listening, int port) {
  for (const absl::string_view all : {"0.0.0.0", "[::]"}) {
    if (!absl::StartsWith(listening.address, absl::StrCat(all, ":"))) continue;
    char host[HOST_NAME_MAX + 1] = "";
    gethostname(host, sizeof(host) - 1);
    listening.address = absl::StrCat(host, ":", port);
  }
  return AddressWithPort(listening, port);
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
  return CurlClient::Create({.loops = limits::kHttpLoops,
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
  Health health{v1::EventService::service_full_name(),
                {v1::WebhookService::service_full_name(), v1::DeliveryService::service_full_name(),
                 v1::TokenService::service_full_name(), v1::AdminService::service_full_name()}};
  WebhookTable table;
  OutcomeFeed feed;
  std::unique_ptr<AheadClock> ahead_clock;  // what waits is reckoned with
  std::unique_ptr<WaitingCounts> counts;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<Store> store;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<Webhooks> webhooks;
  std::unique_ptr<AutoDisable> auto_disable;
  std::unique_ptr<Acceptor> acceptor;
  std::unique_ptr<Redelivery> redelivery;
  std::unique_ptr<Retention> retention;
  std::unique_ptr<Tester> tester;
  std::unique_ptr<Tokens> tokens;
  std::unique_ptr<Member> member;
  std::unique_ptr<TokenService> token_service;
  std::unique_ptr<WebhookService> webhook_service;
  std::unique_ptr<EventService> event_service;
  std::unique_ptr<DeliveryService> delivery_service;
  std::unique_ptr<AdminService> admin_service;
  CallsUnderWay calls;
  std::unique_ptr<CallerConnections> connections;
  std::unique_ptr<grpc::Server> grpc;
  std::unique_ptr<GrpcListener> listener;
  std::unique_ptr<GrpcWake> grpc_wake;
  int port = 0;
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

int Server::port() const { return parts_->port; }

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
  const absl::Status address = CheckAddress(options.listen);
  if (!address.ok()) return address;
  const absl::Status exposure = CheckExposure(options.listen, require_tokens);
  if (!exposure.ok()) return exposure;
  const auto credentials = MakeCredentials(options.listen);
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
  auto webhooks = parts.store->LoadWebhooks();
  if (!webhooks.ok()) return webhooks.status();
  parts.table.Put(*webhooks);

  auto egress = EgressGuard::Create(options.egress);
  if (!egress.ok()) return egress.status();
  parts.egress = *std::move(egress);
  auto http = MakeHttpClient(options, parts.egress,
                             [&parts](const std::string& unable) { parts.NoteSending(unable); });
  if (!http.ok()) return http.status();
  parts.http = *std::move(http);

  // Due times in the store are reckoned from then on; retention goes by the machine's clock, which deletes no
  // event too soon.
  parts.ahead_clock = std::make_unique<AheadClock>(clock, parts.store->opened_at_least());
  if (parts.ahead_clock->ahead() > kNotedAhead) {
    LogWarning("clock is behind the store: deliveries go on by the store's time",
               {{"seconds", absl::ToInt64Seconds(parts.ahead_clock->ahead())}});
  }
  parts.counts = std::make_unique<WaitingCounts>(
      WaitingCounts::Limits{.per_project = options.max_waiting_per_project, .in_all = options.max_waiting});
  parts.dispatcher = std::make_unique<Dispatcher>(Dispatcher::Parts{.store = parts.store.get(),
                                                                    .http = parts.http.get(),
                                                                    .table = &parts.table,
                                                                    .counts = parts.counts.get(),
                                                                    .feed = &parts.feed,
                                                                    .clock = parts.ahead_clock.get(),
                                                                    .random = Random::Real(),
                                                                    .metrics = parts.metrics.get(),
                                                                    .ahead = parts.ahead_clock->ahead(),
                                                                    .set_aside = &parts.set_aside},
                                                  Scheduler::Options());
  parts.webhooks = std::make_unique<Webhooks>(parts.store.get(), &parts.table, parts.dispatcher.get());
  parts.auto_disable =
      std::make_unique<AutoDisable>(parts.store.get(), parts.webhooks.get(), parts.ahead_clock.get(),
                                    parts.metrics.get(), options.auto_disable_after);
  for (const Webhook& webhook : *webhooks) {
    if (webhook.failing_since.has_value()) {
      parts.auto_disable->TakeUp({{webhook.key, *webhook.failing_since}});
    }
  }
  parts.dispatcher->SetAutoDisable(parts.auto_disable.get());
  parts.acceptor = std::make_unique<Acceptor>(parts.store.get(), &parts.table, parts.counts.get(),
                                              parts.dispatcher.get(), clock, parts.metrics.get());
  parts.redelivery = std::make_unique<Redelivery>(parts.store.get(), &parts.table, parts.counts.get(),
                                                  parts.dispatcher.get(), parts.ahead_clock.get());
  parts.retention = std::make_unique<Retention>(
      parts.store.get(), clock,
      Retention::Options{.keep = options.retention, .keep_delivered = options.delivered_retention},
      [dispatcher = parts.dispatcher.get()] { return dispatcher->Holds(0); });
  parts.tester = std::make_unique<Tester>(parts.http.get(), clock);
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
                                                        .webhooks = parts.webhooks.get(),
                                                        .tokens = parts.tokens.get(),
                                                        .dispatcher = parts.dispatcher.get(),
                                                        .counts = parts.counts.get(),
                                                        .feed = &parts.feed,
                                                        .health = &parts.health,
                                                        .clock = clock});
  const Callers callers = {.tokens = parts.tokens.get(), .clock = clock};
  parts.token_service = std::make_unique<TokenService>(callers, parts.tokens.get(), clock);
  parts.webhook_service = std::make_unique<WebhookService>(callers, parts.webhooks.get(), parts.tester.get(),
                                                           &parts.egress, clock);
  parts.event_service = std::make_unique<EventService>(callers, parts.acceptor.get(), parts.store.get());
  parts.delivery_service = std::make_unique<DeliveryService>(callers, parts.store.get(),
                                                             parts.redelivery.get(), &parts.feed, clock);
  parts.tokens->OnVoid([&parts] {
    parts.feed.WakeAll();
    parts.event_service->EndVoidStreams();
  });
  parts.admin_service = std::make_unique<AdminService>(
      callers, parts.store.get(),
      [member = parts.member.get()](auto done) { member->ListNodes(std::move(done)); });
  AddProcessMetrics(*parts.metrics, clock->Now());
  parts.connections = std::make_unique<CallerConnections>(clock);
  parts.metrics->Ask({{"hookd_store_writes_set_aside", "Outcomes that the store refuses one by one",
                       prometheus::MetricType::Gauge}},
                     [&parts] { return std::vector<double>{static_cast<double>(parts.set_aside)}; });
  AddWatched(*parts.metrics, {.health = &parts.health,
                              .connections = parts.connections.get(),
                              .counts = parts.counts.get(),
                              .dispatcher = parts.dispatcher.get(),
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

  // Nothing new may wait before what waits is counted; all else can be answered.
  if (cluster == nullptr) parts.counts->Hold();
  grpc::EnableDefaultHealthCheckService(true);
  // gRPC has no descriptor of that service; reflection finds the one that is linked in by this.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
  auto listener = GrpcListener::Create(options.listen.address, clock);
  if (!listener.ok()) {
    parts.options.drain_timeout = absl::ZeroDuration();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen.address,
                                               ": is the port taken, or the address not of this machine?"));
  }
  parts.listener = *std::move(listener);
  parts.port = parts.listener->port();
  grpc::ServerBuilder builder;
  LimitConnections(builder);
  auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, *credentials);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<CallLog>(parts.metrics.get(), clock));
  interceptors.push_back(parts.calls.MakeInterceptors());
  interceptors.push_back(std::make_unique<CallerGuard>(callers));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  builder.RegisterService(parts.token_service.get());
  builder.RegisterService(parts.webhook_service.get());
  builder.RegisterService(parts.event_service.get());
  builder.RegisterService(parts.delivery_service.get());
  builder.RegisterService(parts.admin_service.get());
  parts.grpc = builder.BuildAndStart();
  if (parts.grpc == nullptr) {
    parts.options.drain_timeout = absl::ZeroDuration();
    return absl::UnavailableError(
        absl::StrCat("gRPC does not serve on ", options.listen.address, ": the log says why"));
  }
  if (!HasTransportHooks()) {
    LogWarning("callers can exhaust memory and CPU: this build does not meter what they send",
               {{"reason", "not linked with gRPC 1.51 as in server/CMakeLists.txt"}});
  }
  parts.listener->Start(std::move(acceptor), parts.connections.get());
  parts.grpc_wake = std::make_unique<GrpcWake>(clock);
  parts.health.Tell(parts.grpc->GetHealthCheckService());

  parts.member->Join(AddressForCallers(options.listen, parts.port));
  if (cluster == nullptr) {
    const absl::Status started = parts.dispatcher->Start();
    if (!started.ok()) {
      parts.options.drain_timeout = absl::ZeroDuration();
      return started;
    }
    parts.counts->Release();
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
  std::unique_ptr<GrpcDrain> calls;
  if (parts.grpc != nullptr) {
    parts.health.SetDraining();
    parts.listener->StopListening();
    calls = std::make_unique<GrpcDrain>(parts.grpc.get());
    // Streams would hold it up: they end by themselves only when their callers do.
    parts.event_service->StopStreams();
    parts.feed.Close();
    if (parts.store->cluster() != nullptr) parts.store->cluster()->Retire();
    LogInfo("draining: no more calls are taken");
  }
  if (parts.dispatcher != nullptr) parts.dispatcher->Drain(left());
  if (parts.retention != nullptr) parts.retention->Stop();
  if (calls != nullptr) {
    parts.calls.AwaitNone(left());
    calls->EndConnections();
  }
  parts.http.reset();  // calls the dispatcher and the services of tests back, for which their callers wait
  // Nothing is under way any more.
  if (parts.store != nullptr && parts.store->cluster() != nullptr) {
    parts.store->cluster()->Leave(limits::kLeaveTimeout);
  }
  if (calls != nullptr) {
    calls.reset();
    parts.grpc->Shutdown();
    parts.grpc->Wait();
  }
  parts.listener.reset();
  parts.metrics_endpoint.reset();
  parts.tokens.reset();         // tells the store of last uses
  parts.admin_service.reset();  // its thread may still be leaving the store
  parts.store.reset();          // calls the dispatcher and the services back
  parts_.reset();
}

}  // namespace hookd
