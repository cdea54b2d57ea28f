#include "http/names/name_worker.h"

#include <ares_nameser.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/thread_name.h"
#include "http/descriptor_reserve.h"

namespace hookd {
namespace {

// Makes c-ares use the sockets of the DescriptorReserve.
const ares_socket_functions kSocketFunctions = {
    .asocket = [](int family, int type, int protocol, void* reserve) -> ares_socket_t {
      return static_cast<DescriptorReserve*>(reserve)->Open(family, type, protocol);
    },
    .aclose = [](ares_socket_t socket,
                 void* reserve) { return static_cast<DescriptorReserve*>(reserve)->Close(socket); },
    .aconnect = [](ares_socket_t socket, const sockaddr* address, ares_socklen_t size,
                   void*) { return connect(socket, address, size); },
    .arecvfrom = [](ares_socket_t socket, void* data, size_t size, int flags, sockaddr* from,
                    ares_socklen_t* from_size,
                    void*) -> ares_ssize_t { return recvfrom(socket, data, size, flags, from, from_size); },
    .asendv = [](ares_socket_t socket, const iovec* parts, int count, void*) -> ares_ssize_t {
      msghdr message = {};
      message.msg_iov = const_cast<iovec*>(parts);
      message.msg_iovlen = static_cast<size_t>(count);
      return sendmsg(socket, &message, MSG_NOSIGNAL);
    }};

}  // namespace

NameResolver::Worker::Worker(const Options& options)
    : options_(options), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

NameResolver::Worker::~Worker() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
  if (channel_ != nullptr) ares_destroy(channel_);
  if (wake_ >= 0) close(wake_);
}

absl::StatusOr<ares_channel> NameResolver::Worker::MakeChannel() {
  ares_options settings = {};
  settings.timeout = static_cast<int>(absl::ToInt64Milliseconds(tuning::kQuestionTimeout));
  settings.tries = tuning::kQuestionTries;
  settings.sock_state_cb_data = this;
  settings.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
    auto* worker = static_cast<Worker*>(self);
    if (readable == 0 && writable == 0) {
      worker->sockets_.erase(socket);
    } else {
      worker->sockets_[socket] =
          static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
    }
  };
  ares_channel channel = nullptr;
  if (ares_init_options(&channel, &settings, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) !=
      ARES_SUCCESS) {
    return absl::ResourceExhaustedError("cannot start name lookups: no memory left");
  }
  if (!options_.name_servers.empty() &&
      ares_set_servers_ports_csv(channel, absl::StrJoin(options_.name_servers, ",").c_str()) !=
          ARES_SUCCESS) {
    ares_destroy(channel);
    return absl::InvalidArgumentError(
        absl::StrCat("--egress_name_servers must be addresses, optionally with a port, such as 10.0.0.2 or "
                     "[fd00::2]:53, not ",
                     absl::StrJoin(options_.name_servers, ",")));
  }
  ares_set_socket_functions(channel, &kSocketFunctions, options_.reserve);
  return channel;
}

absl::Status NameResolver::Worker::Start() {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (wake_ < 0 || library != ARES_SUCCESS) {
    return absl::ResourceExhaustedError("cannot start name lookups: no file descriptors or memory left");
  }
  FollowResolvConf();
  absl::StatusOr<ares_channel> channel = MakeChannel();
  if (!channel.ok()) return channel.status();
  channel_ = *channel;
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot start name lookups: no thread: ", error.what()));
  }
  return absl::OkStatus();
}

void NameResolver::Worker::FollowResolvConf() {
  if (!options_.name_servers.empty() || std::chrono::steady_clock::now() < look_at_resolv_conf_) return;
  look_at_resolv_conf_ = After(tuning::kNameServersReload);
  struct stat about = {};
  stat("/etc/resolv.conf", &about);
  const bool same =
      about.st_mtim.tv_sec == resolv_conf_time_.tv_sec && about.st_mtim.tv_nsec == resolv_conf_time_.tv_nsec;
  resolv_conf_time_ = about.st_mtim;
  if (same || channel_ == nullptr) return;
  absl::StatusOr<ares_channel> fresh = MakeChannel();
  if (!fresh.ok()) return;
  // Repeat the queries in flight.
  replacing_channel_ = true;
  ares_destroy(std::exchange(channel_, *fresh));
  replacing_channel_ = false;
  for (const auto& [name, search] : by_name_) {
    if (search->begun) Ask(*search);
  }
}

void NameResolver::Worker::Lookup(std::string name, Done done) {
  bool wake;
  {
    const absl::MutexLock lock(&mutex_);
    wake = inbox_.empty();
    inbox_.push_back({std::move(name), std::move(done)});
  }
  if (wake) eventfd_write(wake_, 1);
}

void NameResolver::Worker::Run() {
  NameThread("hookd-names");
  while (true) {
    Wait();
    {
      const absl::MutexLock lock(&mutex_);
      if (stopping_) return;
    }
    TakeInbox();
    BeginSearches();
    AnswerDue();
  }
}

void NameResolver::Worker::Wait() {
  std::vector<pollfd> wanted = {{.fd = wake_, .events = POLLIN, .revents = 0}};
  for (const auto& [socket, events] : sockets_) {
    wanted.push_back({.fd = socket, .events = events, .revents = 0});
  }
  Instant next = kNever;
  for (const auto& [name, search] : by_name_) next = std::min(next, search->answer_at);
  int timeout = -1;
  timeval time;
  if (ares_timeout(channel_, nullptr, &time) != nullptr) {
    timeout = static_cast<int>(time.tv_sec * 1000 + time.tv_usec / 1000 + 1);
  }
  if (next != kNever) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
    const int until = static_cast<int>(std::max<int64_t>(0, left.count()));
    timeout = timeout < 0 ? until : std::min(timeout, until);
  }
  const int count = poll(wanted.data(), wanted.size(), timeout);
  if (count > 0 && wanted[0].revents != 0) {
    eventfd_t value;
    eventfd_read(wake_, &value);
  }
  for (size_t i = 1; count > 0 && i < wanted.size(); ++i) {
    const int happened = wanted[i].revents;
    if (happened == 0) continue;
    ares_process_fd(channel_, (happened & ~POLLOUT) != 0 ? wanted[i].fd : ARES_SOCKET_BAD,
                    (happened & POLLOUT) != 0 ? wanted[i].fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // queries that timed out
}

void NameResolver::Worker::TakeInbox() {
  std::vector<Request> asked;
  {
    const absl::MutexLock lock(&mutex_);
    asked.swap(inbox_);
  }
  for (Request& each : asked) {
    // The answer for another loop may have arrived in the meantime.
    if (const auto known = Cached(each.name); known.has_value()) {
      each.done(*known);
      continue;
    }
    Search*& search = by_name_[each.name];
    if (search == nullptr) {
      auto fresh = std::make_unique<Search>();
      search = fresh.get();
      search->name = each.name;
      search->record = cache_.RecordOf(each.name);
      queues_[static_cast<size_t>(search->record)].push_back(search);
      searches_.emplace(search, std::move(fresh));
    }
    search->waiting.push_back(std::move(each.done));
  }
}

void NameResolver::Worker::ProbeNameServers() {
  if (std::exchange(probing_, true)) return;
  ares_query(channel_, ".", C_IN, T_NS, &Worker::OnProbe, this);
}

void NameResolver::Worker::OnProbe(void* self, int status, int, unsigned char*, int) {
  auto* worker = static_cast<Worker*>(self);
  worker->probing_ = false;
  // Each of these statuses shows that a name server is up, whatever it says about the query.
  if (!IsAnswer(status) && status != ARES_EREFUSED && status != ARES_ENOTIMP && status != ARES_EFORMERR)
    return;
  worker->NoteNameServerAnswer();
  // Searches that waited for the probe are answered now.
  for (const auto& [name, search] : worker->by_name_) {
    if (search->queries == 0 && search->begun) search->answer_at = Instant::min();
  }
}

void NameResolver::Worker::NoteNameServerAnswer() { answered_ = std::chrono::steady_clock::now(); }

}  // namespace hookd
