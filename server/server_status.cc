#include "server_status.h"

#include <utility>

#include "absl/status/status.h"
#include "api/conversion/delivery_conversion.h"
#include "base/limits.h"
#include "base/version.h"
#include "web/web_server.h"

namespace hookd {

ServerStatus::ServerStatus(Parts parts) : parts_(std::move(parts)) {
  if (!parts_.store->figures().has_value()) {
    store_bytes_ = std::make_unique<StoreBytes>(parts_.store, parts_.clock);
  }
}

void ServerStatus::SetApi(const Api* api) {
  absl::MutexLock lock(&mutex_);
  api_ = api;
}

void ServerStatus::SetGrpc(const CallerConnections* connections) {
  absl::MutexLock lock(&mutex_);
  grpc_ = connections;
}

void ServerStatus::SetWeb(const WebServer* web) {
  absl::MutexLock lock(&mutex_);
  web_ = web;
}

void ServerStatus::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  store_bytes_.reset();
}

absl::StatusOr<v1::Server> ServerStatus::Read() const {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return absl::UnavailableError("hookd is shutting down");
  v1::Server server;
  server.set_version(kVersion);
  ToProto(parts_.node->start_time(), *server.mutable_start_time());
  server.set_node(parts_.node->name());
  server.set_serving(parts_.health->serving());
  FillStore(*server.mutable_store());
  FillLoad(*server.mutable_load());
  for (const Setting& setting : parts_.settings) {
    v1::Setting& proto = *server.add_settings();
    proto.set_name(setting.name);
    proto.set_value(setting.value);
    proto.set_default_value(setting.default_value);
    proto.set_customized(setting.value != setting.default_value);
    proto.set_description(setting.description);
  }
  return server;
}

void ServerStatus::FillStore(v1::ServerStore& store) const {
  store.set_location(parts_.store_location);
  store.set_has_room(true);
  store.set_writable(parts_.health->writable());
  const auto figures = parts_.store->figures();
  if (!figures.has_value()) {
    store.set_engine(v1::STORE_ENGINE_POSTGRESQL);
    if (const auto bytes = store_bytes_->Get(); bytes.has_value()) store.set_bytes(*bytes);
    return;
  }
  store.set_engine(v1::STORE_ENGINE_SQLITE);
  store.set_bytes(figures->bytes);
  store.set_free_bytes(figures->free_bytes);
  store.set_reusable_bytes(figures->reusable_bytes);
  if (parts_.max_store_bytes > 0) store.set_max_bytes(parts_.max_store_bytes);
  store.set_min_free_bytes(parts_.min_free_bytes);
  store.set_has_room(figures->has_room);
}

void ServerStatus::FillLoad(v1::ServerLoad& load) const {
  const Scheduler::Load scheduled = parts_.engine->dispatcher()->load();
  load.set_pending_delivery_count(parts_.engine->counts()->total());
  ToProto(parts_.engine->dispatcher()->longest_wait(scheduled), *load.mutable_oldest_waiting());
  load.set_attempt_count(scheduled.in_flight);
  load.set_max_attempt_count(limits::kMaxConcurrency);
  load.set_open_circuit_count(scheduled.open_circuits);
  load.set_held_webhook_count(scheduled.held_webhooks);
  load.set_shard_count(scheduled.shards);
  load.set_queued_write_count(static_cast<int64_t>(parts_.store->waiting_writes()));
  load.set_endpoint_connection_count(parts_.http->connections());
  if (api_ != nullptr) load.set_watcher_count(api_->watchers());
  if (grpc_ != nullptr) load.set_grpc_connection_count(grpc_->figures().open);
  if (web_ != nullptr) load.set_http_connection_count(web_->figures().connections);
}

}  // namespace hookd
