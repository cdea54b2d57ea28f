// A transport in the process of a test, which calls the API's methods as a caller would, without a network.
//
// The transport reports everything to the API on one thread (Reports) and, like a real transport, never
// within a call that the API makes.
#ifndef HOOKD_TESTS_UNIT_API_IN_PROCESS_H_
#define HOOKD_TESTS_UNIT_API_IN_PROCESS_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "api/api.h"

namespace hookd {

// A caller with this authorization header.
class TestCaller : public Caller {
 public:
  explicit TestCaller(std::string authorization = "") : authorization_(std::move(authorization)) {}

  absl::string_view Authorization() const override { return authorization_; }
  std::vector<std::string> Identities() const override { return {}; }
  std::shared_ptr<const TraceContext> Trace() const override { return nullptr; }
  std::string Peer() const override { return "in-process"; }

 private:
  const std::string authorization_;
};

// Returns the line of the API's table for `Service/Method`.
inline const Method& MethodNamed(const Api& api, const std::string& name) {
  for (const Method& method : api.methods()) {
    if (method.descriptor->service()->name() + "/" + method.descriptor->name() == name) return method;
  }
  std::abort();  // the test has the name of a method that does not exist
}

// Waits for the result of one unary call. Thread-safe.
class TestUnaryCall : public UnaryCall {
 public:
  explicit TestUnaryCall(google::protobuf::Message* response) : response_(response) {}

  void Finish(const absl::Status& status, const google::protobuf::Message* response) override {
    if (response != nullptr) response_->CopyFrom(*response);
    status_ = status;
    finished_.Notify();
  }
  bool Cancelled() const override { return false; }

  absl::Status Wait() {
    finished_.WaitForNotification();
    return status_;
  }

 private:
  google::protobuf::Message* const response_;
  absl::Status status_;
  absl::Notification finished_;
};

// Calls a method and waits for its result.
inline absl::Status CallInProcess(const Api& api, const Caller& caller, const std::string& method,
                                  const google::protobuf::Message& request,
                                  google::protobuf::Message& response) {
  TestUnaryCall call(&response);
  api.Call(
      MethodNamed(api, method), caller, [] { return absl::OkStatus(); }, request, &call);
  return call.Wait();
}

// The thread on which the transport reports to the API. Thread-safe.
class Reports {
 public:
  Reports() : thread_([this] { Run(); }) {}
  ~Reports() {
    Post(nullptr);
    thread_.join();
  }

  void Post(std::function<void()> report) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    reports_.push_back(std::move(report));
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_) {
    while (true) {
      std::function<void()> report;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(
            +[](std::deque<std::function<void()>>* reports) { return !reports->empty(); }, &reports_));
        report = std::move(reports_.front());
        reports_.pop_front();
      }
      if (report == nullptr) return;
      report();
    }
  }

  absl::Mutex mutex_;
  std::deque<std::function<void()>> reports_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// Both sides of one stream: the sink that the API sends to, and the caller. A send ends when the caller has
// read the response. Thread-safe. The destructor cancels the stream and waits for its end.
template <typename Request, typename Response>
class TestStream {
 public:
  // Opens a stream of requests and responses.
  TestStream(const Api& api, Reports* reports, const Caller& caller, const std::string& method)
      : state_(std::make_shared<State>(reports)) {
    Begin(api.OpenBidiStream(MethodNamed(api, method), caller, state_.get()));
  }
  // Opens a stream of responses to one request.
  TestStream(const Api& api, Reports* reports, const Caller& caller, const std::string& method,
             const Request& request)
      : state_(std::make_shared<State>(reports)) {
    Begin(api.OpenServerStream(
        MethodNamed(api, method), caller, [] { return absl::OkStatus(); }, request, state_.get()));
  }
  ~TestStream() {
    TryCancel();
    state_->AwaitEnd().IgnoreError();
  }
  TestStream(const TestStream&) = delete;
  TestStream& operator=(const TestStream&) = delete;

  // Returns false once the stream has ended.
  bool Write(const Request& request) { return state_->Write(request); }
  void WritesDone() { state_->WritesDone(); }
  void WaitForInitialMetadata() { state_->AwaitStart(); }
  // Returns false at the end of the stream.
  bool Read(Response* response) { return state_->TakeResponse(response); }
  // Waits until Read has a response, or the end, at once.
  void WaitForResponse() { state_->AwaitResponse(); }
  // Waits for the end.
  absl::Status Finish() { return state_->AwaitEnd(); }
  void TryCancel() { state_->Cancel(); }

 private:
  // Exists until the API has finished the stream and every report is made.
  class State : public RequestSource, public std::enable_shared_from_this<State> {
   public:
    explicit State(Reports* reports) : reports_(reports) {}

    void Start(std::shared_ptr<ResponseStream> stream, RequestStream* requests) {
      stream_ = std::move(stream);
      requests_stream_ = requests;
      reports_->Post([self = this->shared_from_this()] { self->stream_->Start(); });
    }

    // Called by the API.
    void Read() override ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      reading_ = true;
      ReportRead();
    }
    void SendStart() override ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      started_ = true;
      ReportSent(!cancelled_);
    }
    void Send(const google::protobuf::Message& response, bool) override ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      EXPECT_FALSE(sending_) << "one send at a time";
      if (cancelled_) return ReportSent(false);
      response_.CopyFrom(response);
      sending_ = true;
    }
    void Finish(const absl::Status& status) override ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      EXPECT_FALSE(finished_) << "one end";
      finished_ = true;
      status_ = status;
      // A transport releases the stream at the end of the call. Not here, within a call that the API's half
      // makes.
      reports_->Post([self = this->shared_from_this()] { self->stream_.reset(); });
    }

    // Called by the caller.
    bool Write(const Request& request) ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      if (finished_ || cancelled_) return false;
      requests_.push_back(request);
      ReportRead();
      return true;
    }
    void WritesDone() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      writes_done_ = true;
      ReportRead();
    }
    void AwaitStart() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](State* self)
               ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->started_ || self->sending_ || self->finished_; },
          this));
    }
    void AwaitResponse() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](State* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->sending_ || self->finished_; },
          this));
    }
    bool TakeResponse(Response* response) ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](State* self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
            return self->sending_ || self->finished_ || self->cancelled_;
          },
          this));
      if (!sending_ || cancelled_) return false;
      sending_ = false;
      response->CopyFrom(response_);
      ReportSent(true);
      return true;
    }
    absl::Status AwaitEnd() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&finished_));
      return status_;
    }
    void Cancel() ABSL_LOCKS_EXCLUDED(mutex_) {
      absl::MutexLock lock(&mutex_);
      if (finished_ || std::exchange(cancelled_, true)) return;
      reports_->Post([self = this->shared_from_this()] {
        if (self->stream_ != nullptr) self->stream_->OnCancelled();
      });
      if (std::exchange(sending_, false)) ReportSent(false);
      writes_done_ = true;
      requests_.clear();
      ReportRead();
    }

   private:
    void ReportSent(bool ok) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      reports_->Post([self = this->shared_from_this(), ok] {
        if (self->stream_ != nullptr) self->stream_->OnSent(ok);
      });
    }
    void ReportRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      if (!reading_ || (requests_.empty() && !writes_done_)) return;
      reading_ = false;
      if (requests_.empty()) {
        reports_->Post([self = this->shared_from_this()] {
          if (self->stream_ != nullptr) self->requests_stream_->OnRequestsEnd();
        });
        return;
      }
      reports_->Post([self = this->shared_from_this(), request = requests_.front()] {
        if (self->stream_ != nullptr) self->requests_stream_->OnRequest(request, absl::OkStatus());
      });
      requests_.pop_front();
    }

    Reports* const reports_;
    std::shared_ptr<ResponseStream> stream_;  // used only on the thread of Reports after Start
    RequestStream* requests_stream_ = nullptr;
    absl::Mutex mutex_;
    std::deque<Request> requests_ ABSL_GUARDED_BY(mutex_);
    Response response_ ABSL_GUARDED_BY(mutex_);
    bool reading_ ABSL_GUARDED_BY(mutex_) = false;
    bool writes_done_ ABSL_GUARDED_BY(mutex_) = false;
    bool started_ ABSL_GUARDED_BY(mutex_) = false;
    bool sending_ ABSL_GUARDED_BY(mutex_) = false;
    bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
    bool finished_ ABSL_GUARDED_BY(mutex_) = false;
    absl::Status status_ ABSL_GUARDED_BY(mutex_);
  };

  template <typename Stream>
  void Begin(absl::StatusOr<std::shared_ptr<Stream>> stream) {
    if (!stream.ok()) return state_->Finish(stream.status());
    RequestStream* requests = nullptr;
    if constexpr (std::is_same_v<Stream, RequestStream>) requests = stream->get();
    state_->Start(*std::move(stream), requests);
  }

  const std::shared_ptr<State> state_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_API_IN_PROCESS_H_
