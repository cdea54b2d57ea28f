#include "rpc/answer_together.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "base/afterwards.h"
#include "rpc/peer_socket.h"

namespace hookd {
namespace {

// Connections that a thread remembers before it looks which of them are gone.
constexpr size_t kFewConnections = 1024;

// Keeps what is written to a socket together for as long as it lives. A descriptor that is closed meanwhile,
// and perhaps another's by the end, is none the worse for it: at the end nothing is kept any more.
class Cork {
 public:
  explicit Cork(int descriptor) : descriptor_(descriptor) { Set(1); }
  ~Cork() { Set(0); }
  Cork(const Cork&) = delete;
  Cork& operator=(const Cork&) = delete;

 private:
  void Set(int on) { setsockopt(descriptor_, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)); }

  const int descriptor_;
};

// A thread's answers that wait for the end of its scope.
class Gathered {
 public:
  void Add(std::string peer, std::function<void()> answer) {
    if (to_send_.empty()) Afterwards::Do([this] { Send(); });
    auto& entry = *connections_.try_emplace(std::move(peer)).first;
    if (entry.second.answers.empty()) to_send_.push_back(&entry);
    entry.second.answers.push_back(std::move(answer));
  }

 private:
  struct Connection {
    std::vector<std::function<void()>> answers;
    bool sought = false;
    std::optional<int> socket;  // once it is sought
  };

  using Connections = absl::node_hash_map<std::string, Connection>;

  void Send() {
    for (Connections::value_type* const entry : to_send_) {
      auto& [peer, connection] = *entry;
      std::optional<Cork> cork;
      if (connection.answers.size() > 1) {
        if (const std::optional<int> socket = SocketOf(peer, connection)) cork.emplace(*socket);
      }
      for (const auto& answer : connection.answers) answer();
      connection.answers.clear();
    }
    to_send_.clear();
    if (connections_.size() > most_connections_) ForgetThoseGone();
  }

  void ForgetThoseGone() {
    absl::erase_if(connections_, [](const Connections::value_type& entry) {
      return !entry.second.socket.has_value() || !IsPeerSocket(*entry.second.socket, entry.first);
    });
    most_connections_ = std::max(kFewConnections, 2 * connections_.size());
  }

  static std::optional<int> SocketOf(const std::string& peer, Connection& connection) {
    if (!connection.sought || (connection.socket.has_value() && !IsPeerSocket(*connection.socket, peer))) {
      connection.socket = FindPeerSocket(peer);
      connection.sought = true;
    }
    return connection.socket;
  }

  Connections connections_;
  size_t most_connections_ = kFewConnections;
  std::vector<Connections::value_type*> to_send_;  // which have answers
};

}  // namespace

void AnswerTogether(std::string peer, std::function<void()> answer) {
  if (!Afterwards::Within()) return answer();
  thread_local Gathered gathered;
  gathered.Add(std::move(peer), std::move(answer));
}

}  // namespace hookd
