// Streams backups of the store to callers of AdminService.Backup, one at a time.
//
// Thread-safe. Only the destructor and Await block: a backup runs on a separate thread.
#ifndef HOOKD_API_HANDLERS_BACKUP_STREAM_H_
#define HOOKD_API_HANDLERS_BACKUP_STREAM_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "api/stream.h"
#include "store/store.h"

namespace hookd {

class Backups {
 public:
  // Does not own the store, which must outlive this.
  explicit Backups(Store* store) : store_(store) {}
  ~Backups() { Await(); }
  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;

  // Opens a stream whose backup begins with Start. Returns RESOURCE_EXHAUSTED while another one is in
  // progress.
  absl::StatusOr<std::shared_ptr<ResponseStream>> Open(ResponseSink* sink) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for the end of the backup in progress.
  void Await() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Stream;

  // Runs the backup on a thread, which ends the stream.
  void Run(std::shared_ptr<Stream> stream) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  absl::Mutex mutex_;
  bool in_progress_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);  // has ended or is about to end if not `in_progress_`
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_BACKUP_STREAM_H_
