#include "api/handlers/backup_stream.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "api/status.h"
#include "hookd/v1/admin_service.pb.h"

namespace hookd {

// One backup. The backup's thread calls Send and Finish; the transport calls Start, OnSent and OnCancelled.
class Backups::Stream : public ResponseStream, public std::enable_shared_from_this<Stream> {
 public:
  Stream(Backups* backups, ResponseSink* sink) : backups_(backups), sink_(sink) {}

  void Start() override { backups_->Run(shared_from_this()); }

  // Sends the next chunk and waits until it is sent. Returns false if the caller is gone.
  bool Send(absl::string_view data, int64_t total) ABSL_LOCKS_EXCLUDED(mutex_) {
    if (!data.empty()) {
      response_.set_data(data.data(), data.size());
      response_.set_total_bytes(total);
      {
        absl::MutexLock lock(&mutex_);
        sending_ = true;
      }
      sink_->Send(response_, /*more=*/false);
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](bool* sending) { return !*sending; }, &sending_));
    return !gone_;
  }

  void Finish(const absl::Status& status) { sink_->Finish(WithDetails(status)); }

  void OnSent(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    sending_ = false;
    if (!ok) gone_ = true;
  }
  void OnCancelled() override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    gone_ = true;
  }

 private:
  Backups* const backups_;
  ResponseSink* const sink_;
  v1::BackupResponse response_;  // used only by the backup's thread

  absl::Mutex mutex_;
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
};

void Backups::Await() {
  std::thread last;
  {
    absl::MutexLock lock(&mutex_);
    last = std::move(thread_);
  }
  if (last.joinable()) last.join();
}

absl::StatusOr<std::shared_ptr<ResponseStream>> Backups::Open(ResponseSink* sink) {
  absl::MutexLock lock(&mutex_);
  if (in_progress_) {
    return absl::ResourceExhaustedError("another backup is in progress: try again when it has finished");
  }
  in_progress_ = true;
  return std::make_shared<Stream>(this, sink);
}

void Backups::Run(std::shared_ptr<Stream> stream) {
  absl::MutexLock lock(&mutex_);
  if (thread_.joinable()) thread_.join();
  thread_ = std::thread([this, stream = std::move(stream)] {
    const absl::Status written = Backup(store_->backup(), [&stream](absl::string_view data, int64_t total) {
      return stream->Send(data, total);
    });
    {
      absl::MutexLock done(&mutex_);
      in_progress_ = false;
    }
    stream->Finish(written);
  });
}

}  // namespace hookd
