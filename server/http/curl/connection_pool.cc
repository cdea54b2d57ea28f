#include "http/curl/connection_pool.h"

#include <algorithm>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/fingerprint.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "http/socket_calls.h"

namespace hookd {
namespace {

// Formatted as 1.0.0.0 in a label.
constexpr uint32_t kFirstLabel = 0x01000000;

std::string KeyOf(const HttpRequest& request) {
  std::string key = OriginOf(request.url);
  if (request.tls_ca.empty() && request.tls_certificate_chain.empty() && request.tls_private_key.empty()) {
    return key;
  }
  // A URL has no space, and the sizes of the parts make the key unambiguous.
  return absl::StrCat(
      key, " ",
      Fingerprint(absl::StrCat(request.tls_ca.size(), " ", request.tls_certificate_chain.size(), " ",
                               request.tls_ca, request.tls_certificate_chain, request.tls_private_key)));
}

}  // namespace

ConnectionPool::Endpoint* ConnectionPool::Enter(const HttpRequest& request) {
  std::string key = KeyOf(request);
  auto found = endpoints_.find(key);
  if (found == endpoints_.end()) {
    const std::optional<UrlTarget> target = TargetOf(request.url);
    if (!target.has_value()) return nullptr;
    auto endpoint = std::make_unique<Endpoint>();
    endpoint->key = key;
    endpoint->target = *target;
    found = endpoints_.emplace(std::move(key), std::move(endpoint)).first;
  }
  ++found->second->users;
  return found->second.get();
}

void ConnectionPool::Leave(Endpoint* endpoint) {
  if (--endpoint->users > 0 || endpoints_.size() <= tuning::kMaxKnownEndpoints) return;
  endpoints_.erase(endpoint->key);
}

ConnectionPool::Connection* ConnectionPool::Choose(Endpoint* endpoint, Instant now) {
  // The most recently used connection comes first, so that the others can time out.
  for (size_t i = endpoint->open.size(); i > 0; --i) {
    Connection* const connection = endpoint->open[i - 1];
    const int most = connection->multiplexed ? limits::kMaxStreamsPerConnection : 1;
    if (connection->requests >= most) continue;
    if (connection->expires <= now) {
      Retire(connection);
      continue;
    }
    ++connection->requests;
    connection->allowance += limits::kMaxRequestOverheadBytes;
    return connection;
  }
  return nullptr;
}

std::unique_ptr<ConnectionPool::Label> ConnectionPool::TakeLabel(Endpoint* endpoint) {
  if (!endpoint->labels.empty()) {
    std::unique_ptr<Label> label = std::move(endpoint->labels.back());
    endpoint->labels.pop_back();
    return label;
  }
  if (!endpoint->ended.empty()) {
    std::unique_ptr<Label> label = std::move(endpoint->ended.back());
    endpoint->ended.pop_back();
    return label;
  }
  if (++last_label_ < kFirstLabel) last_label_ = kFirstLabel;
  const uint32_t number = last_label_;
  const std::string text = absl::StrCat("::", number >> 24, ".", (number >> 16) & 0xff, ".",
                                        (number >> 8) & 0xff, ".", number & 0xff, ":");
  auto label = std::make_unique<Label>();
  label->connect_to.reset(curl_slist_append(nullptr, text.c_str()));
  if (label->connect_to == nullptr) throw std::bad_alloc();
  label->endpoint = endpoint;
  return label;
}

ConnectionPool::Connection* ConnectionPool::Add(Endpoint* endpoint, int socket, Instant now) {
  auto owned = std::make_unique<Connection>();
  Connection* const connection = owned.get();
  connection->endpoint = endpoint;
  connection->label = TakeLabel(endpoint);
  connection->socket = socket;
  // Spread the lifetime from nine to eleven tenths, so that connections that opened together do not end
  // together.
  jitter_ = (jitter_ + 8) % 21;
  connection->expires = now + options_.lifetime * (90 + jitter_) / 100;
  connection->requests = 1;
  connection->allowance = limits::kMaxOverheadBytes;
  endpoint->open.push_back(connection);
  ++endpoint->users;
  connections_.emplace(connection, std::move(owned));
  return connection;
}

void ConnectionPool::Release(Connection* connection, Instant now) {
  --connection->requests;
  if (connection->requests > 0) return;
  if (connection->socket < 0) return Forget(connection);
  connection->idle_since = now;
  if (connection->retired) return ShutDown(connection);
  // Move it to the end, where Choose begins.
  std::vector<Connection*>& open = connection->endpoint->open;
  if (open.back() != connection) {
    open.erase(std::find(open.begin(), open.end(), connection));
    open.push_back(connection);
  }
}

void ConnectionPool::Retire(Connection* connection) {
  if (std::exchange(connection->retired, true)) return;
  std::vector<Connection*>& open = connection->endpoint->open;
  open.erase(std::find(open.begin(), open.end(), connection));
  if (connection->requests == 0) ShutDown(connection);
}

void ConnectionPool::ShutDown(Connection* connection) {
  if (connection->socket < 0) return;
  // libcurl considers a connection closed only if nothing is left to read.
  ShutDownUnread(connection->socket);
  ++connection->endpoint->users;
  connection->label->ended = true;
  connection->endpoint->ended.push_back(std::move(connection->label));
  ended_.push_back(connection->endpoint);
}

std::unique_ptr<ConnectionPool::Label> ConnectionPool::TakeEnded() {
  while (!aged_.empty()) {
    Endpoint* const endpoint = aged_.back();
    aged_.pop_back();
    if (endpoint->ended.empty()) {
      Leave(endpoint);  // another connection has the label
      continue;
    }
    std::unique_ptr<Label> label = std::move(endpoint->ended.back());
    endpoint->ended.pop_back();
    return label;
  }
  return nullptr;
}

void ConnectionPool::AgeEnded() {
  aged_.insert(aged_.end(), ended_.begin(), ended_.end());
  ended_.clear();
}

void ConnectionPool::GiveBack(std::unique_ptr<Label> label) {
  Endpoint* const endpoint = label->endpoint;
  label->ended = false;
  endpoint->labels.push_back(std::move(label));
  Leave(endpoint);
}

void ConnectionPool::RetireIdle(Endpoint* endpoint) {
  const std::vector<Connection*> open = endpoint->open;
  for (Connection* connection : open) {
    if (connection->requests == 0) Retire(connection);
  }
}

void ConnectionPool::Closed(Connection* connection) {
  connection->socket = -1;
  Retire(connection);
  if (connection->requests == 0) Forget(connection);
}

void ConnectionPool::Forget(Connection* connection) {
  Endpoint* const endpoint = connection->endpoint;
  Retire(connection);
  if (connection->label != nullptr) endpoint->labels.push_back(std::move(connection->label));
  connections_.erase(connection);
  Leave(endpoint);
}

void ConnectionPool::Sweep(Instant now) {
  for (const auto& [key, connection] : connections_) {
    if (connection->requests > 0 || connection->retired) continue;
    if (connection->expires <= now || connection->idle_since + options_.idle <= now) {
      Retire(connection.get());
    }
  }
}

}  // namespace hookd
