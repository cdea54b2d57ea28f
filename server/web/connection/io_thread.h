// One thread of the HTTP server, with the connections that it serves.
//
// A connection belongs to one thread, so its state needs no locks. Other threads give it work with Submit,
// which wakes the thread once for all that arrives before it reacts. Timeouts are lists that are swept about
// once per second: setting one costs no system call.
//
// Submit, Post and IsCurrent are thread-safe; Start, Join and the constructor are for the owner; all other
// methods are for the thread itself.
#ifndef HOOKD_WEB_CONNECTION_IO_THREAD_H_
#define HOOKD_WEB_CONNECTION_IO_THREAD_H_

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "web/connection/response_head.h"

namespace hookd {

class HttpConnection;
class HttpExchange;

class IoThread {
 public:
  // The kinds of timeouts. Those of one kind have the same duration, except kBody and kWrite.
  enum class Timeout { kHead, kIdle, kBody, kWrite, kLinger, kNone };

  // A connection, as its thread sees it.
  class Member {
   public:
    virtual ~Member() = default;
    // The deadline has passed; there is none now.
    virtual void OnDeadline(absl::Time now) = 0;
    // Closes the connection, in the second case only if it has no request.
    virtual void Close() = 0;
    virtual void CloseIfIdle() = 0;

   private:
    friend class IoThread;
    using Hook =
        boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    Hook all_hook_;
    Hook timeout_hook_;
    absl::Time deadline_ = absl::InfiniteFuture();
  };

  struct Message {
    enum class Kind { kCommand, kAbandoned, kEvicted };
    Kind kind;
    std::shared_ptr<HttpConnection> connection;
    std::shared_ptr<HttpExchange> exchange;  // of kCommand
  };

  IoThread(Clock* clock, absl::Duration sweep);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void Start(std::string name);
  // Closes all connections and ends the thread.
  void Join() ABSL_LOCKS_EXCLUDED(mutex_);

  boost::asio::io_context& context() { return context_; }
  bool IsCurrent() const { return std::this_thread::get_id() == id_; }

  // Has the connection handle a message. Returns false if the thread has ended.
  bool Submit(Message message) ABSL_LOCKS_EXCLUDED(mutex_);
  template <typename Function>
  void Post(Function function) {
    boost::asio::post(context_, std::move(function));
  }

  void Add(Member& member) { all_.push_back(member); }
  void Remove(Member& member);
  void CloseAll();
  void CloseIdle();
  // Closes the connection, other than `except`, that has had a timeout of that kind for the longest; returns
  // whether there is one.
  bool CloseFirst(Timeout timeout, const Member* except);
  // Sets the connection's only deadline.
  void SetTimeout(Member& member, Timeout timeout, absl::Duration duration);

  // Buffers that are valid until the current callback returns.
  absl::Span<char> scratch() { return absl::MakeSpan(scratch_); }
  absl::string_view Date() { return date_.At(clock_->Now()); }

 private:
  using All =
      boost::intrusive::list<Member, boost::intrusive::member_hook<Member, Member::Hook, &Member::all_hook_>,
                             boost::intrusive::constant_time_size<false>>;
  using Timeouts =
      boost::intrusive::list<Member,
                             boost::intrusive::member_hook<Member, Member::Hook, &Member::timeout_hook_>,
                             boost::intrusive::constant_time_size<false>>;
  static constexpr size_t kScratchBytes = size_t{64} * 1024;

  void Run(const std::string& name);
  void Drain() ABSL_LOCKS_EXCLUDED(mutex_);
  void StartSweep();
  void Sweep();

  Clock* const clock_;
  const std::chrono::nanoseconds sweep_interval_;
  boost::asio::io_context context_{1};  // one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  boost::asio::steady_timer sweep_timer_{context_};

  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Message> inbox_ ABSL_GUARDED_BY(mutex_);

  // Used only by the thread.
  bool ending_ = false;
  std::vector<Message> draining_;
  All all_;
  std::array<Timeouts, static_cast<size_t>(Timeout::kNone)> timeouts_;
  std::vector<char> scratch_;
  DateText date_;

  std::atomic<std::thread::id> id_;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_IO_THREAD_H_
