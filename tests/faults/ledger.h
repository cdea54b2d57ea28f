// What was acknowledged, what arrived, and what the API says became of it: the count after a fault.
//
// Thread-safe but for Audit, which is called once everything that emits has stopped.
#ifndef HOOKD_TESTS_FAULTS_LEDGER_H_
#define HOOKD_TESTS_FAULTS_LEDGER_H_

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "hookd/v1/webhook.pb.h"
#include "tests/support/http_receiver.h"

namespace hookd {

// How long a test waits for what has to come.
inline constexpr absl::Duration kPatience = absl::Seconds(120);

// The project all of it happens in.
inline constexpr char kProject[] = "projects/p";

class Ledger {
 public:
  // An event that goes to at least one webhook was acknowledged.
  void Acknowledge(const std::string& event) ABSL_LOCKS_EXCLUDED(mutex_);
  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until nothing is pending and a fresh event is delivered, counts, prints a row of the table, and
  // fails the test if anything was lost or is not as it says. `since` is when the fault ended. With `begun`,
  // when it began, webhooks are told apart by their paths, and every duplicate has to be of a delivery whose
  // attempt was under way, or not recorded yet, when the fault struck: it came once more than was recorded,
  // and what was recorded is an attempt of after that.
  void Audit(const std::string& fault, const std::shared_ptr<grpc::Channel>& channel,
             const HttpReceiver& receiver, absl::Time since, std::optional<absl::Time> begun = std::nullopt);

 private:
  mutable absl::Mutex mutex_;
  std::set<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);  // names
};

// Emits events of type sent until it is stopped, one after another, or over a stream, and enters those
// acknowledged. A call that is refused is repeated if `persistent`; otherwise it ends the caller.
class Caller {
 public:
  enum class How { kUnary, kStream };
  Caller(std::shared_ptr<grpc::Channel> channel, Ledger* ledger, How how, bool persistent = false);
  ~Caller() { Stop(); }
  void Stop();

  // Calls or messages that were refused.
  int refused() const { return refused_; }

 private:
  void EmitOneByOne(bool persistent);
  void EmitOverAStream();

  const std::shared_ptr<grpc::Channel> channel_;
  Ledger* const ledger_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> refused_ = 0;
  std::thread thread_;
};

// A webhook of the project for type sent; its name.
std::string CreateWebhook(const std::shared_ptr<grpc::Channel>& channel, const std::string& id,
                          const std::string& url, const v1::RetryPolicy* retries = nullptr,
                          bool ordered = false);

// So many attempts, a few milliseconds apart.
v1::RetryPolicy Retries(int max_attempts);

}  // namespace hookd

#endif  // HOOKD_TESTS_FAULTS_LEDGER_H_
