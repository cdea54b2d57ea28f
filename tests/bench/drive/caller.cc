#include "tests/bench/drive/caller.h"

#include <atomic>
#include <cstdio>
#include <deque>
#include <mutex>
#include <semaphore>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "tests/bench/drive/in_flight.h"

namespace hookd::bench {
namespace {

using Stubs = std::vector<std::unique_ptr<v1::EventService::Stub>>;

Stubs MakeStubs(const Channels& channels) {
  Stubs stubs;
  for (const auto& channel : channels) stubs.push_back(v1::EventService::NewStub(channel));
  return stubs;
}

void ReportFailure(const grpc::Status& status, Ledger& ledger) {
  ledger.Fail();
  if (ledger.failed() <= 3) std::fprintf(stderr, "a call failed: %s\n", status.error_message().c_str());
}

class UnaryCaller : public Caller {
 public:
  UnaryCaller(const Channels& channels, std::unique_ptr<EventSource> events, Ledger& ledger)
      : stubs_(MakeStubs(channels)), events_(std::move(events)), ledger_(ledger) {}

  void Emit(const std::string& project, int64_t number) override {
    struct Call {
      grpc::ClientContext context;
      v1::EmitEventRequest request;
      v1::EmitEventResponse response;
    };
    auto* call = new Call;
    call->request.set_parent(project);
    events_->Fill(number, call->request);
    in_flight_.Add();
    stubs_[static_cast<size_t>(number) % stubs_.size()]->async()->EmitEvent(
        &call->context, &call->request, &call->response, [this, call, number](const grpc::Status& status) {
          if (!status.ok()) ReportFailure(status, ledger_);
          ledger_.Acknowledge(number);
          delete call;
          in_flight_.Remove();
        });
  }

  void Finish() override { in_flight_.WaitForNone(); }

 private:
  const Stubs stubs_;
  const std::unique_ptr<EventSource> events_;
  Ledger& ledger_;
  InFlight in_flight_;
};

class BatchCaller : public Caller {
 public:
  BatchCaller(const Channels& channels, std::unique_ptr<EventSource> events, Ledger& ledger)
      : stubs_(MakeStubs(channels)), events_(std::move(events)), ledger_(ledger) {}

  void Emit(const std::string& project, int64_t number) override {
    if (call_ == nullptr) {
      call_ = std::make_unique<Call>();
      call_->request.set_parent(project);
    }
    events_->Fill(number, *call_->request.add_requests());
    call_->numbers.push_back(number);
    if (call_->numbers.size() == kBatch) Flush();
  }

  void Flush() override {
    if (call_ == nullptr) return;
    Call* call = call_.release();
    in_flight_.Add();
    stubs_[next_++ % stubs_.size()]->async()->BatchEmitEvents(&call->context, &call->request, &call->response,
                                                              [this, call](const grpc::Status& status) {
                                                                if (!status.ok())
                                                                  ReportFailure(status, ledger_);
                                                                for (const int64_t number : call->numbers)
                                                                  ledger_.Acknowledge(number);
                                                                delete call;
                                                                in_flight_.Remove();
                                                              });
  }

  void Finish() override { in_flight_.WaitForNone(); }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::BatchEmitEventsRequest request;
    v1::BatchEmitEventsResponse response;
    std::vector<int64_t> numbers;
  };
  const Stubs stubs_;
  const std::unique_ptr<EventSource> events_;
  Ledger& ledger_;
  std::unique_ptr<Call> call_;
  size_t next_ = 0;
  InFlight in_flight_;
};

class Stream : public grpc::ClientBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse> {
 public:
  Stream(v1::EventService::Stub& stub, const EventSource* events, Ledger& ledger)
      : events_(events), ledger_(ledger) {
    stub.async()->StreamEvents(&context_, this);
    AddHold();
    StartRead(&response_);
    StartCall();
  }

  void Emit(const std::string& project, int64_t number) {
    const absl::MutexLock lock(&mutex_);
    waiting_.emplace_back(project, number);
    if (!writing_) WriteNext();
  }

  void Finish() {
    {
      const absl::MutexLock lock(&mutex_);
      closing_ = true;
      if (!writing_) Close();
    }
    done_.WaitForNotification();
  }

  void OnWriteDone(bool ok) override {
    const absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ok && !waiting_.empty()) {
      WriteNext();
    } else if (closing_) {
      Close();
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_error()) ledger_.Fail();
    ledger_.Acknowledge(response_.sequence_number());
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    if (!status.ok()) ReportFailure(status, ledger_);
    done_.Notify();
  }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    auto [project, number] = std::move(waiting_.front());
    waiting_.pop_front();
    request_.set_parent(project);
    request_.set_sequence_number(number);
    events_->Fill(number, request_);
    StartWrite(&request_);
  }

  void Close() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    StartWritesDone();
    RemoveHold();
  }

  const EventSource* const events_;
  Ledger& ledger_;
  grpc::ClientContext context_;
  v1::StreamEventsRequest request_;
  v1::StreamEventsResponse response_;
  absl::Mutex mutex_;
  std::deque<std::pair<std::string, int64_t>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Notification done_;
};

class StreamCaller : public Caller {
 public:
  StreamCaller(const Channels& channels, std::unique_ptr<EventSource> events, Ledger& ledger)
      : stubs_(MakeStubs(channels)), events_(std::move(events)) {
    for (const auto& stub : stubs_) {
      streams_.push_back(std::make_unique<Stream>(*stub, events_.get(), ledger));
    }
  }

  void Emit(const std::string& project, int64_t number) override {
    streams_[static_cast<size_t>(number) % streams_.size()]->Emit(project, number);
  }

  void Finish() override {
    for (const auto& stream : streams_) stream->Finish();
  }

 private:
  const Stubs stubs_;
  const std::unique_ptr<EventSource> events_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace

std::unique_ptr<Caller> MakeCaller(const std::string& way, const Channels& channels,
                                   std::unique_ptr<EventSource> events, Ledger& ledger) {
  if (way == "unary") return std::make_unique<UnaryCaller>(channels, std::move(events), ledger);
  if (way == "batch") return std::make_unique<BatchCaller>(channels, std::move(events), ledger);
  if (way == "stream") return std::make_unique<StreamCaller>(channels, std::move(events), ledger);
  return nullptr;
}

}  // namespace hookd::bench
