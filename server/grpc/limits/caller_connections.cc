#include "grpc/limits/caller_connections.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/caller_descriptors.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/peer_address.h"
#include "grpc/limits/frame_account.h"
#include "grpc/limits/transport_hooks.h"

namespace hookd {
namespace {

constexpr RateLimit kResets = {.per_second = limits::kResetsPerSecond, .burst = limits::kMaxResets};
constexpr RateLimit kEmptyFrames = {.per_second = limits::kEmptyFramesPerSecond,
                                    .burst = limits::kMaxEmptyFrames};
// The limit for all connections of one address.
constexpr RateLimit OfAddress(RateLimit limit) {
  return {.per_second = limit.per_second * limits::kAddressAllowance,
          .burst = limit.burst * limits::kAddressAllowance};
}
// The time after which the rate limiters of an address are full again.
constexpr absl::Duration kRefilled = absl::Seconds(std::max(
    limits::kMaxResets / limits::kResetsPerSecond, limits::kMaxEmptyFrames / limits::kEmptyFramesPerSecond));
// Messages that are held for longer do not weigh more, so that a small remainder of a call that the server
// ended does not outweigh an attack.
constexpr double kMaxMillisecondsHeld = 60'000;
// The limit including connections that hookd has closed: gRPC takes a moment to close its descriptors.
constexpr int IncludingClosing(int connections) { return connections + ClosingConnections(connections); }

// Takes `count` from the limiter. Returns false if the limit does not allow so many.
bool TakeAll(RateLimiter& limiter, const RateLimit& limit, int count, absl::Time now) {
  for (int i = 0; i < count; ++i) {
    if (now < limiter.ReadyAt(limit)) return false;
    limiter.Take(limit, now);
  }
  return true;
}

// Ends a connection and discards the input that has arrived on it, so that gRPC does not read it. A TCP
// connection is reset by connect(2) with AF_UNSPEC; sockets of other kinds cannot be reset.
void Disconnect(int descriptor) {
  sockaddr nothing{};
  nothing.sa_family = AF_UNSPEC;
  if (connect(descriptor, &nothing, sizeof(nothing)) == 0) return;
  shutdown(descriptor, SHUT_RDWR);
  std::array<char, 4096> discarded;
  while (recv(descriptor, discarded.data(), discarded.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

class CallerConnections::Connection : public TransportMeter {
 public:
  Connection(CallerConnections* connections, Id id, std::string address, int descriptor, int copy,
             absl::Time opened)
      : id(id),
        address(std::move(address)),
        descriptor(descriptor),
        copy(copy),
        opened(opened),
        connections_(connections) {}
  ~Connection() override { close(copy); }

  bool Receive(absl::string_view input) override { return connections_->Receive(*this, input); }

  // The incomplete messages and calls that the connection holds, multiplied by the time that it has held
  // them.
  double Weight(absl::Time now) const {
    const double held = static_cast<double>(bytes.load()) / limits::kMaxIncompleteBytes +
                        static_cast<double>(calls.load()) / limits::kMaxIncompleteCalls;
    const double since = weight.load() + held * static_cast<double>(absl::ToUnixMillis(now) - weighed.load());
    return std::min(since, held * kMaxMillisecondsHeld);
  }

  const Id id;
  const std::string address;
  const int descriptor;  // gRPC's, which may be reused after this connection has ended
  const int copy;
  const absl::Time opened;

  std::atomic<bool> over = false;     // hookd has closed it
  std::atomic<bool> removed = false;  // Remove was called
  std::atomic<bool> called = false;   // it has made a call
  // Its part of incomplete_bytes_ and incomplete_calls_.
  std::atomic<int64_t> bytes = 0;
  std::atomic<int64_t> calls = 0;
  std::atomic<double> weight = 0;    // at the time `weighed`
  std::atomic<int64_t> weighed = 0;  // Unix milliseconds
  std::atomic<int64_t> deadline = INT64_MAX;

  // Used only by the thread that receives.
  FrameAccount account;
  RateLimiter resets;
  RateLimiter empty_frames;

 private:
  CallerConnections* const connections_;
};

CallerConnections::CallerConnections(Clock* clock, int max_connections)
    : clock_(clock),
      max_connections_(max_connections),
      max_per_address_(std::max(1, static_cast<int>(limits::kConnectionsPerAddress * max_connections))) {}

CallerConnections::~CallerConnections() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, connection] : connections_) {
    UnwatchTransport(connection->descriptor, connection.get());
  }
}

bool CallerConnections::HasRoom(const std::string& address) {
  const int of_address = addresses_[address].connections, open = static_cast<int>(connections_.size());
  if (of_address >= max_per_address_ &&
      (of_address >= IncludingClosing(max_per_address_) || !EndIdle(address))) {
    return false;
  }
  if (open < max_connections_) return true;
  if (open >= IncludingClosing(max_connections_)) return false;
  return EndIdle("");
}

bool CallerConnections::EndIdle(absl::string_view address) {
  std::vector<Connection*> idle;
  absl::flat_hash_map<absl::string_view, int> of_address;
  for (const auto& [id, connection] : connections_) {
    if (connection->called || connection->over) continue;
    if (!address.empty() && connection->address != address) continue;
    idle.push_back(connection.get());
    ++of_address[connection->address];
  }
  const auto ended = std::min_element(idle.begin(), idle.end(), [&](const auto* a, const auto* b) {
    const int of_a = of_address[a->address], of_b = of_address[b->address];
    return of_a != of_b ? of_a > of_b : a->opened < b->opened;
  });
  if (ended == idle.end()) return false;
  (*ended)->over = true;
  ++figures_.refused;
  Disconnect((*ended)->copy);
  return true;
}

std::optional<CallerConnections::Admitted> CallerConnections::Admit(int descriptor,
                                                                    const sockaddr_storage& peer) {
  const absl::Time now = clock_->Steady();
  std::string name = NetworkOfPeer(peer);
  Handle connection;
  {
    absl::MutexLock lock(&mutex_);
    Address& address = addresses_[name];
    const bool room = now >= address.refused_until && HasRoom(name);
    const int copy = room ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy < 0) {
      ++figures_.refused;
      if (const auto left_out = refused_lines_.Take(now)) {
        LogWarning(now < address.refused_until ? "connection refused: the address is blocked"
                                               : "connection refused: too many connections",
                   {{"address", name}, {"connections", connections_.size()}, {"left_out", *left_out}});
      }
      return std::nullopt;
    }
    ++address.connections;
    ++figures_.accepted;
    connection = std::make_shared<Connection>(this, ++last_id_, std::move(name), descriptor, copy, now);
    connections_[connection->id] = connection;
  }
  WatchTransport(descriptor, connection);
  return Admitted{.id = connection->id, .copy = connection->copy};
}

void CallerConnections::Remove(Id id) {
  Handle connection;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    connection = std::move(found->second);
    connections_.erase(found);
    Address& address = addresses_[connection->address];
    if (--address.connections == 0) address.left = clock_->Steady();
  }
  connection->removed = true;
  incomplete_bytes_ -= connection->bytes.exchange(0);
  incomplete_calls_ -= connection->calls.exchange(0);
  UnwatchTransport(connection->descriptor, connection.get());
}

void CallerConnections::Sweep() {
  const absl::Time now = clock_->Steady();
  absl::MutexLock lock(&mutex_);
  // A small amount of late messages does no harm, and may belong to calls that the server ended.
  if (incomplete_bytes_ > limits::kMaxIncompleteBytes / 2) {
    for (const auto& [id, connection] : connections_) {
      if (connection->deadline.load() > absl::ToUnixMillis(now)) continue;
      Cut(*connection, "a message did not arrive in time", now);
    }
  }
  absl::erase_if(addresses_, [now](const auto& entry) {
    const Address& address = entry.second;
    return address.connections == 0 && now >= address.refused_until && now - address.left >= kRefilled &&
           now - address.first_cut > limits::kAddressRefused;
  });
}

bool CallerConnections::Receive(Id id, absl::string_view bytes) {
  Handle connection;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = connections_.find(id);
    if (found == connections_.end()) return false;
    connection = found->second;
  }
  return Receive(*connection, bytes);
}

bool CallerConnections::Receive(Connection& connection, absl::string_view bytes) {
  if (connection.over) return false;
  const absl::Time now = clock_->Steady();
  FrameAccount& account = connection.account;
  const FrameAccount::Input input = account.Take(bytes, now);
  connection.called = account.any_call();
  if (input.long_headers || input.too_many_calls) {
    absl::MutexLock lock(&mutex_);
    Cut(connection, input.long_headers ? "metadata too long" : "too many incomplete messages", now);
    return false;
  }
  if ((input.resets > 0 || input.empty_frames > 0) &&
      !MayTake(connection, input.resets, input.empty_frames, now)) {
    return false;
  }
  const bool holds = account.incomplete_bytes() > 0 || account.incomplete_calls() > 0;
  connection.weight = holds ? connection.Weight(now) : 0;
  connection.weighed = absl::ToUnixMillis(now);
  connection.deadline = absl::ToUnixMillis(account.message_deadline());
  incomplete_bytes_ += account.incomplete_bytes() - connection.bytes.exchange(account.incomplete_bytes());
  incomplete_calls_ += account.incomplete_calls() - connection.calls.exchange(account.incomplete_calls());
  if (incomplete_bytes_ > limits::kMaxIncompleteBytes || incomplete_calls_ > limits::kMaxIncompleteCalls) {
    Relieve(now);
  }
  if (connection.over || connection.removed) {
    incomplete_bytes_ -= connection.bytes.exchange(0);
    incomplete_calls_ -= connection.calls.exchange(0);
  }
  return !connection.over;
}

bool CallerConnections::MayTake(Connection& connection, int resets, int empty_frames, absl::Time now) {
  const bool alone = TakeAll(connection.resets, kResets, resets, now) &&
                     TakeAll(connection.empty_frames, kEmptyFrames, empty_frames, now);
  absl::MutexLock lock(&mutex_);
  Address& address = addresses_[connection.address];
  const bool together = TakeAll(address.resets, OfAddress(kResets), resets, now) &&
                        TakeAll(address.empty_frames, OfAddress(kEmptyFrames), empty_frames, now);
  if (alone && together) return true;
  Cut(connection, resets > 0 ? "too many calls reset" : "too many empty frames", now);
  return false;
}

void CallerConnections::Relieve(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  while (incomplete_bytes_ > limits::kMaxIncompleteBytes || incomplete_calls_ > limits::kMaxIncompleteCalls) {
    Connection* heaviest = nullptr;
    for (const auto& [id, connection] : connections_) {
      if (connection->over) continue;
      if (heaviest == nullptr || connection->Weight(now) > heaviest->Weight(now)) heaviest = connection.get();
    }
    if (heaviest == nullptr) return;
    Cut(*heaviest, "too many incomplete messages", now);
  }
}

void CallerConnections::Cut(Connection& connection, absl::string_view reason, absl::Time now) {
  if (connection.over.exchange(true)) return;
  incomplete_bytes_ -= connection.bytes.exchange(0);
  incomplete_calls_ -= connection.calls.exchange(0);
  Disconnect(connection.copy);
  ++figures_.cut;
  Address& address = addresses_[connection.address];
  if (now - address.first_cut > limits::kAddressRefused) {
    address.first_cut = now;
    address.cuts = 0;
  }
  // All callers on a Unix socket have the same address, so it is never blocked.
  const bool refuse =
      ++address.cuts >= limits::kCutsBeforeRefusal && connection.address != kSocketFileNetwork;
  if (refuse) address.refused_until = now + limits::kAddressRefused;
  if (const auto left_out = cut_lines_.Take(now)) {
    LogWarning("caller connection closed", {{"reason", reason},
                                            {"address", connection.address},
                                            {"address_refused", refuse ? "true" : "false"},
                                            {"left_out", *left_out}});
  }
}

CallerConnections::Figures CallerConnections::figures() const {
  absl::MutexLock lock(&mutex_);
  Figures figures = figures_;
  figures.open = static_cast<int64_t>(connections_.size());
  figures.incomplete_bytes = incomplete_bytes_;
  return figures;
}

}  // namespace hookd
