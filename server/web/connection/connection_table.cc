#include "web/connection/connection_table.h"

#include <algorithm>

#include "base/log.h"
#include "base/peer_address.h"

namespace hookd {

ConnectionTable::ConnectionTable(size_t max_connections, double per_address, Clock* clock)
    : max_(max_connections),
      max_per_address_(std::max<size_t>(1, static_cast<size_t>(per_address * static_cast<double>(max_)))),
      clock_(clock) {}

void ConnectionTable::Unlink(Entry* entry) {
  if (!entry->idle_hook_.is_linked()) return;
  idle_.erase(idle_.iterator_to(*entry));
  entry->address_->idle.erase(entry->address_->idle.iterator_to(*entry));
}

void ConnectionTable::Evict(Entry* entry) {
  Unlink(entry);
  entry->evicted_ = true;
  --connections_;
  --entry->address_->connections;
  ++closing_;
  ++figures_.evicted;
  entry->Evict();
}

bool ConnectionTable::MakeRoom(Address& address) {
  // Evicted connections keep their descriptors for a moment.
  if (closing_ > max_ / 8) return false;
  if (address.connections >= max_per_address_) {
    if (address.idle.empty()) return false;
    Evict(&address.idle.front());
  } else if (connections_ >= max_) {
    if (idle_.empty()) return false;
    Evict(&idle_.front());
  }
  return true;
}

bool ConnectionTable::Admit(Entry* entry, const sockaddr_storage& peer) {
  std::string name = NetworkOfPeer(peer);
  absl::MutexLock lock(&mutex_);
  Address& address = addresses_[name];
  if (address.name.empty()) address.name = std::move(name);
  if (!MakeRoom(address)) {
    ++figures_.refused;
    if (const auto left_out = refused_lines_.Take(clock_->Steady())) {
      LogWarning("HTTP connection refused: too many connections",
                 {{"address", address.name}, {"connections", connections_}, {"left_out", *left_out}});
    }
    if (address.entries == 0) addresses_.erase(addresses_.find(address.name));
    return false;
  }
  ++figures_.accepted;
  ++connections_;
  ++address.connections;
  ++address.entries;
  entry->address_ = &address;
  idle_.push_back(*entry);
  address.idle.push_back(*entry);
  return true;
}

void ConnectionTable::Remove(Entry* entry) {
  absl::MutexLock lock(&mutex_);
  Address* const address = entry->address_;
  if (address == nullptr) return;
  Unlink(entry);
  entry->address_ = nullptr;
  if (entry->evicted_) {
    --closing_;
  } else {
    --connections_;
    --address->connections;
  }
  if (--address->entries == 0) addresses_.erase(addresses_.find(address->name));
}

bool ConnectionTable::BeginRequest(Entry* entry) {
  absl::MutexLock lock(&mutex_);
  Unlink(entry);
  return !entry->evicted_;
}

void ConnectionTable::SetIdle(Entry* entry) {
  absl::MutexLock lock(&mutex_);
  if (entry->evicted_ || entry->address_ == nullptr || entry->idle_hook_.is_linked()) return;
  idle_.push_back(*entry);
  entry->address_->idle.push_back(*entry);
}

ConnectionTable::Figures ConnectionTable::figures() const {
  absl::MutexLock lock(&mutex_);
  Figures figures = figures_;
  figures.open = static_cast<int64_t>(connections_ + closing_);
  return figures;
}

}  // namespace hookd
