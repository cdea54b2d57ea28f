// AdminService.Backup: streams a copy of the store to its caller.
//
// Thread-safe. Does not block, other than the destructor: a backup runs on a thread of its own, one at a
// time.
#ifndef HOOKD_API_BACKUP_STREAM_H_
#define HOOKD_API_BACKUP_STREAM_H_

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
  // The store must outlive this.
  explicit Backups(Store* store) : store_(store) {}
  ~Backups() { Await(); }
  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;

  // Opens a backup that begins with Start. RESOURCE_EXHAUSTED while another one is in progress.
  absl::StatusOr<std::shared_ptr<ResponseStream>> Open(ResponseSink* sink) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for the end of the backup in progress.
  void Await() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Stream;

  // Runs the backup on a thread; ends the stream and the backup.
  void Run(std::shared_ptr<Stream> stream) ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  absl::Mutex mutex_;
  bool in_progress_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);  // has ended, or is about to, when not `in_progress_`
};

}  // namespace hookd

#endif  // HOOKD_API_BACKUP_STREAM_H_
