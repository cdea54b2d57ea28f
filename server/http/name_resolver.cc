#include "http/name_resolver.h"

#include <ares.h>
#include <ares_nameser.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"
#include "base/thread_name.h"
#include "http/name_cache.h"

namespace hookd {
namespace {

using Answer = NameResolver::Answer;
using Instant = std::chrono::steady_clock::time_point;
constexpr Instant kNever = Instant::max();

Instant After(absl::Duration duration) {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(duration);
}

// A name server said something of the name, if only that it does not exist.
bool IsAnswer(int status) {
  return status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

// A name server is there, whatever it thinks of the question.
bool IsSignOfLife(int status) {
  return IsAnswer(status) || status == ARES_EREFUSED || status == ARES_ENOTIMP || status == ARES_EFORMERR;
}

// What needs no lookup: addresses, and names that RFC 6761 has reserved (6.3 and 6.4).
std::optional<Answer> SpecialName(const std::string& name) {
  if (const auto address = IpAddress::Parse(name); address.has_value()) {
    return Answer{.kind = Answer::Kind::kFound, .addresses = {*address}};
  }
  const absl::string_view bare = absl::StripSuffix(name, ".");
  if (bare == "localhost" || absl::EndsWith(bare, ".localhost")) {
    return Answer{.kind = Answer::Kind::kFound,
                  .addresses = {*IpAddress::Parse("::1"), *IpAddress::Parse("127.0.0.1")}};
  }
  if (absl::EndsWith(bare, ".invalid")) return Answer{.kind = Answer::Kind::kNoSuchName};
  return std::nullopt;
}

// c-ares's sockets, as those of DescriptorReserve.
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

// The thread, and all that it alone touches.
class NameResolver::Worker {
 public:
  explicit Worker(const Options& options)
      : options_(options), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Worker();

  absl::Status Start();
  std::optional<Answer> Cached(const std::string& name) const {
    return cache_.Find(name, options_.clock->Steady());
  }
  void Lookup(std::string name, std::function<void(const Answer&)> done) ABSL_LOCKS_EXCLUDED(mutex_);
  bool AnswersSince(Instant time) const {
    const Instant now = std::chrono::steady_clock::now();
    // By the time of the second the name servers have been asked whether they are there, and have had time.
    const bool asked = now - time >= absl::ToChronoNanoseconds(2 * limits::kNameServerSilence);
    const Instant since = asked ? time : now - absl::ToChronoNanoseconds(limits::kNameServerEvidence);
    return answered_.load() >= since;
  }
  bool saturated() const { return saturated_; }
  int64_t lookups() const { return lookups_; }
  int64_t failed() const { return failed_; }

 private:
  using Done = std::function<void(const Answer&)>;
  struct Asked {
    std::string name;
    Done done;
  };
  // Of one name. It is forgotten once it is answered and both questions have ended.
  struct Search {
    std::string name;
    NameCache::Record record;
    std::vector<Done> waiting;
    bool begun = false;
    Instant began = kNever;
    bool answered = false;
    int questions = 0;               // under way
    std::array<int, 2> status = {};  // of the questions that have ended, IPv4's and IPv6's
    std::array<bool, 2> ended = {};
    std::array<std::vector<IpAddress>, 2> addresses;
    absl::Duration ttl = absl::InfiniteDuration();
    Instant answer_at = kNever;  // with what there is by then
  };
  struct Question {
    Worker* worker;
    Search* search;
    int family;  // 0: IPv4, 1: IPv6
  };

  absl::StatusOr<ares_channel> MakeChannel();
  void FollowResolvConf();
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Until a socket, a wish or a time; and deals with the first.
  void Wait();
  void TakeWishes() ABSL_LOCKS_EXCLUDED(mutex_);
  void BeginSearches();
  bool HasPlaceFor(NameCache::Record record) const;
  void Begin(Search& search);
  void Ask(Search& search);
  static void OnAddresses(void* question, int status, int timeouts, ares_addrinfo* found);
  void Ended(Search& search, int family, int status);
  void AnswerDue();
  // Says how the search ended. Forgets it, if nothing of it is under way.
  void Finish(Search& search);
  Answer AnswerOf(const Search& search) const;
  void Forget(Search& search);
  // Asks the name servers something that every one of them knows.
  void AskForLife();
  static void OnLife(void* worker, int status, int timeouts, unsigned char* answer, int size);
  void NoteLife();

  const Options options_;
  const int wake_;
  NameCache cache_;
  std::atomic<Instant> answered_ = Instant::min();  // when a name server answered last
  std::atomic<int64_t> lookups_ = 0;                // searches that have begun, and are not answered
  std::atomic<int64_t> failed_ = 0;
  std::atomic<bool> saturated_ = false;

  // The thread's own.
  ares_channel channel_ = nullptr;
  absl::flat_hash_map<int, short> sockets_;               // c-ares's, and what it waits for
  absl::flat_hash_map<std::string, Search*> by_name_;     // that are not answered
  absl::flat_hash_map<std::string, Search*> straggling_;  // answered, with a question under way
  absl::flat_hash_map<Search*, std::unique_ptr<Search>> searches_;
  std::array<std::deque<Search*>, 3> queues_;  // by record: those that have not begun
  size_t begun_ = 0;                           // that have, and are not answered
  size_t failing_ = 0;                         // of these, of names that failed before
  bool asking_for_life_ = false;
  bool changes_channel_ = false;
  bool ends_at_once_ = false;  // while c-ares is given a question: what ends then came from a file
  timespec resolv_conf_time_ = {};
  Instant look_at_resolv_conf_ = Instant::min();

  absl::Mutex mutex_;
  std::vector<Asked> inbox_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

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
  settings.timeout = static_cast<int>(absl::ToInt64Milliseconds(limits::kQuestionTimeout));
  settings.tries = limits::kQuestionTries;
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
  look_at_resolv_conf_ = After(limits::kNameServersReload);
  struct stat about = {};
  stat("/etc/resolv.conf", &about);
  const bool same =
      about.st_mtim.tv_sec == resolv_conf_time_.tv_sec && about.st_mtim.tv_nsec == resolv_conf_time_.tv_nsec;
  resolv_conf_time_ = about.st_mtim;
  if (same || channel_ == nullptr) return;
  absl::StatusOr<ares_channel> fresh = MakeChannel();
  if (!fresh.ok()) return;
  // What is under way is asked again.
  changes_channel_ = true;
  ares_destroy(std::exchange(channel_, *fresh));
  changes_channel_ = false;
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
    TakeWishes();
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
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // questions whose time is over
}

void NameResolver::Worker::TakeWishes() {
  std::vector<Asked> asked;
  {
    const absl::MutexLock lock(&mutex_);
    asked.swap(inbox_);
  }
  for (Asked& each : asked) {
    // Another loop may have asked in the meantime.
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

bool NameResolver::Worker::HasPlaceFor(NameCache::Record record) const {
  if (begun_ >= limits::kMaxLookups || straggling_.size() >= 4 * limits::kMaxLookups) return false;
  return record != NameCache::Record::kFailed || failing_ < limits::kMaxLookups / 2;
}

void NameResolver::Worker::BeginSearches() {
  FollowResolvConf();
  bool waits = false;
  for (size_t record = 0; record < queues_.size(); ++record) {
    std::deque<Search*>& queue = queues_[record];
    while (!queue.empty() && HasPlaceFor(static_cast<NameCache::Record>(record))) {
      Search* const search = queue.front();
      queue.pop_front();
      Begin(*search);
    }
    waits |= !queue.empty() && static_cast<NameCache::Record>(record) != NameCache::Record::kFailed;
  }
  saturated_ = waits;
}

void NameResolver::Worker::Begin(Search& search) {
  search.begun = true;
  search.began = std::chrono::steady_clock::now();
  search.answer_at = After(limits::kLookupTimeout);
  ++begun_;
  ++lookups_;
  if (search.record == NameCache::Record::kFailed) ++failing_;
  Ask(search);
  // So that it is known in time, however short the attempt.
  if (!AnswersSince(search.began)) AskForLife();
}

void NameResolver::Worker::Ask(Search& search) {
  const auto earlier = straggling_.find(search.name);
  std::array<bool, 2> asks = {true, true};
  // Where neither is answered, the name servers may have been away.
  if (earlier != straggling_.end() && earlier->second->questions == 1) asks = earlier->second->ended;
  search.ended = {};
  search.questions = (asks[0] ? 1 : 0) + (asks[1] ? 1 : 0);
  for (size_t family = 0; family < 2; ++family) {
    if (asks[family]) continue;
    search.ended[family] = true;
    search.status[family] = ARES_ETIMEOUT;
  }
  if (search.questions == 0) search.answer_at = Instant::min();
  for (int family = 0; family < 2; ++family) {
    if (!asks[static_cast<size_t>(family)]) continue;
    ares_addrinfo_hints hints = {};
    hints.ai_flags = ARES_AI_NOSORT;
    hints.ai_family = family == 0 ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    const bool was = std::exchange(ends_at_once_, true);
    ares_getaddrinfo(channel_, search.name.c_str(), nullptr, &hints, &Worker::OnAddresses,
                     new Question{this, &search, family});
    ends_at_once_ = was;
  }
}

void NameResolver::Worker::OnAddresses(void* question, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<Question> asked(static_cast<Question*>(question));
  Search& search = *asked->search;
  std::vector<IpAddress>& addresses = search.addresses[static_cast<size_t>(asked->family)];
  for (const auto* node = found == nullptr ? nullptr : found->nodes; node != nullptr; node = node->ai_next) {
    if (addresses.size() < limits::kMaxAddresses) addresses.emplace_back(node->ai_addr);
    search.ttl = std::min(search.ttl, absl::Seconds(node->ai_ttl));
  }
  if (found != nullptr) ares_freeaddrinfo(found);
  if (!asked->worker->ends_at_once_ && IsAnswer(status)) asked->worker->NoteLife();
  asked->worker->Ended(search, asked->family, status);
}

void NameResolver::Worker::Ended(Search& search, int family, int status) {
  const auto which = static_cast<size_t>(family);
  --search.questions;
  if (changes_channel_ && !search.answered) return;
  search.ended[which] = true;
  search.status[which] = status;
  if (search.answered) {
    if (search.questions == 0) Forget(search);
    return;
  }
  if (search.questions == 0) {
    // Answered in AnswerDue, outside of c-ares: the name servers may have to be asked whether they are there.
    search.answer_at = Instant::min();
  } else if (!search.addresses[which].empty()) {
    search.answer_at = std::min(search.answer_at, After(limits::kResolutionDelay));
  } else if (status == ARES_ENOTFOUND) {
    // Some name servers say so of the family alone (RFC 4074, 4.2).
    search.answer_at = std::min(search.answer_at, After(limits::kQuestionTimeout));
  }
}

Answer NameResolver::Worker::AnswerOf(const Search& search) const {
  Answer answer;
  // The families in turn, IPv6 first (RFC 8305, 4).
  for (size_t i = 0; answer.addresses.size() < limits::kMaxAddresses; ++i) {
    if (i >= search.addresses[0].size() && i >= search.addresses[1].size()) break;
    for (const size_t family : {1, 0}) {
      if (i < search.addresses[family].size()) answer.addresses.push_back(search.addresses[family][i]);
    }
  }
  bool no_such_name = search.ended[0] && search.ended[1];
  for (size_t family = 0; family < 2; ++family) {
    if (search.ended[family] && search.status[family] == ARES_ENOTFOUND) {
      no_such_name = true;
      break;
    }
    no_such_name &= IsAnswer(search.status[family]) || search.status[family] == ARES_EBADNAME;
  }
  if (!answer.addresses.empty()) {
    answer.kind = Answer::Kind::kFound;
  } else if (no_such_name) {
    answer.kind = Answer::Kind::kNoSuchName;
  } else {
    answer.kind = answered_.load() >= search.began ? Answer::Kind::kNoAnswer : Answer::Kind::kNoNameServers;
  }
  return answer;
}

void NameResolver::Worker::AnswerDue() {
  const Instant now = std::chrono::steady_clock::now();
  const Instant silent_since = now - absl::ToChronoNanoseconds(limits::kNameServerSilence);
  std::vector<Search*> due;
  bool silence = false;
  for (const auto& [name, search] : by_name_) {
    if (search->answer_at <= now) due.push_back(search);
    silence |= search->began <= silent_since && answered_.load() < search->began;
  }
  for (Search* const search : due) {
    const Answer answer = AnswerOf(*search);
    // One that failed at once says nothing yet of the name servers.
    if (answer.kind == Answer::Kind::kNoNameServers && search->answer_at == Instant::min()) {
      silence = true;
      search->answer_at = After(limits::kNameServerSilence);
      continue;
    }
    Finish(*search);
  }
  if (silence) AskForLife();
}

void NameResolver::Worker::Finish(Search& search) {
  const Answer answer = AnswerOf(search);
  search.answered = true;
  --lookups_;
  --begun_;
  if (search.record == NameCache::Record::kFailed) --failing_;
  if (answer.kind == Answer::Kind::kNoAnswer || answer.kind == Answer::Kind::kNoNameServers) ++failed_;
  cache_.Put(search.name, answer, search.ttl, options_.clock->Steady());
  by_name_.erase(search.name);
  for (const Done& done : std::exchange(search.waiting, {})) done(answer);
  if (search.questions == 0) return Forget(search);
  // Beside an earlier one only what that one did not ask is under way, which ends in its own time.
  straggling_.try_emplace(search.name, &search);
}

void NameResolver::Worker::Forget(Search& search) {
  const auto straggling = straggling_.find(search.name);
  if (straggling != straggling_.end() && straggling->second == &search) straggling_.erase(straggling);
  searches_.erase(&search);
}

void NameResolver::Worker::AskForLife() {
  if (std::exchange(asking_for_life_, true)) return;
  ares_query(channel_, ".", C_IN, T_NS, &Worker::OnLife, this);
}

void NameResolver::Worker::OnLife(void* self, int status, int, unsigned char*, int) {
  auto* worker = static_cast<Worker*>(self);
  worker->asking_for_life_ = false;
  if (!IsSignOfLife(status)) return;
  worker->NoteLife();
  // What waited to know is answered now.
  for (const auto& [name, search] : worker->by_name_) {
    if (search->questions == 0 && search->begun) search->answer_at = Instant::min();
  }
}

void NameResolver::Worker::NoteLife() { answered_ = std::chrono::steady_clock::now(); }

// --- The resolver ---

absl::StatusOr<std::unique_ptr<NameResolver>> NameResolver::Create(const Options& options) {
  auto worker = std::make_unique<Worker>(options);
  if (absl::Status status = worker->Start(); !status.ok()) return status;
  return std::unique_ptr<NameResolver>(new NameResolver(std::move(worker)));
}

NameResolver::NameResolver(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

NameResolver::~NameResolver() = default;

std::optional<Answer> NameResolver::Cached(const std::string& name) {
  std::optional<Answer> special = SpecialName(name);
  return special.has_value() ? std::move(special) : worker_->Cached(name);
}

void NameResolver::Lookup(std::string name, std::function<void(const Answer&)> done) {
  worker_->Lookup(std::move(name), std::move(done));
}

bool NameResolver::AnswersSince(Instant time) const { return worker_->AnswersSince(time); }

bool NameResolver::saturated() const { return worker_->saturated(); }

int64_t NameResolver::lookups() const { return worker_->lookups(); }

int64_t NameResolver::failed() const { return worker_->failed(); }

}  // namespace hookd
