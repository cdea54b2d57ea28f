#include "http/connection_pool.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/fingerprint.h"
#include "base/limits.h"

namespace hookd {
namespace {

std::string KeyOf(const HttpRequest& request) {
  std::string key = OriginOf(request.url);
  if (request.tls_ca.empty() && request.tls_certificate_chain.empty() && request.tls_private_key.empty()) {
    return key;
  }
  // A space is in no URL; each part says how long it is, so that no two of them read alike.
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
  if (--endpoint->users > 0 || endpoints_.size() <= limits::kMaxKnownEndpoints) return;
  endpoints_.erase(endpoint->key);
}

ConnectionPool::Connection* ConnectionPool::Choose(Endpoint* endpoint, Instant now) {
  // The one that was used last: the others may get old.
  for (size_t i = endpoint->open.size(); i > 0; --i) {
    Connection* const connection = endpoint->open[i - 1];
    const int most = connection->multiplexed ? limits::kMaxStreamsPerConnection : 1;
    if (connection->requests >= most) continue;
    if (connection->expires <= now) {
      Retire(connection);
      continue;
    }
    ++connection->requests;
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
  const uint32_t number = ++last_label_;
  const std::string text = absl::StrCat("::", number >> 24, ".", (number >> 16) & 0xff, ".",
                                        (number >> 8) & 0xff, ".", number & 0xff, ":");
  auto label = std::make_unique<Label>();
  label->connect_to.reset(curl_slist_append(nullptr, text.c_str()));
  if (label->connect_to == nullptr) throw std::bad_alloc();
  return label;
}

ConnectionPool::Connection* ConnectionPool::Add(Endpoint* endpoint, int socket, Instant now) {
  auto owned = std::make_unique<Connection>();
  Connection* const connection = owned.get();
  connection->endpoint = endpoint;
  connection->label = TakeLabel(endpoint);
  connection->socket = socket;
  // Spread from nine to eleven tenths, so that those that were opened together do not end together.
  jitter_ = (jitter_ + 8) % 21;
  connection->expires = now + options_.lifetime * (90 + jitter_) / 100;
  connection->requests = 1;
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
  // To the end, where Choose begins.
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
  if (connection->label != nullptr) connection->endpoint->labels.push_back(std::move(connection->label));
  if (connection->socket < 0) return;
  shutdown(connection->socket, SHUT_RDWR);
  // libcurl sees that it has ended, and closes it, when it looks for one of that label or at all that it
  // keeps: unless something can still be read from it. Nothing comes after what there is now.
  std::array<char, 16384> dropped;
  for (int i = 0; i < 64; ++i) {
    if (recv(connection->socket, dropped.data(), dropped.size(), MSG_DONTWAIT) <= 0) return;
  }
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

bool ConnectionPool::any_alive() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& each) { return !each.second->retired; });
}

}  // namespace hookd
