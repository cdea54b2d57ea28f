#include "server.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "delivery/acceptor.h"
#include "delivery/auto_disable.h"
#include "delivery/dispatcher.h"
#include "delivery/liveness.h"
#include "delivery/outcome_feed.h"
#include "delivery/redelivery.h"
#include "delivery/retention.h"
#include "delivery/tester.h"
#include "delivery/waiting_counts.h"
#include "delivery/webhook_table.h"
#include "delivery/webhooks.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc_drain.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "http/curl_client.h"
#include "rpc/admin_service.h"
#include "rpc/calls_under_way.h"
#include "rpc/delivery_service.h"
#include "rpc/event_service.h"
#include "rpc/webhook_service.h"
#include "spdlog/spdlog.h"
#include "store/sqlite_store.h"

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

}  // namespace

// In the order they are made; taken apart by Shutdown, in the order that each needs the others.
struct Server::Parts {
  Options options;
  WebhookTable table;
  OutcomeFeed feed;
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
  std::unique_ptr<WebhookService> webhook_service;
  std::unique_ptr<EventService> event_service;
  std::unique_ptr<DeliveryService> delivery_service;
  std::unique_ptr<AdminService> admin_service;
  CallsUnderWay calls;
  std::unique_ptr<grpc::Server> grpc;
  int port = 0;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(); }

int Server::port() const { return parts_->port; }

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options) {
  RaiseDescriptorLimit();
  // Protocol Buffers would print a line for every string they refuse; the caller is told, and the log is
  // ours.
  google::protobuf::SetLogHandler(nullptr);
  Clock* const clock = Clock::Real();
  // From here on the destructor takes apart whatever was made.
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>()));
  Parts& parts = *server->parts_;
  parts.options = options;

  auto store = SqliteStore::Create(
      {.data_dir = options.data_dir,
       .clock = clock,
       .room = {.max_bytes = options.max_store_bytes, .min_free_bytes = options.min_free_bytes}});
  if (!store.ok()) return store.status();
  parts.store = *std::move(store);
  auto webhooks = parts.store->LoadWebhooks();
  if (!webhooks.ok()) return webhooks.status();
  parts.table.Put(*webhooks);

  auto http = CurlClient::Create({.max_connections = limits::kMaxConcurrency,
                                  .max_body_bytes = limits::kMaxResponseBodyBytes,
                                  .ca_file = options.tls_ca});
  if (!http.ok()) return http.status();
  parts.http = *std::move(http);

  parts.counts = std::make_unique<WaitingCounts>(
      WaitingCounts::Limits{.per_project = options.max_waiting_per_project, .in_all = options.max_waiting});
  parts.dispatcher = std::make_unique<Dispatcher>(Dispatcher::Parts{.store = parts.store.get(),
                                                                    .http = parts.http.get(),
                                                                    .table = &parts.table,
                                                                    .counts = parts.counts.get(),
                                                                    .feed = &parts.feed,
                                                                    .clock = clock,
                                                                    .random = Random::Real()},
                                                  Scheduler::Options());
  parts.webhooks = std::make_unique<Webhooks>(parts.store.get(), &parts.table, parts.dispatcher.get());
  parts.auto_disable = std::make_unique<AutoDisable>(parts.store.get(), parts.webhooks.get(), clock,
                                                     options.auto_disable_after);
  parts.auto_disable->Start(*webhooks);
  parts.dispatcher->SetAutoDisable(parts.auto_disable.get());
  parts.acceptor =
      std::make_unique<Acceptor>(parts.store.get(), &parts.table, parts.counts.get(), parts.dispatcher.get());
  parts.redelivery = std::make_unique<Redelivery>(parts.store.get(), &parts.table, parts.counts.get(),
                                                  parts.dispatcher.get(), clock);
  parts.retention = std::make_unique<Retention>(
      parts.store.get(), clock,
      Retention::Options{.keep = options.retention, .keep_delivered = options.delivered_retention});
  parts.tester = std::make_unique<Tester>(parts.http.get(), clock);
  parts.webhook_service = std::make_unique<WebhookService>(parts.webhooks.get(), parts.tester.get(), clock);
  parts.event_service = std::make_unique<EventService>(parts.acceptor.get(), parts.store.get());
  parts.delivery_service =
      std::make_unique<DeliveryService>(parts.store.get(), parts.redelivery.get(), &parts.feed);

  parts.admin_service = std::make_unique<AdminService>(parts.store.get());

  const absl::Status started = parts.dispatcher->Start();
  if (!started.ok()) return started;

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(limits::kMaxRequestBytes);
  // A second hookd on the port must fail, not share it.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(parts.calls.MakeInterceptors());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &parts.port);
  builder.RegisterService(parts.webhook_service.get());
  builder.RegisterService(parts.event_service.get());
  builder.RegisterService(parts.delivery_service.get());
  builder.RegisterService(parts.admin_service.get());
  parts.grpc = builder.BuildAndStart();
  if (parts.grpc == nullptr || parts.port == 0) {
    parts.options.drain_timeout = absl::ZeroDuration();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen,
                                               ": is the port taken, or the address not of this machine?"));
  }
  return server;
}

absl::Status Server::Reload() { return absl::OkStatus(); }

void Server::Ping(std::function<void()> done) { PingStore(*parts_->store, std::move(done)); }

void Server::Shutdown() {
  if (parts_ == nullptr) return;
  Parts& parts = *parts_;
  const absl::Time deadline = absl::Now() + parts.options.drain_timeout;
  const auto left = [deadline] { return std::max(deadline - absl::Now(), absl::ZeroDuration()); };
  std::unique_ptr<GrpcDrain> calls;
  if (parts.grpc != nullptr) {
    if (auto* health = parts.grpc->GetHealthCheckService()) health->SetServingStatus(false);
    calls = std::make_unique<GrpcDrain>(parts.grpc.get());
    // Streams would hold it up: they end by themselves only when their callers do.
    parts.event_service->StopStreams();
    parts.feed.Close();
    spdlog::info("draining: no more calls are taken");
  }
  if (parts.dispatcher != nullptr) parts.dispatcher->Drain(left());
  if (parts.retention != nullptr) parts.retention->Stop();
  if (calls != nullptr) {
    parts.calls.AwaitNone(left());
    calls->EndConnections();
  }
  parts.http.reset();  // calls the dispatcher and the services of tests back, for which their callers wait
  if (calls != nullptr) {
    calls.reset();
    parts.grpc->Shutdown();
    parts.grpc->Wait();
  }
  parts.admin_service.reset();  // its thread may still be leaving the store
  parts.store.reset();          // calls the dispatcher and the services back
  parts_.reset();
}

}  // namespace hookd
